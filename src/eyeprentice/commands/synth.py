from pathlib import Path

from eyeprentice.synth.dataset import write_dataset


def synth(
    out: Path, *, sequences: int = 2405, subjects: int = 111, size: int = 128, seed: int = 0, jobs: int | None = None
) -> None:
    """Write a simulated dataset in SEE's layout: people who do not exist, their frames and event frames.

    The same seed gives the same bytes. The defaults are SEE's own numbers.

    Example: eyeprentice synth data/simulated --sequences 280 --subjects 40

    Args:
        out: folder to make
        sequences: how many there are; takes and emotions are spread evenly over the subjects
        subjects: how many people show them, each under one of the four lightings
        size: height and width of the images in pixels
        seed: another one gives other people
        jobs: processes; as many as there are processors by default
    """
    write_dataset(out, sequences, subjects, size, seed, jobs)
    print(f"{out}: {sequences} sequences of {subjects} people")
