"""Drawn people, of whom there is no end: each follows from the seed and a number."""

from dataclasses import dataclass

from eyeprentice.synth.drawn.anatomy import Anatomy, sample_anatomy, vary_anatomy
from eyeprentice.synth.drawn.face import DrawnFace
from eyeprentice.synth.seeds import random_numbers
from eyeprentice.synth.variety import Variety

PERSON = 1_000_001
"""Key of the random numbers that variety draws for a person."""


@dataclass(frozen=True)
class DrawnPerson:
    """A `Person` who does not exist."""

    anatomy: Anatomy

    @property
    def sex(self) -> str:
        return self.anatomy.sex

    @property
    def age(self) -> int:
        return self.anatomy.age

    @property
    def degree(self) -> str:
        return self.anatomy.degree

    @property
    def mobility(self) -> tuple[float, ...]:
        return self.anatomy.mobility

    def face(self, size: int) -> DrawnFace:
        return DrawnFace(self.anatomy, size)


@dataclass(frozen=True)
class DrawnPeople:
    """The drawn people of one seed; `variety` decides on their ages, make-up and sockets, and on infrared light."""

    seed: int
    variety: Variety
    count: None = None

    def person(self, subject: int) -> DrawnPerson:
        anatomy = sample_anatomy(random_numbers(self.seed, subject))
        return DrawnPerson(vary_anatomy(anatomy, self.variety, random_numbers(self.seed, subject, PERSON)))
