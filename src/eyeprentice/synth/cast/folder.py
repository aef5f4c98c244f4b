"""A cast on disk, people made from portraits, and how a simulated dataset meets them.

CAST/cast.json           format, version, who there is and how well each portrait fitted, and what was refused
CAST/people/NAME.npz     both eyes of a person: the pictures around them, where their parts lie, how their skin moves
"""

import hashlib
import json
import zipfile
from dataclasses import asdict, dataclass, fields
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eyeprentice import __version__
from eyeprentice.files.whole import read_json
from eyeprentice.synth.cast.face import ReenactedFace
from eyeprentice.synth.cast.layers import infrared, take_apart
from eyeprentice.synth.cast.portrait_eye import Eyes, PortraitEye
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.people import Person, random_numbers
from eyeprentice.synth.variety import Variety, draw_reach
from eyeprentice.words.errors import InputError

FORMAT = 1
LIST = "cast.json"
KINDS: dict[str, Any] = {"name": str, "sex": str, "age": int, "residual": (int, float), "digest": str}
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
    """BLAKE2 of the person's file."""


@dataclass(frozen=True)
class Cast:
    """A folder of people, opened."""

    root: Path
    members: tuple[Member, ...]

    def read(self, number: int) -> Eyes:
        """The eyes of a person; raises `InputError` if the file is not whole."""
        path = self.root / "people" / f"{self.members[number].name}.npz"
        try:
            if _digest_of(path) != self.members[number].digest:
                raise ValueError("its bytes are not those that were written")
            with np.load(path, allow_pickle=False) as arrays:
                return _eye(arrays, "right"), _eye(arrays, "left")
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, cv2.error) as error:
            raise InputError(path, f"not whole ({error})", "make the cast again") from None


def open_cast(root: Path) -> Cast:
    """Opens a cast; raises `InputError` for a folder that is none, was cut short, or is of another version."""
    content = read_json(root / LIST, "a cast, as `eyeprentice cast` writes it")
    again = "make the cast again with this version"
    try:
        if content["format"] != FORMAT:
            raise InputError(root, f"a cast of format {content['format']}, this version reads {FORMAT}", again)
        members = tuple(Member(**person) for person in content["people"])
        if not members:
            raise ValueError("it lists nobody")
        for member in members:
            wrong = any(not isinstance(getattr(member, part), kind) for part, kind in KINDS.items())
            if wrong or Path(member.name).name != member.name:
                raise ValueError("a person is not described as it should be")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(root / LIST, f"not the list of a cast ({error})", again) from None
    for member in members:
        if not (root / "people" / f"{member.name}.npz").is_file():
            raise InputError(root, f"{member.name} is missing", again)
    return Cast(root, members)


def write_list(root: Path, members: list[Member], refused: dict[str, str]) -> None:
    people = [asdict(member) for member in members]
    content = {"format": FORMAT, "people": people, "refused": refused, "version": __version__}
    (root / LIST).write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def write_person(path: Path, eyes: Eyes) -> str:
    """Writes both eyes and gives the file's digest."""
    arrays: dict[str, Any] = {}
    for side, eye in zip(("right", "left"), eyes, strict=True):
        for part in fields(PortraitEye):
            value = getattr(eye, part.name)
            coded = cv2.imencode(".png", value)[1] if part.name == "picture" else value
            arrays[f"{side}_{part.name}"] = coded.astype(np.float16) if part.name in ("moves", "depth") else coded
    np.savez_compressed(path, **arrays)
    return _digest_of(path)


def _eye(arrays: Any, side: str) -> PortraitEye:
    parts: dict[str, Any] = {part.name: arrays[f"{side}_{part.name}"] for part in fields(PortraitEye)}
    picture = cv2.imdecode(parts.pop("picture"), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ValueError("its picture cannot be decoded")
    floats = {name: value.astype(np.float32) for name, value in parts.items()}
    return PortraitEye(np.asarray(picture, np.uint8), **floats)


def _digest_of(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()


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
    layers = take_apart(eye, size, lash)
    return ReenactedFace(eye, infrared(layers) if by_infrared else layers, size, wrinkles, reach, number)
