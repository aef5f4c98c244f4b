"""Who can be simulated: drawn people, of whom there is no end, or those of a cast; and the random numbers of each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from eyeprentice.synth.drawn.anatomy import Anatomy, sample_anatomy, vary_anatomy
from eyeprentice.synth.drawn.face import DrawnFace
from eyeprentice.synth.face import Face
from eyeprentice.synth.variety import Variety
from eyeprentice.words.errors import InputError

DRAWN = "drawn"
OF_VARIETY = 1_000_001
"""Key of the random numbers that variety draws for a drawn person."""


@dataclass(frozen=True)
class Person:
    """Somebody who can be simulated."""

    sex: str
    age: int
    degree: str
    mobility: tuple[float, ...]
    """How strongly this person shows each of `ACTION_UNITS`, around 1."""
    face: Callable[[int], Face]
    """Size -> their eye region, that many pixels square; the same each time."""


@dataclass(frozen=True)
class People:
    """Everybody of one kind."""

    count: int | None
    """How many there are; None if there is no end of them."""
    person: Callable[[int], Person]
    """Number, from 0 -> who that is."""


@lru_cache(maxsize=4)
def open_people(kind: str, seed: int, variety: Variety) -> People:
    """`drawn` people of `seed`, or those of the cast in the folder `kind`.

    What `variety` says of people is theirs; the rest is the camera's and the motion's. Raises `InputError` if `kind`
    names no people.
    """
    if kind == DRAWN:
        return People(None, partial(_drawn_person, seed, variety))
    if not Path(kind).is_dir():
        raise InputError(kind, "there is no such cast", f"give {DRAWN}, or a folder written by `eyeprentice cast`")
    from eyeprentice.synth.cast.folder import cast_person, open_cast  # need scipy, which drawn people do not

    cast = open_cast(Path(kind))
    return People(len(cast.members), partial(cast_person, cast, seed, variety))


def random_numbers(*key: int) -> np.random.Generator:
    """A generator of its own for each key, so that parts can be made in any order; `key[0]` is the dataset's seed."""
    return np.random.default_rng(np.random.SeedSequence(key[0], spawn_key=key[1:]))


def _drawn_person(seed: int, variety: Variety, subject: int) -> Person:
    anatomy = sample_anatomy(random_numbers(seed, subject))
    anatomy = vary_anatomy(anatomy, variety, random_numbers(seed, subject, OF_VARIETY))
    return Person(anatomy.sex, anatomy.age, anatomy.degree, anatomy.mobility, partial(_drawn_face, anatomy))


@lru_cache(maxsize=4)  # making a face takes as long as drawing it a dozen times
def _drawn_face(anatomy: Anatomy, size: int) -> DrawnFace:
    return DrawnFace(anatomy, size)
