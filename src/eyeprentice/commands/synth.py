from pathlib import Path
from typing import Literal

from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.people import DRAWN
from eyeprentice.synth.plan import EVENT_FRAME
from eyeprentice.synth.roles import SHARES
from eyeprentice.synth.variety import VARIETIES


def synth(
    out: Path,
    *,
    sequences: int = 2405,
    subjects: int = 111,
    variety: Literal["see", "corpus", "wild"] = "see",
    proportions: Literal["even", "see"] = "even",
    people: str = DRAWN,
    events: bool = True,
    representation: str = EVENT_FRAME,
    size: int = 128,
    seed: int = 0,
    jobs: int | None = None,
) -> None:
    """Write a simulated dataset in SEE's layout: people who do not exist, their frames and event frames.

    The same seed gives the same bytes. The defaults are SEE's own numbers.

    Example: eyeprentice synth data/simulated --sequences 280 --subjects 40

    Args:
        out: folder to make
        sequences: how many there are; takes and emotions are spread evenly over the subjects
        subjects: how many people show them, each under one of the four lightings
        variety: see, one headset and young people, as in SEE; corpus, posed and
            ordinary expressions in mostly good light; or wild, as users' own videos: glasses, make-up, ages,
            left eyes, other cameras and crops, subtle and mixed expressions, compression
        people: drawn, people who do not exist, of whom there is no end; or a folder that `eyeprentice cast` wrote
        proportions: of the emotions: even, or those of SEE's testing set
        events: false for frames and action units alone, about three times as fast; what moves is then not blurred
        representation: of events: event-frame, as in SEE; count; or time-surface
        size: height and width of the images in pixels
        seed: another one gives other people
        jobs: processes; as many as there are processors by default
    """
    write_dataset(
        out, sequences, subjects, size, seed, jobs, VARIETIES[variety], SHARES[proportions], people,
        representation if events else None,
    )  # fmt: skip
    print(f"{out}: {sequences} sequences of {subjects} people")
