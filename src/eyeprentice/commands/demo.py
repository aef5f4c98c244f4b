from pathlib import Path

from eyeprentice.errors import InputError
from eyeprentice.settings import SMALLEST


def demo(
    *,
    out: Path = Path("demo"),
    subjects: int = 40,
    takes: int = 1,
    epochs: int = 40,
    size: int = 64,
    seed: int = 0,
    accelerator: str = "auto",
) -> None:
    """Do the whole main job, small, and write one page about it.

    Simulates people, trains a teacher, trains a student alone and as the teacher's apprentice, and tests all three on
    people they never saw.

    If it is interrupted, run the same command again: it resumes.

    Example: eyeprentice demo --out demo

    Args:
        out: folder for the dataset, the runs and report.html
        subjects: people to simulate; a fifth of them is tested on
        takes: sequences of each emotion by each of them
        epochs: times that every sequence is learnt from
        size: pixels that the models see
        seed: of the people, the weights and the clips
        accelerator: cpu, cuda, mps or auto
    """
    if subjects < 10 or takes < 1:
        raise InputError("demo", f"{subjects} people with {takes} takes are too few", "give 10 people or more")
    if epochs < 1 or size < SMALLEST:
        raise InputError("demo", f"{epochs} epochs at {size} pixels", f"give an epoch and {SMALLEST} pixels or more")
    from eyeprentice.demonstration import Demonstration, demonstrate

    demonstrate(out, Demonstration(subjects, takes, epochs, size, seed), accelerator)
