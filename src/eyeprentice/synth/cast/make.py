"""Makes a cast: every portrait with landmarks becomes a person, or is refused with a reason."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.files.orders import note_order, order_of
from eyeprentice.files.processes import in_processes
from eyeprentice.files.whole import new_folder, read_text
from eyeprentice.sources.pictures import PICTURES, pictures_in, read_picture
from eyeprentice.synth.cast.face_model import FaceModel, read_face_model
from eyeprentice.synth.cast.folder import Member, write_list, write_person
from eyeprentice.synth.cast.landmarks import read_template
from eyeprentice.synth.cast.portrait_eye import cut_eyes
from eyeprentice.words.errors import InputError

WORST_RESIDUAL = 8.0
"""Percent of the distance between the eyes: beyond it the landmarks are not those of this face."""
WIDEST_TURN = 20.0
"""Degrees of yaw: beyond it half of the face is hidden."""
FEWEST_PIXELS = 80
"""Between the eyes."""


@dataclass(frozen=True)
class About:
    """What is known of who is in a portrait."""

    sex: str = "person"
    age: int = 0


def make_cast(
    portraits: Sequence[Path], about: dict[str, About], face_model: Path, out: Path, jobs: int, order: str = ""
) -> tuple[list[Member], dict[str, str]]:
    """Writes the people of all portraits as `out`; gives them, and for each portrait that was refused, why.

    What is refused hinders nothing else. `about` goes by the beginning of the portraits' names, `order` is kept with
    the people (`files/orders.py`). Raises `InputError` if nobody is left, or the model is none.
    """
    model = read_face_model(face_model)
    members: list[Member] = []
    refused: dict[str, str] = {}
    with new_folder(out) as folder:
        (folder / "people").mkdir()
        fit = partial(_make_one, about=about, folder=folder)
        fitted = in_processes(fit, portraits, "fitting", jobs, _refusal, set_up=_set_up, given=(model,), or_here=True)
        for portrait, made in zip(portraits, fitted, strict=True):
            if isinstance(made, Member):
                members.append(made)
            else:
                refused[portrait.name] = made
        if not members:
            reason = refused[portraits[0].name]
            raise InputError(out, f"no portrait could be used ({reason})", "correct the portraits")
        write_list(folder, members, refused)
        note_order(folder, order)
    return members, refused


def order_cast(portraits: Sequence[Path], info: Sequence[Path], face_model: Path) -> str:
    """What a cast follows from: see `order_of`."""
    templates = [path for portrait in portraits if (path := portrait.with_suffix(".tem")).is_file()]
    shapes = sorted(face_model.iterdir()) if face_model.is_dir() else [face_model]
    return order_of("cast", {}, [*portraits, *templates, *info, *(path for path in shapes if path.is_file())])


def find_portraits(sources: Sequence[Path]) -> list[Path]:
    """All pictures in folders, and files as they are; raises `InputError` where there is none, or two share a name."""
    found: list[Path] = []
    for source in sources:
        if source.is_dir():
            found += sorted(pictures_in(source))
        elif source.is_file():
            found.append(source)
        else:
            raise InputError(source, "no such file or folder", "give portraits with a .tem file beside each")
    if not found:
        raise InputError(sources[0], "holds no portraits", f"give {', '.join(PICTURES)} with a .tem file beside each")
    names = [path.stem for path in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(min(twice), "two portraits have this name", "rename one of the two")
    return found


def read_about(tables: Sequence[Path]) -> dict[str, About]:
    """Reads tables of `face_id`, `face_age` and `face_gender` (or `id`, `age`, `sex`); raises `InputError`."""
    about = {}
    for table in tables:
        try:
            rows = csv.DictReader(io.StringIO(read_text(table, "a CSV of people"), newline=""))
            if not {"face_id", "id"} & set(rows.fieldnames or ()):
                raise InputError(table, "has no column face_id", "give a CSV with face_id, face_age and face_gender")
            for row in rows:
                name, age = row.get("face_id") or row.get("id"), row.get("face_age") or row.get("age") or "0"
                if not name:
                    raise InputError(table, f"row {rows.line_num} has no face_id", "say who it is of, or remove it")
                sex = {"female": "woman", "male": "man"}.get(row.get("face_gender") or row.get("sex") or "", "person")
                about[name] = About(sex, int(float(age)) if re.fullmatch(r"\d{1,2}(\.\d*)?", age, re.ASCII) else 0)
        except csv.Error as error:
            what = f"not a table of people ({error})"
            raise InputError(table, what, "give a CSV with face_id, face_age, face_gender") from None
    return about


_model: FaceModel


def _refusal(made: Member | str) -> str:
    return made if isinstance(made, str) else ""


def _set_up(model: FaceModel) -> None:
    global _model
    _model = model
    cv2.setNumThreads(1)


def _make_one(portrait: Path, about: dict[str, About], folder: Path) -> Member | str:
    """Who was made, or why nobody was."""
    known = about.get(portrait.stem) or about.get(portrait.stem.split("_")[0]) or About()
    try:
        return make_member(_model, portrait, known, folder)
    except InputError as error:
        return str(error)
    except (ValueError, np.linalg.LinAlgError, cv2.error) as error:
        return f"{portrait}: cannot be fitted ({error}); look at its landmarks"


def make_member(model: FaceModel, portrait: Path, about: About, folder: Path) -> Member:
    """Fits one portrait and writes its person; raises `InputError` with the reason why it is refused."""
    image = read_picture(portrait)
    landmarks = read_template(portrait.with_suffix(".tem"), image.shape[1], image.shape[0])
    between = float(np.linalg.norm(landmarks[0] - landmarks[1]))
    if between < FEWEST_PIXELS:
        raise InputError(portrait, f"{between:.0f} pixels between the eyes", f"give {FEWEST_PIXELS} or more")
    fitted, eyes = cut_eyes(model, image, landmarks)
    if fitted.residual > WORST_RESIDUAL:
        what = f"the landmarks do not fit a face (by {fitted.residual:.1f} % of the distance between the eyes)"
        raise InputError(portrait, what, "check that the landmarks belong to this picture")
    if abs(fitted.yaw) > WIDEST_TURN:
        raise InputError(portrait, f"the head is turned by {abs(fitted.yaw):.0f} degrees", "give a face from the front")
    digest = write_person(folder / "people" / f"{portrait.stem}.npz", eyes)
    return Member(portrait.stem, about.sex, about.age, round(fitted.residual, 2), digest)
