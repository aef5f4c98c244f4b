from pathlib import Path
from typing import Literal

from eyeprentice.files.cluster import connect
from eyeprentice.files.orders import is_made, order_of
from eyeprentice.sources.events.representation import EVENT_FRAME
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.people import DRAWN, open_people
from eyeprentice.synth.plan import SHARES, plan_sequences
from eyeprentice.synth.variety import VARIETIES

SUBJECTS = 111
"""As many as SEE has."""


def synth(
    out: Path,
    *,
    sequences: int = 2405,
    subjects: int | None = None,
    variety: Literal["see", "corpus", "wild", "broad", "wild-broad", "course", "wild-course"] = "see",
    proportions: Literal["even", "see"] = "even",
    people: str = DRAWN,
    events: bool = True,
    representation: str = EVENT_FRAME,
    size: int = 128,
    seed: int = 0,
    jobs: int | None = None,
    cluster: str | None = None,
) -> None:
    """Write a simulated dataset in SEE's layout: people who do not exist, their frames and event frames.

    The same seed gives the same files, byte for byte. The default numbers are those of SEE.

    Example: eyeprentice synth data/simulated --sequences 280 --subjects 40

    Args:
        out: folder to write; it must not exist
        sequences: number of sequences; emotions and takes are spread evenly over the subjects
        subjects: number of people; each is recorded under one of the four lightings; by default 111, or everybody of a
            cast
        variety: see simulates one headset and young people, as in SEE; corpus simulates research recordings, mostly
            of posed expressions in good light; wild adds what differs in users' own videos: glasses, make-up, ages,
            left eyes, other cameras and crops, subtle and mixed expressions, compression; broad and wild-broad are
            the same two with expressions and relaxed faces that differ as much as people's do; course is a harder
            task: pairs of emotions share their apex and differ in how they come and go, in light that frames cannot
            hold; wild-course shows the same emotions on the people and by the cameras of wild
        people: drawn makes any number of people who do not exist; a folder names people made by `eyeprentice cast`
        proportions: shares of the emotions: even, or those of SEE's testing set
        events: false writes only frames and action units, more than twice as fast, without motion blur
        representation: how events become images: event-frame (as in SEE), count or time-surface
        size: height and width of the images in pixels
        seed: random seed; another seed gives other people
        jobs: number of parallel processes; by default one for each processor
        cluster: address of a Dask cluster whose workers can read and write the same files, for example
            tcp://host:8786, or the file that its scheduler wrote (docs/data.md)
    """
    if cluster is not None:  # whose workers run in folders of their own
        out, people = out.resolve(), people if people == DRAWN else str(Path(people).resolve())
    if subjects is None:
        subjects = open_people(people, seed, VARIETIES[variety]).count or SUBJECTS
    plans = plan_sequences(
        sequences, subjects, size, seed, VARIETIES[variety], SHARES[proportions], people,
        representation if events else None,
    )  # fmt: skip
    asked = {
        "sequences": sequences, "subjects": subjects, "size": size, "seed": seed, "variety": VARIETIES[variety],
        "proportions": proportions, "representation": representation if events else None, "drawn": people == DRAWN,
    }  # fmt: skip
    order = order_of("synth", asked, [] if people == DRAWN else [Path(people) / "cast.json"])
    if is_made(out, order):
        print(f"{out}: done already: this command has written it before")
        return
    write_dataset(out, plans, jobs, order, None if cluster is None else connect(cluster, jobs))
    print(f"{out}: {sequences} sequences of {subjects} people")
