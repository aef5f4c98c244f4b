"""A cast on disk: people made from portraits, each in a file of its own, and one JSON that lists them.

CAST/cast.json           format, version, who there is and how well each portrait fitted, and what was refused
CAST/people/NAME.npz     both eyes of a person: the pictures around them, where their parts lie, how their skin moves
"""

import hashlib
import json
import zipfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eyeprentice.files.whole import read_json
from eyeprentice.synth.cast.region import Region
from eyeprentice.words.errors import InputError

FORMAT = 1
LIST = "cast.json"
EYES = ("right", "left")
KINDS: dict[str, Any] = {"name": str, "sex": str, "age": int, "residual": (int, float), "digest": str}


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

    def read(self, number: int) -> tuple[Region, Region]:
        """The right eye and the left one, mirrored, of a person; raises `InputError` if the file is not whole."""
        return read_person(self.root / "people" / f"{self.members[number].name}.npz", self.members[number].digest)


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


def write_list(root: Path, members: list[Member], refused: dict[str, str], sources: dict[str, Any]) -> None:
    content = {"format": FORMAT, "people": [asdict(member) for member in members], "refused": refused, **sources}
    (root / LIST).write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def write_person(path: Path, eyes: tuple[Region, Region]) -> str:
    """Writes both eyes and gives the file's digest."""
    arrays: dict[str, Any] = {}
    for side, region in zip(EYES, eyes, strict=True):
        for part in fields(Region):
            value = getattr(region, part.name)
            coded = cv2.imencode(".png", value)[1] if part.name == "picture" else value
            arrays[f"{side}_{part.name}"] = coded.astype(np.float16) if part.name in ("moves", "depth") else coded
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return digest_of(path.read_bytes())


def read_person(path: Path, digest: str) -> tuple[Region, Region]:
    try:
        if digest_of(path.read_bytes()) != digest:
            raise ValueError("its bytes are not those that were written")
        with np.load(path, allow_pickle=False) as arrays:
            right, left = (_region(arrays, side) for side in EYES)
        right.check()
        left.check()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, cv2.error) as error:
        raise InputError(path, f"not whole ({error})", "make the cast again") from None
    return right, left


def _region(arrays: Any, side: str) -> Region:
    return Region(**{part.name: _decoded(part.name, arrays[f"{side}_{part.name}"]) for part in fields(Region)})


def _decoded(name: str, value: Any) -> Any:
    return cv2.imdecode(value, cv2.IMREAD_GRAYSCALE) if name == "picture" else value.astype(np.float32)


def digest_of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
