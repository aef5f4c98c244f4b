"""The sequences of a simulated dataset, planned ahead so that each can be made apart from the others.

Emotions are shared out over people; each person is recorded under one light, and is for training or for testing.
Nothing here knows what kind of faces they have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from eyeprentice.data.layout import SequenceName
from eyeprentice.sources.events.representation import EVENT_FRAME, REPRESENTATIONS
from eyeprentice.synth.motion import sample_length
from eyeprentice.synth.people import DRAWN, open_people, random_numbers
from eyeprentice.synth.variety import SEE, Variety
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS, Subset

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


@dataclass(frozen=True)
class SequencePlan:
    """One sequence to simulate; all of it follows from these few numbers."""

    name: SequenceName
    subset: Subset
    seed: int
    size: int
    variety: Variety
    people: str  # for `open_people`
    posed: bool  # whether the sequence ends at the apex
    representation: str | None
    """What events are turned into: a name in `REPRESENTATIONS`; None if nobody looks at events."""


def plan_sequences(
    sequences: int, subjects: int, size: int, seed: int, variety: Variety = SEE, shares: Shares = EVEN,
    people: str = DRAWN, representation: str | None = EVENT_FRAME,
) -> list[SequencePlan]:  # fmt: skip
    """The sequences to simulate, as `plan_roles` shares them out; raises `InputError` for what cannot be simulated."""
    if size < 32:
        raise InputError("synth", f"{size} pixels are too few to draw an eye", "give a size of 32 or more")
    if representation is not None and representation not in REPRESENTATIONS:
        known = ", ".join(REPRESENTATIONS)
        raise InputError(representation, "no such representation of events", f"give one of {known}")
    crowd = open_people(people, seed, variety)
    person_of = cache(crowd.person)  # once each
    if crowd.count is not None and subjects > crowd.count:
        what = f"{subjects} subjects, but there are {crowd.count} people"
        raise InputError(people, what, f"give --subjects {crowd.count}")
    plans = []
    for number, role in enumerate(plan_roles(sequences, subjects, shares, variety.lightings, random_numbers(seed)), 1):
        person = person_of(role.subject)
        key = seed, role.subject, EMOTIONS.index(role.emotion), role.take
        posed = bool(random_numbers(*key, 3).random() < variety.posed)
        name = SequenceName(
            number, f"{role.subject + 1:03d}", person.sex, person.age, person.degree,
            role.lighting, role.emotion, sample_length(random_numbers(*key), posed), role.take,
        )  # fmt: skip
        plans.append(SequencePlan(name, role.subset, seed, size, variety, people, posed, representation))
    return plans


def plan_roles(
    sequences: int, subjects: int, shares: Shares, lightings: tuple[float, ...], rng: np.random.Generator
) -> list[Role]:
    """`sequences` roles for `subjects` people, in order of person, emotion and take.

    Emotions come as often as `shares` says, to within one sequence. People have equally many roles to within one, and
    each emotion is shown equally often by everybody to within one. `rng` draws who is for testing, and under which of
    the `lightings`, shares in the order of LIGHTINGS, each is seen. Raises `InputError` for numbers that leave a person
    without a role.
    """
    if not 1 <= subjects <= sequences:
        what = f"{sequences} sequences by {subjects} subjects"
        raise InputError("synth", what, "give at least one sequence a subject")
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
