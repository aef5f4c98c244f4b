"""A cast on disk, people made from portraits, and how a simulated dataset meets them.

CAST/cast.json           format, version, who there is and how well each portrait fitted, and what was refused
CAST/people/NAME.npz     both eyes of a person: the pictures around them, where their parts lie, how their skin moves
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np

from eyeprentice import __version__
from eyeprentice.files.arrays import Arrays, Form, Forms, read_arrays
from eyeprentice.files.whole import named, open_regular, read_json
from eyeprentice.sources.pictures import decode_picture
from eyeprentice.synth.cast.face import PORTRAIT_LAMP, ReenactedFace
from eyeprentice.synth.cast.layers import infrared, take_apart
from eyeprentice.synth.cast.portrait_eye import FARTHEST, PIXELS, SHAPES_OF_PARTS, Eyes, PortraitEye
from eyeprentice.synth.face import ACTION_UNITS, RELAXED
from eyeprentice.synth.people import Person, random_numbers
from eyeprentice.synth.variety import Variety, draw_reach
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.names import wrong_file_name, wrong_word

FORMAT = 1
LIST = "cast.json"
AGAIN = "make the cast again with this version"
SIDES = ("right", "left")
EYES = Forms(
    {
        f"{side}_{name}": Form("bytes", (side,)) if name == "picture" else Form("float", shape, -FARTHEST, FARTHEST)
        for side in SIDES
        for name, shape in SHAPES_OF_PARTS.items()
    },
    dict.fromkeys(SIDES, (1, 4 * PIXELS * PIXELS)),  # bytes of a PNG file
)
"""What the file of a person holds."""
AS_MET = 1_000_003
"""Key of the random numbers that say how a person is met."""


@dataclass(frozen=True)
class Member:
    """A person of a cast."""

    name: str
    sex: str
    age: int
    residual: float
    """Mean distance of the landmarks from the fitted model, in percent of the distance between the eyes."""
    digest: str
    """BLAKE2 of the person's file, as 16 digits."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what is nobody: names and words become parts of paths."""
        if wrong := wrong_file_name(self.name) or wrong_word(self.sex):
            raise ValueError(wrong)
        if type(self.age) is not int or not 0 <= self.age <= limits.PERSON_AGE:
            raise ValueError(f"an age is not a whole number from 0 to {limits.PERSON_AGE}")
        if type(self.residual) not in (int, float) or not 0 <= self.residual <= 100:
            raise ValueError("a residual is not a number from 0 to 100")
        if not isinstance(self.digest, str) or re.fullmatch("[0-9a-f]{16}", self.digest) is None:
            raise ValueError("a digest is not one of 16 digits")


@dataclass(frozen=True)
class Cast:
    """A folder of people, opened."""

    root: Path
    members: tuple[Member, ...]

    def path(self, number: int) -> Path:
        """Where a person's eyes lie."""
        return self.root / "people" / f"{self.members[number].name}.npz"

    def read(self, number: int) -> Eyes:
        """The eyes of a person; raises `InputError` if the file is not whole."""
        path = self.path(number)
        with open_regular(path, "a person of a cast") as file:
            if _digest_of(file) != self.members[number].digest:
                raise InputError(path, "not whole (its bytes are not those that were written)", "make the cast again")
            arrays = read_arrays(file, path, EYES, "the eyes of a person", "make the cast again")
        try:
            return _eye(arrays, "right", path), _eye(arrays, "left", path)
        except ValueError as error:
            raise InputError(path, f"not the eyes of a person ({error})", "make the cast again") from None


def open_cast(root: Path) -> Cast:
    """Opens a cast; raises `InputError` for a folder that is none, was cut short, or is of another version."""
    content = read_json(root / LIST, "a cast, as `eyeprentice cast` writes it")
    try:
        if type(content["format"]) is not int or content["format"] != FORMAT:
            found = repr(content["format"])[:20]
            raise InputError(root, f"a cast of format {found}, this version reads {FORMAT}", AGAIN)
        people = content["people"]
        if not isinstance(people, list) or not people:
            raise ValueError("it lists nobody")
        members = tuple(Member(**person) for person in people)
        if len({member.name.casefold() for member in members}) < len(members):
            raise ValueError("two people have one name")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(root / LIST, f"not the list of a cast ({str(error)[:200]})", AGAIN) from None
    for member in members:
        if not (root / "people" / f"{member.name}.npz").is_file():
            raise InputError(root, f"{member.name} is missing", AGAIN)
    return Cast(root, members)


def write_list(root: Path, members: list[Member], refused: dict[str, str]) -> None:
    people = [asdict(member) for member in members]
    content = {"format": FORMAT, "people": people, "refused": refused, "version": __version__}
    with named(root / LIST):
        (root / LIST).write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def write_person(path: Path, eyes: Eyes) -> str:
    """Writes both eyes and gives the file's digest."""
    arrays: dict[str, Any] = {}
    for side, eye in zip(SIDES, eyes, strict=True):
        for part in fields(PortraitEye):
            value = getattr(eye, part.name)
            coded = cv2.imencode(".png", value)[1] if part.name == "picture" else value
            arrays[f"{side}_{part.name}"] = coded.astype(np.float16) if part.name in ("moves", "depth") else coded
    with named(path):
        np.savez_compressed(path, **arrays)
    with path.open("rb") as file:
        return _digest_of(file)


def _eye(arrays: Arrays, side: str, path: Path) -> PortraitEye:
    """Raises `ValueError` for what is no eye, and `InputError` for what is no picture of one."""
    parts = {part.name: arrays[f"{side}_{part.name}"] for part in fields(PortraitEye)}
    picture = decode_picture(parts.pop("picture").tobytes(), path, "make the cast again", (PIXELS, PIXELS))
    return PortraitEye(picture, **{name: value.astype(np.float32) for name, value in parts.items()})


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.blake2b(digest_size=8)
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def cast_person(cast: Cast, seed: int, variety: Variety, subject: int) -> Person:
    """A member of the cast. Which eye is seen, as a right one, and how skin and muscles move, follow from the seed."""
    member, rng = cast.members[subject], random_numbers(seed, subject, AS_MET)
    wrinkles = float(np.clip(0.25 + ((member.age or 30) - 18) / 60 + rng.normal(0, 0.25), 0.0, 1.5))
    mobility = tuple(float(m) for m in rng.uniform(0.75, 1.25, len(ACTION_UNITS)))
    left, lash = bool(rng.random() < 0.5), float(rng.uniform(0, 1))
    by_infrared, reach = bool(rng.random() < variety.infrared), draw_reach(variety, rng)
    face = partial(_face, cast, subject, left, lash, by_infrared, wrinkles, reach)
    return Person(member.sex, member.age, "unknown", mobility, face)


@lru_cache(maxsize=4)  # making a face takes as long as drawing it a few dozen times
def _face(
    cast: Cast, number: int, left: bool, lash: float, by_infrared: bool, wrinkles: float, reach: float, size: int
) -> ReenactedFace:
    eye = cast.read(number)[left]
    try:
        layers = take_apart(eye, size, lash)
        face = ReenactedFace(eye, infrared(layers) if by_infrared else layers, size, wrinkles, reach, number)
        if not np.isfinite(face.render(RELAXED, PORTRAIT_LAMP)).all():
            raise ValueError("its picture is no picture")
    except (ValueError, IndexError, ArithmeticError, cv2.error) as error:
        path, what = cast.path(number), " ".join(str(error).split())[:200]
        raise InputError(path, f"not an eye that can be re-enacted ({what})", "make the cast again") from None
    return face
