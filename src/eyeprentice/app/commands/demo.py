from pathlib import Path

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import SMALLEST


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
    """Run the whole method once at a small size, and write one page with the results.

    The command simulates people, trains a teacher, trains a student without the teacher (the baseline) and with it,
    and tests all three on people who are not in the training set.

    If it is interrupted, run the same command again: it resumes.

    Example: eyeprentice demo --out demo

    Args:
        out: folder to write the dataset, the runs and report.html into
        subjects: number of people to simulate; a fifth of them are the test set
        takes: number of sequences of each emotion by each person
        epochs: number of training epochs of each model
        size: height and width of the images that the models are given, in pixels
        seed: random seed of the people, the weights and the clips
        accelerator: device to compute on: cpu, cuda, mps or auto
    """
    if subjects < 10 or takes < 1:
        raise InputError("demo", f"{subjects} people with {takes} takes are too few", "give 10 people or more")
    if epochs < 1 or size < SMALLEST:
        raise InputError("demo", f"{epochs} epochs at {size} pixels", f"give an epoch and {SMALLEST} pixels or more")
    from eyeprentice.studies.demo import Demonstration, demonstrate

    demonstrate(out, Demonstration(subjects, takes, epochs, size, seed), accelerator)
