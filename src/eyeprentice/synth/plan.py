"""The sequences of a simulated dataset, planned ahead so that each can be made apart from the others."""

from dataclasses import dataclass

from eyeprentice.data.layout import SequenceName
from eyeprentice.sources.events.representation import REPRESENTATIONS
from eyeprentice.synth.motion import sample_length
from eyeprentice.synth.people import DRAWN, open_people
from eyeprentice.synth.roles import EVEN, Shares, plan_roles
from eyeprentice.synth.seeds import random_numbers
from eyeprentice.synth.variety import SEE, Variety
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, Subset

EVENT_FRAME = "event-frame"
"""SEE's own representation of events."""


@dataclass(frozen=True)
class Plan:
    """One sequence to simulate; all of it follows from these few numbers."""

    name: SequenceName
    subset: Subset
    seed: int
    size: int
    variety: Variety = SEE
    people: str = DRAWN
    """Kind of people, for `open_people`."""
    posed: bool = False
    """Whether the sequence ends at the apex."""
    representation: str | None = EVENT_FRAME
    """What events are turned into: a name in `REPRESENTATIONS`; None if nobody looks at events."""


def plan(
    sequences: int,
    subjects: int,
    size: int,
    seed: int,
    variety: Variety = SEE,
    shares: Shares = EVEN,
    people: str = DRAWN,
    representation: str | None = EVENT_FRAME,
) -> list[Plan]:
    """The sequences to simulate, as `plan_roles` shares them out."""
    if size < 32:
        raise InputError("synth", f"{size} pixels are too few to draw an eye", "give a size of 32 or more")
    if representation is not None and representation not in REPRESENTATIONS:
        raise InputError(
            representation, "no such representation of events", f"give one of {', '.join(REPRESENTATIONS)}"
        )
    crowd = open_people(people, seed, variety)
    if crowd.count is not None and subjects > crowd.count:
        raise InputError(
            people, f"{subjects} subjects, but there are {crowd.count} people", f"give --subjects {crowd.count}"
        )
    plans = []
    for index, role in enumerate(plan_roles(sequences, subjects, shares, random_numbers(seed), variety.lightings)):
        person = crowd.person(role.subject)
        rng = random_numbers(seed, role.subject, EMOTIONS.index(role.emotion), role.take)
        posed = bool(
            random_numbers(seed, role.subject, EMOTIONS.index(role.emotion), role.take, 3).random() < variety.posed
        )
        name = SequenceName(
            index + 1, f"{role.subject + 1:03d}", person.sex, person.age, person.degree,
            role.lighting, role.emotion, sample_length(rng, posed), role.take,
        )  # fmt: skip
        plans.append(Plan(name, role.subset, seed, size, variety, people, posed, representation))
    return plans
