import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eyeprentice.app.live.given import fitting
from eyeprentice.data.importing.importer import ImportSettings, import_sources
from eyeprentice.data.importing.label import Label, check_label
from eyeprentice.data.importing.labels import find_sources, holds_sources, merged_spellings, shared_people
from eyeprentice.data.importing.ledger import ImportOutcome, is_imported
from eyeprentice.data.importing.overview import TABLE, contact_sheet
from eyeprentice.data.layout import ANNOTATIONS
from eyeprentice.eye.levelling import check_rotate, parse_rotate
from eyeprentice.eye.region import Region
from eyeprentice.files.cluster import connect
from eyeprentice.sources.events.representation import EVENT_FRAME, REPRESENTATIONS
from eyeprentice.sources.frames import RATES_HZ
from eyeprentice.sources.pictures import write_picture
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

DOUBTFUL = 0.5
"""Share of the frames below which a crop is pointed out."""
OTHER_RATE = 0.1
"""How far from 30 frames a second a source may be before that is said, as a share."""


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
    rate: float | None = None,
    rotate: str = "0",
    representation: str = EVENT_FRAME,
    seed: int = 0,
    jobs: int | None = None,
    cluster: str | None = None,
) -> None:
    """Make a dataset from videos, pictures and event recordings: cut out the eye, simulate events if there are none.

    If it is interrupted, run the same command again: it resumes. OUT/sources.csv says which sequence came from which
    source. The command exits with 1 if a source failed.

    Example: eyeprentice import videos/ data/mine --labels labels.csv

    Args:
        sources: videos, folders of pictures, recordings of a camera with frames and events, or folders of them; several
            can be given, and patterns such as 'videos/*.mp4'
        out: folder of the dataset to write, in SEE's layout: the last operand
        eye: auto follows the right eye of a face, or the only eye that is seen, or takes the whole picture if that is
            itself an eye; right and left follow that eye (left eyes are mirrored); full takes the whole picture;
            x,y,w,h takes a part of it, in pixels
        emotion: label of every source that the table does not list; by default read from the names of folders and files
        lighting: normal, Overexposed, Low or HDR, for sources that the table does not list; by default normal
        subject: the person in all sources; by default read from names such as s01 or person2, else a new person for
            each source
        labels: a CSV table with the columns file and emotion, and optionally subject, lighting, sex, age and subset
        size: height and width of the images in pixels
        rate: frame rate of the sources, if the files do not state it correctly; folders of pictures are read at 30 by
            default
        rotate: by how many degrees every source is turned clockwise before the eye is looked for (0, 90, 180 or 270);
            auto: as the eye in each source shows
        representation: how events become images: event-frame (as in SEE), count or time-surface
        seed: random seed of the simulated events
        jobs: number of parallel processes; by default one for each processor
        cluster: address of a Dask cluster whose workers can read and write the same files, for example
            tcp://host:8786, or the file that its scheduler wrote (docs/data.md)
    """
    if size < 16:
        raise InputError("size", f"{size} pixels are too few for an eye", "give 16 or more")
    if rate is not None and not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise InputError("rate", f"{rate:g} frames a second", f"give {RATES_HZ[0]:g} to {RATES_HZ[1]:g}")
    if representation not in REPRESENTATIONS:
        raise InputError("representation", f"'{representation}' is not known", f"use {', '.join(REPRESENTATIONS)}")
    region = Region.parse(eye)
    check_rotate(turn := parse_rotate(rotate), region)
    if region.kind == "both":
        what = "both eyes cannot become one sequence"
        raise InputError("eye", what, "import the right eye, and the left eye into another folder")
    sources = [Path(name) for source in sources for name in fitting(str(source))]
    _check_out(out, sources)
    given = check_label(Label(emotion, subject, lighting), "options")
    if cluster is not None:  # whose workers run in folders of their own
        sources, out = [source.resolve() for source in sources], out.resolve()
    found = find_sources(sources, labels, given, without=out)
    settings = ImportSettings(region, size, seed, rate, representation, turn)
    outcomes = import_sources(found, out, settings, jobs, None if cluster is None else connect(cluster, jobs).executor)
    done = [outcome for outcome in outcomes if outcome.name is not None]
    if done:
        write_picture(out / "contact_sheet.jpg", contact_sheet(out, outcomes))
    for outcome in outcomes:
        if outcome.error is not None:
            print("error:", outcome.error, file=sys.stderr)
    emotions = Counter(str(outcome.name).split("_")[6] for outcome in done)
    print(f"{out}: {len(done)} of {len(outcomes)} sources imported, {len(outcomes) - len(done)} failed")
    print("  " + (", ".join(f"{count} {emotion}" for emotion, count in sorted(emotions.items())) or "nothing"))
    manners = Counter(str(outcome.eye) for outcome in done)
    print("  eye: " + (", ".join(f"{count} {manner}" for manner, count in sorted(manners.items())) or "nothing"))
    print(
        f"  {sum(o.mirrored for o in done)} left eyes mirrored, "
        f"{sum(o.recorded_events for o in done)} with recorded events"
    )
    for spellings in merged_spellings(found):
        print(f"  {', '.join(spellings)} are taken for one person; name them differently in --labels if they are not")
    for person, folders in ({} if subject else shared_people(sources, found)).items():
        where = " and in ".join(map(str, folders))
        print(f"  person {person} is in {where}, and taken for one; if not, name them differently in --labels")
    for outcome in done:
        for remark in _remarks(outcome):
            print(f"  {outcome.source}: {remark}")
    if done:
        print(f"  {out / TABLE} tells which sequence came from which source")
        print(f"  look at {out / 'contact_sheet.jpg'}; eyeprentice check {out}")
    if len(done) < len(outcomes):
        sys.exit(1)


def _check_out(out: Path, sources: list[Path]) -> None:
    """Raises `InputError` where the last operand seems to be a source: the folder to write was forgotten."""
    todo = "give the folder of the dataset to write last: eyeprentice import SOURCES... OUT"
    if out.resolve() in [source.resolve() for source in sources]:
        raise InputError(out, "is a source and the folder to write", todo)
    if out.exists() and not out.is_dir():
        raise InputError(out, "is the last operand, and not a folder", todo)
    if not (out / ANNOTATIONS).exists() and not is_imported(out) and (inside := holds_sources(out)) is not None:
        raise InputError(out, f"is the last operand, and contains something to import ({inside.name})", todo)


def _remarks(outcome: ImportOutcome) -> Iterator[str]:
    """What a user should know of a source that was imported."""
    if outcome.turned:
        yield f"turned by {outcome.turned} degrees"
    if outcome.seems_turned:
        yield f"the eye in it seems not to be upright; look at it, and try --rotate {outcome.seems_turned}"
    if outcome.doubtful:
        yield "which way up it is cannot be told, so it was not turned"
    if outcome.found < DOUBTFUL:
        yield f"the eye was seen in only {100 * outcome.found:.0f} % of the frames; check its crop"
    if outcome.rate_assumed:
        yield "its frame rate is not known and taken to be 30; --rate names another"
    elif outcome.rate_hz < FRAME_RATE_HZ * (1 - OTHER_RATE):
        yield f"has {outcome.rate_hz:.1f} frames a second; some are repeated to make 30"
    elif outcome.rate_hz > FRAME_RATE_HZ * (1 + OTHER_RATE):
        yield f"has {outcome.rate_hz:.1f} frames a second; some are left out to make 30"
