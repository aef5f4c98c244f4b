from pathlib import Path

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import SMALLEST


def demo(
    *,
    out: Path = Path("demo"),
    subjects: int = 40,
    takes: int = 1,
    epochs: int = 30,
    size: int = 72,
    seed: int = 0,
    accelerator: str = "auto",
) -> None:
    """Run the whole method once at a small size, and write one page with the results.

    The command simulates two groups of people. A teacher learns from the first group, and then from a few people of the
    second one. Two students learn from these few people, one alone (the baseline) and one with the teacher. All three
    are tested on other people of the second group.

    If it is interrupted, run the same command again: it resumes.

    Example: eyeprentice demo --out demo

    Args:
        out: folder to write the dataset, the runs and report.html into
        subjects: number of people in each group; a fifth of the second one are learnt from, most of the others tested
        takes: number of sequences of each emotion by each person
        epochs: number of training epochs of the teacher on the first group; the other runs follow from it
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
