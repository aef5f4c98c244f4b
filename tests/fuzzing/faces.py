"""What is fed to the readers of casts, face models, the finder's material and weights, and neutral faces.

A damaged archive fails by its checksums. So the arrays of an archive also lie beside it, each in a file of its own, and
when one of these was changed, the archive is made of them again: an attacker can compute checksums, too.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np


def _unpack(archive: Path) -> list[Path]:
    """The members of an archive, as files in a folder beside it."""
    folder = archive.with_suffix("")
    folder.mkdir()
    with np.load(archive) as arrays:
        for name in arrays.files:
            np.save(folder / f"{name}.npy", arrays[name])
    return sorted(folder.iterdir())


def _repack(archive: Path, changed: Path) -> None:
    """Makes an archive of its members, if one of them was changed."""
    if changed.parent != archive.with_suffix(""):
        return
    coded = io.BytesIO()
    with zipfile.ZipFile(coded, "w") as file:
        for member in sorted(changed.parent.iterdir()):
            file.writestr(member.name, member.read_bytes())
    archive.write_bytes(coded.getvalue())


def write_cast(folder: Path) -> list[Path]:
    """A cast of two; the file of one of them is changed."""
    from eyeprentice.synth.cast.make import find_portraits, make_cast
    from tests.synth.cast.material import write_model, write_portrait

    write_model(folder / "model.npz")
    (folder / "portraits").mkdir()
    for number, name in enumerate(("anna", "ben")):
        write_portrait(folder / "portraits" / f"{name}.png", seed=number)
    make_cast(find_portraits([folder / "portraits"]), {}, folder / "model.npz", folder / "cast", 1)
    anna = folder / "cast" / "people" / "anna.npz"
    members = _unpack(anna)
    return [folder / "cast" / "cast.json", folder / "cast" / "cast.json", anna, *members]


def read_cast(folder: Path, changed: Path) -> None:
    """Opens it, draws everybody and plans a dataset: names are built of what it says."""
    from eyeprentice.synth.cast.folder import _face as made
    from eyeprentice.synth.cast.folder import cast_person, open_cast
    from eyeprentice.synth.face import RELAXED, Lamp
    from eyeprentice.synth.people import open_people
    from eyeprentice.synth.plan import plan_sequences
    from eyeprentice.synth.variety import SEE

    anna = folder / "cast" / "people" / "anna.npz"
    kept = anna.read_bytes()
    try:
        _repack(anna, changed)
        cast = open_cast(folder / "cast")
        digest = hashlib.blake2b(anna.read_bytes(), digest_size=8).hexdigest()
        people = [replace(who, digest=digest) if who.name == "anna" else who for who in cast.members]
        cast = replace(cast, members=tuple(people))
        for number in range(len(people)):
            picture = cast_person(cast, 0, SEE, number).face(32).render(RELAXED, Lamp((0.0, -0.3, 1.0), 0.6))
            assert np.isfinite(picture).all()
        open_people.cache_clear()
        for plan in plan_sequences(2, 1, 32, 0, SEE, people=str(folder / "cast")):
            assert len(Path(str(plan.name)).parts) == 1
    finally:
        anna.write_bytes(kept)
        made.cache_clear()


def write_face_pack(folder: Path) -> list[Path]:
    from tests.synth.cast.material import write_model

    write_model(folder / "model.npz")
    return [folder / "model.npz", *_unpack(folder / "model.npz")]


def read_face_pack(folder: Path, changed: Path) -> None:
    from eyeprentice.synth.cast.face_model import read_face_model

    kept = (folder / "model.npz").read_bytes()
    try:
        _repack(folder / "model.npz", changed)
        model = read_face_model(folder / "model.npz")
        assert np.isfinite(model.normals).all()
    finally:
        (folder / "model.npz").write_bytes(kept)


def write_face_folder(folder: Path) -> list[Path]:
    import lzma

    from tests.synth.cast.material import write_model, write_obj

    pack = write_model(folder / "model.npz")
    (folder / "model.npz").unlink()
    neutral = pack["neutral"]
    write_obj(folder / "generic_neutral_mesh.obj", neutral, pack["triangles"][:500])
    write_obj(folder / "identity000.obj", neutral + pack["identity"][0])
    (folder / "identity001.obj.xz").write_bytes(lzma.compress((folder / "identity000.obj").read_bytes()))
    for name, shape in zip(pack["expression_names"], pack["expression"], strict=True):
        write_obj(folder / f"{name}.obj", neutral + shape)
    first = folder / "generic_neutral_mesh.obj"
    return [first, first, folder / "identity000.obj", folder / "identity001.obj.xz", folder / "eyeSquint_R.obj"]


def read_face_folder(folder: Path, _: Path) -> None:
    from eyeprentice.synth.cast.face_model import read_face_model

    assert np.isfinite(read_face_model(folder).normals).all()


def write_material(folder: Path) -> list[Path]:
    from eyeprentice.finder.material import write_material
    from tests.finder.test_training import material

    write_material(folder / "material.npz", {"training": material(0), "validation": material(1)})
    return [folder / "material.npz", *_unpack(folder / "material.npz")]


def read_material(folder: Path, changed: Path) -> None:
    from eyeprentice.finder.material import ROLES, read_material
    from eyeprentice.finder.picture_bank import _with_masks

    kept = (folder / "material.npz").read_bytes()
    try:
        _repack(folder / "material.npz", changed)
        read = read_material(folder / "material.npz")
        for role in ROLES:
            _with_masks(read[role].faces)
    finally:
        (folder / "material.npz").write_bytes(kept)


def write_weights(folder: Path) -> list[Path]:
    from safetensors.torch import save

    from eyeprentice.finder.architecture import FinderNetwork

    (folder / "weights.safetensors").write_bytes(save(dict(FinderNetwork().state_dict())))
    return [folder / "weights.safetensors"]


def read_weights(_: Path, path: Path) -> None:
    from eyeprentice.finder.training import read_finder_weights

    read_finder_weights(path)


def write_portraits(folder: Path) -> list[Path]:
    """Portraits whose eyes a table or a template tells, and tables about who they are."""
    from tests.synth.cast.material import write_portrait

    for name in ("001_03", "002_03"):
        write_portrait(folder / f"{name}.png", size=(320, 300), scale=19)
    (folder / "002_03.tem").unlink()
    (folder / "eyes.csv").write_text("file,right_x,right_y,left_x,left_y\n002_03.png,100,120,220,120\n")
    return [folder / "001_03.png", folder / "001_03.tem", folder / "eyes.csv"]


def read_portraits(folder: Path, _: Path) -> None:
    from eyeprentice.finder.portraits import gather

    gather([folder], [], folder / "eyes.csv", 0, 1)


def write_neutral(folder: Path) -> list[Path]:
    """A neutral face as a picture, a video, and a recording's events."""
    import cv2

    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (64, 64)).astype(np.uint8), (0, 0), 2)
    for name in ("a.png", "a.jpg"):
        cv2.imwrite(str(folder / name), picture)
    return [folder / "a.png", folder / "a.jpg"]


