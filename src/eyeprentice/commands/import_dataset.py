import sys
from collections import Counter
from concurrent.futures import Executor
from pathlib import Path

import cv2

from eyeprentice.errors import InputError, install
from eyeprentice.ingest.contact_sheet import contact_sheet
from eyeprentice.ingest.eye import Region
from eyeprentice.ingest.importing import Settings, import_sources
from eyeprentice.ingest.sources import Label, check_label, find_sources

DOUBTFUL = 0.5
"""Share of the looks below which a crop is pointed out."""


def import_dataset(
    sources: list[Path],
    out: Path,
    *,
    eye: str = "auto",
    emotion: str | None = None,
    lighting: str | None = None,
    subject: str | None = None,
    labels: Path | None = None,
    size: int = 128,
    seed: int = 0,
    jobs: int | None = None,
    cluster: str | None = None,
) -> None:
    """Make a dataset of videos, pictures and event recordings: cut the eye, simulate events where there are none.

    Stopped, it goes on where it was when the same command is given again. Exits with 1 if a source failed.

    Example: eyeprentice import videos/ data/mine --labels labels.csv

    Args:
        sources: videos, folders of pictures, recordings of a camera with frames and events, or folders of them
        out: folder of the dataset, in SEE's layout
        eye: auto finds the right eye with its brow, or mirrors the left, and follows it; full takes the whole picture;
            x,y,w,h a part of it, in pixels
        emotion: of all sources that the table says nothing about; by default taken from names of folders and files
        lighting: normal, Overexposed, Low or HDR; normal by default
        subject: who all of them show; by default somebody new each, or s01, person2 and the like from names
        labels: a CSV with the columns file and emotion, and any of subject, lighting, sex, age, subset
        size: height and width of the images in pixels
        seed: of the simulated events
        jobs: processes; as many as there are processors by default
        cluster: address of a Dask cluster whose workers see the same files, as tcp://host:8786
    """
    if size < 16:
        raise InputError("size", f"{size} pixels are too few for an eye", "give 16 or more")
    given = check_label(Label(emotion, subject, lighting), "options")
    if cluster is not None:  # whose workers run in folders of their own
        sources, out = [source.resolve() for source in sources], out.resolve()
    found = find_sources(sources, labels, given)
    settings = Settings(Region.parse(eye), size, seed)
    outcomes = import_sources(found, out, settings, jobs, None if cluster is None else _connect(cluster))
    done = [outcome for outcome in outcomes if outcome.name is not None]
    if done:
        cv2.imwrite(str(out / "contact_sheet.jpg"), contact_sheet(out, outcomes))
    for outcome in outcomes:
        if outcome.error is not None:
            print("error:", outcome.error, file=sys.stderr)
    emotions = Counter(str(outcome.name).split("_")[6] for outcome in done)
    print(f"{out}: {len(done)} of {len(outcomes)} sources imported, {len(outcomes) - len(done)} failed")
    print("  " + (", ".join(f"{count} {emotion}" for emotion, count in sorted(emotions.items())) or "nothing"))
    print(
        f"  {sum(o.mirrored for o in done)} left eyes mirrored, {sum(o.real_events for o in done)} with recorded events"
    )
    for outcome in done:
        if outcome.found < DOUBTFUL:
            print(
                f"  {outcome.source}: the eye was seen in only {100 * outcome.found:.0f} % of the looks; check its crop"
            )
    if done:
        print(f"  look at {out / 'contact_sheet.jpg'}; eyeprentice check {out}")
    if len(done) < len(outcomes):
        sys.exit(1)


def _connect(address: str) -> Executor:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise InputError("cluster", "needs Dask", install("cluster")) from None
    try:
        executor: Executor = Client(address, timeout=10).get_executor()
    except (OSError, ValueError) as error:
        raise InputError(address, f"no Dask cluster answers ({type(error).__name__})", "start one there") from None
    return executor
