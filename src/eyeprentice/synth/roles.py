"""Who shows what: emotions shared out over people, the light that each is recorded under, and who is for testing.

Nothing here knows what kind of faces they have.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS, Subset

SHARE_OF_LIGHTINGS = (0.40, 0.25, 0.21, 0.14)
"""Of subjects, in the order of LIGHTINGS: SEE's are recorded under one each (those of its testing set: 36 22 19 12)."""
TESTING_SHARE = 767 / 2405
"""Of subjects: unlike SEE's, the split that is written with a simulated dataset shares nobody."""

Shares = tuple[int, ...]
"""How often each emotion is shown relative to the others, in the order of EMOTIONS."""
EVEN: Shares = (1, 1, 1, 1, 1, 1, 1)
SHARES = {"even": EVEN, "see": (119, 124, 113, 89, 92, 100, 130)}
"""`see`: the numbers of SEE's testing set, the only ones that are published."""


@dataclass(frozen=True)
class Role:
    """One person showing one emotion once."""

    subject: int  # from 0
    emotion: str
    take: int  # from 0, of this person and emotion
    lighting: str  # the same in all roles of a person
    subset: Subset  # likewise


def plan_roles(
    sequences: int,
    subjects: int,
    shares: Shares,
    rng: np.random.Generator,
    lightings: tuple[float, ...] = SHARE_OF_LIGHTINGS,
) -> list[Role]:
    """`sequences` roles for `subjects` people, in order of person, emotion and take.

    Emotions come as often as `shares` says, to within one sequence. People have equally many roles to within one, and
    each emotion is shown equally often by everybody to within one. `rng` draws who is for testing, and under which of
    the `lightings`, shares in the order of LIGHTINGS, each is seen. Raises `InputError` for numbers that leave a person
    without a role.
    """
    if not 1 <= subjects <= sequences:
        raise InputError(
            "synth", f"{sequences} sequences by {subjects} subjects", "give at least one sequence a subject"
        )
    tested = set(rng.permutation(subjects)[: round(TESTING_SHARE * subjects)].tolist())
    lit = rng.permutation(list(_lightings(subjects, lightings))).tolist()
    roles = []
    for subject, take, emotion in sorted(_deal(sequences, subjects, shares)):
        subset: Subset = "testing" if subject in tested else "training"
        roles.append(Role(subject, EMOTIONS[emotion], take, lit[subject], subset))
    return roles


def _deal(sequences: int, subjects: int, shares: Shares) -> Iterator[tuple[int, int, int]]:
    """(subject, take, number of the emotion): emotion after emotion, each going on with the person after the last."""
    dealt = 0
    for emotion, count in enumerate(_apportion(sequences, shares)):
        for number in range(count):
            yield (dealt + number) % subjects, number // subjects, emotion
        dealt += count


def _apportion(sequences: int, shares: Shares) -> list[int]:
    """How many sequences show each emotion, by largest remainders."""
    exact = np.array(shares) * sequences / sum(shares)
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: sequences - counts.sum()]] += 1
    return [int(count) for count in counts]


def _lightings(subjects: int, shares: tuple[float, ...]) -> Iterator[str]:
    """A lighting for each subject, so that all of them come as near to the shares as they can."""
    credit = np.zeros(len(LIGHTINGS))
    for _ in range(subjects):
        credit += shares
        chosen = int(credit.argmax())
        credit[chosen] -= 1
        yield LIGHTINGS[chosen]