@cache
def _recognizer() -> Any:
    from eyeprentice.runtime import Recognizer

    return Recognizer()


def read_neutral(_: Path, path: Path) -> None:
    from eyeprentice.eye.region import Region
    from eyeprentice.runtime.neutral import calibrate_from, parse_neutral
    from eyeprentice.sources.frames import open_frames

    how = parse_neutral(str(path))
    assert how == path
    calibrate_from(open_frames(path), _recognizer(), Region.parse("full"))


def write_order(folder: Path) -> list[Path]:
    from eyeprentice.files.orders import FILE, note_order

    note_order(folder, "0123")
    return [folder / FILE]


def read_order(folder: Path, _: Path) -> None:
    from eyeprentice.files.orders import FILE, is_made, order_of

    assert is_made(folder, order_of("cast", {}, [folder / FILE])) is False
    is_made(folder, "0123")


NAMES_TOKENS = tuple(
    json.dumps(word).encode()
    for word in ("/../../x", "..", "a_b", "\0", "\udcff", "", "x" * 300, "CON", ".", "a/b", "a\\b", "\u202e", "日" * 90)
)  # fmt: skip
NPY_TOKENS = (
    b"'|O'", b"'<f2'", b"'<f4'", b"'>f8'", b"'<i8'", b"'<U9'", b"'|V1000000000'", b"(-1,)", b"(1099511627776,)", b"()",
    b"(5, 5)", b"(99999999999999999999,)", b"True", b"{", b"\x00\x00\xc0\x7f", b"\xff\xff\x7f\x7f", b"\x00\x7e",
)  # fmt: skip
OBJ_TOKENS = (
    b"v 1 2\n", b"v nan inf 1e999\n", b"f 1 2 999999999999999999999999999999\n", b"f -1 -2 -3\n", b"f 0/0/0 1 1\n",
    b"f\n", b"v\n", b"f 1 2 3" + b" 4" * 600 + b"\n", b"\xff", b"v 1_0 2 3\n", b"v " + b"9" * 900 + b" 1 1\n",
)  # fmt: skip
