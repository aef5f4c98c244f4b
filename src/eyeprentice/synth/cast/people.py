"""The people of a cast, as a simulated dataset meets them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from eyeprentice.synth.cast.face import ReenactedFace
from eyeprentice.synth.cast.folder import Cast, Member, open_cast
from eyeprentice.synth.cast.layers import infrared, take_apart
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.seeds import random_numbers
from eyeprentice.synth.variety import Variety, draw_reach

PERSON = 1_000_003
"""Key of the random numbers that say how a person is met."""


@dataclass(frozen=True)
class CastPerson:
    """A `Person`: one eye of somebody in a cast, either of them taken as a right one."""

    cast: Cast
    number: int
    left: bool
    wrinkles: float
    lash: float
    lit_by_infrared: bool
    mobility: tuple[float, ...]
    reach: float
    """How far their skin moves, relative to the median person's."""
    degree: str = "unknown"

    @property
    def member(self) -> Member:
        return self.cast.members[self.number]

    @property
    def sex(self) -> str:
        return self.member.sex

    @property
    def age(self) -> int:
        return self.member.age

    def face(self, size: int) -> ReenactedFace:
        return _face(self, size)


class CastPeople:
    """Everybody in a cast, in its order. Which eye is seen, and how skin and muscles move, follow from the seed."""

    def __init__(self, root: Path, seed: int, variety: Variety) -> None:
        self._cast, self._seed, self._variety = open_cast(root), seed, variety

    @property
    def count(self) -> int:
        return len(self._cast.members)

    def person(self, subject: int) -> CastPerson:
        rng = random_numbers(self._seed, subject, PERSON)
        age = self._cast.members[subject].age or 30
        wrinkles = float(np.clip(0.25 + (age - 18) / 60 + rng.normal(0, 0.25), 0.0, 1.5))
        mobility = tuple(float(m) for m in rng.uniform(0.75, 1.25, len(ACTION_UNITS)))
        return CastPerson(
            self._cast, subject, bool(rng.random() < 0.5), wrinkles, float(rng.uniform(0, 1)),
            bool(rng.random() < self._variety.infrared), mobility,
            draw_reach(self._variety, rng),
        )  # fmt: skip


@lru_cache(maxsize=4)  # making a face takes as long as drawing it a few dozen times
def _face(person: CastPerson, size: int) -> ReenactedFace:
    region = person.cast.read(person.number)[person.left]
    layers = take_apart(region, size, person.lash)
    if person.lit_by_infrared:
        layers = infrared(layers)
    return ReenactedFace(region, layers, size, person.wrinkles, person.reach, person.number)
