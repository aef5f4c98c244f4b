"""A cast, a face model and landmarks that somebody else made are read, or refused in one line, with nothing written."""

import hashlib
import json
import lzma
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.synth.cast.face_model import read_face_model
from eyeprentice.synth.cast.folder import Cast, cast_person, open_cast
from eyeprentice.synth.cast.landmarks import COUNT, read_template
from eyeprentice.synth.cast.make import find_portraits, make_cast
from eyeprentice.synth.variety import SEE
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from tests.synth.cast.material import write_model, write_obj, write_portrait


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cast of two, the model, and the portraits."""
    folder = tmp_path_factory.mktemp("made")
    write_model(folder / "model.npz")
    (folder / "portraits").mkdir()
    for number, name in enumerate(("anna", "ben")):
        write_portrait(folder / "portraits" / f"{name}.png", seed=number)
    make_cast(find_portraits([folder / "portraits"]), {}, folder / "model.npz", folder / "cast", 1)
    return folder


@pytest.fixture
def cast(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "cast", tmp_path / "in" / "cast"))


def spoil(cast: Path, **fields: Any) -> None:
    content = json.loads((cast / "cast.json").read_text())
    content["people"][0] |= fields
    (cast / "cast.json").write_text(json.dumps(content))


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    "fields",
    [
        *[{"sex": word} for word in ("/../../../ESCAPE/x", "..\\x", "a_b", "", "a:b", "\0", "\n", "\udcff", "é" * 41)],
        *[{"sex": what} for what in (None, 5, True, [], {"a": 1})],
        *[{"age": what} for what in (-5, True, False, None, 151, 10**250, 20.5, "20", [20])],
        *[{"name": word} for word in ("../anna", "/etc/passwd", "..", ".", "", "a\\b", "\0", "\udcff", "x" * 300)],
        *[{"name": what} for what in (None, 5, ["anna"], " anna", "ben", "BEN")],
        *[{"residual": what} for what in (-1, True, "1", 1e300, None)],
        *[{"digest": what} for what in ("", "0" * 15, "G" * 16, "../../../../../x", None, 16 * [0])],
        {"subject": "../x"},
        {"degree": "/../x"},
    ],
)  # fmt: skip
def test_fields_that_become_paths_are_refused_and_nothing_is_written(
    cast: Path, tmp_path: Path, fields: dict[str, Any], capsys: pytest.CaptureFixture
):
    spoil(cast, **fields)
    before = everything(tmp_path)
    words = ["--people", str(cast), "--sequences", "2", "--size", "32", "--events", "false", "--jobs", "1"]
    with pytest.raises(SystemExit) as caught:
        main(["synth", str(tmp_path / "deep" / "er" / "out"), *words])
    said = capsys.readouterr()
    assert (caught.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("error: ")
    assert "make the cast again" in said.err or "give a cast, as `eyeprentice cast` writes it" in said.err
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [
        "[]", "{}", "5", "null", '"format"', '{"format": true, "people": []}', '{"format": 1}', "[" * 30000,
        '{"format": 1, "people": {}}', '{"format": 1, "people": []}', '{"format": 1, "people": [5]}',
        '{"format": 1, "people": "anna"}',
        '{"format": "' + "1" * 10**6 + '", "people": []}', '{"format": 1, "people": [{"' + "a" * 10**6 + '": 1}]}',
    ],
)  # fmt: skip
def test_a_list_of_something_else_is_refused_in_one_line(cast: Path, content: str):
    (cast / "cast.json").write_text(content)
    with pytest.raises(InputError) as caught:
        open_cast(cast)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def with_arrays(cast: Path, **changed: Any) -> Cast:
    """The cast, of whose first person some arrays are others, with a digest that fits."""
    opened = open_cast(cast)
    with np.load(opened.path(0)) as arrays:
        kept = dict(arrays)
    np.savez(opened.path(0), **{name: array for name, array in (kept | changed).items() if array is not None})
    digest = hashlib.blake2b(opened.path(0).read_bytes(), digest_size=8).hexdigest()
    return replace(opened, members=(replace(opened.members[0], digest=digest),))


def coded(picture: np.ndarray, kind: str = ".png") -> np.ndarray:
    return cv2.imencode(kind, picture)[1]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"right_iris": np.array([np.nan, 0.5, 0.1], np.float32)}, "'right_iris' holds what is not a number"),
        ({"right_iris": np.array([0.5, 0.5, 0], np.float32)}, "its iris is too small"),
        ({"right_iris": np.array([0.5, 0.5, -0.1], np.float32)}, "its iris is too small"),
        ({"left_moves": np.full((7, 3, 48, 48), 6e4, np.float16)}, "not from -20 to 20"),
        ({"left_moves": None}, "it has no array 'left_moves'"),
        ({"left_depth": np.array([None] * 9)}, "not one of plain numbers"),
        ({"left_depth": np.zeros((48, 10**6), np.float16)}, "a length of 1000000 where 48 belong"),
        ({"right_upper": np.zeros((5, 2), np.float32)}, "the corners of the eye lie at one place"),
        ({"right_upper": np.full((5, 2), 1e30, np.float32)}, "not from -20 to 20"),
        ({"right_picture": np.zeros(100, np.uint8)}, "not a readable image"),
        ({"right_picture": np.zeros(10**6, np.uint8)}, "1000000 right, not 1 to 369664"),
        ({"right_picture": coded(np.zeros((304, 304), np.uint8))}, "its picture is black"),
        ({"right_picture": coded(np.zeros((8000, 8000), np.uint8))}, "a picture of 8000x8000 where others belong"),
        ({"right_picture": coded(np.full((304, 304), 999, np.uint16))}, "a picture of 16 bits"),
        ({"right_picture": coded(np.full((30, 30, 3), 99, np.uint8), ".webp")}, "not a readable image"),
    ],
)
def test_eyes_that_are_none_are_refused(cast: Path, changed: dict[str, Any], why: str):
    person = with_arrays(cast, **changed)
    with pytest.raises(InputError, match=rf"people/anna\.npz: .*{why}.*make the cast again"):
        person.read(0)


def test_an_eye_that_cannot_be_drawn_is_refused(cast: Path, monkeypatch: pytest.MonkeyPatch):
    opened = with_arrays(cast, right_brow=np.zeros((6, 2), np.float32))
    person = cast_person(opened, 0, SEE, 0)
    monkeypatch.setattr("eyeprentice.synth.cast.face.ReenactedFace.render", lambda *_: np.full((32, 32), np.nan))
    with pytest.raises(InputError, match="not an eye that can be re-enacted"):
        person.face(32)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("f 1 2 999999999999999999999999999999", "the number of a vertex"),
        ("f -1 -2 -3", "the number of a vertex"),
        ("f 0 1 2", "the number of a vertex"),
        ("f 1 2 99999", "its triangles are not between its vertices"),
        ("f 1 2 ٣", "the number of a vertex"),
        ("f " + "1 " * 9999, "a line of more than 1000 letters"),
        ("v 1 2", ""),
        ("v nan 1 1", "a coordinate is not a number"),
        ("v 1e39 1 1", "a coordinate is not a number"),
        ("v 1 1 5000", "a coordinate is not a number between -1000 and 1000"),
        ("v a b c", ""),
    ],
)  # fmt: skip
def test_a_shape_that_is_none_is_refused(tmp_path: Path, line: str, why: str):
    write_folder(tmp_path)
    with (tmp_path / "generic_neutral_mesh.obj").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(InputError, match=f"(face model|shape of a face model).*{why}.*; give ICT-FaceKit"):
        read_face_model(tmp_path)


def write_folder(folder: Path) -> None:
    """A face model in which nothing moves."""
    from eyeprentice.synth.cast.face_model import FACE_VERTICES, SHAPES

    points = np.random.default_rng(0).normal(0, 5, (FACE_VERTICES, 3))
    write_obj(folder / "generic_neutral_mesh.obj", points, np.array([[0, 1, 2], [2, 3, 4]]))
    write_obj(folder / "identity000.obj", points)
    for name in SHAPES:
        for side in "LR":
            shutil.copy(folder / "identity000.obj", folder / f"{name}_{side}.obj")


def test_shapes_that_unpack_to_gigabytes_are_refused(tmp_path: Path):
    write_folder(tmp_path)
    (tmp_path / "identity000.obj").unlink()
    bomb = tmp_path / "identity000.obj.xz"
    bomb.write_bytes(lzma.compress(bytes(limits.TEXT_BYTES + 1), preset=0))
    assert bomb.stat().st_size < 10_000
    with pytest.raises(InputError, match="more than 32 MB when it is unpacked"):
        read_face_model(tmp_path)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30, "preset": 0}]
    for spoilt, why in (
        (lzma.compress(b"v 1 1 1\n") * 2, "not one whole file"),
        (lzma.compress(b"v 1 1 1\n")[:-3], "not one whole file"),
        (lzma.compress(b"v 1 1 1\n", filters=filters), "[Mm]emory"),
        (lzma.compress(b"v 1 1 1\n", lzma.FORMAT_ALONE), "format not supported"),
        (lzma.compress(b"v 1 1 1\n" * 100_001), "more than 100000 vertices"),
        (lzma.compress(b"\n" * 1000), "0 vertices, the neutral head has 9409"),
    ):
        bomb.write_bytes(spoilt)
        with pytest.raises(InputError, match=why):
            read_face_model(tmp_path)


def test_a_folder_of_too_many_shapes_is_refused(tmp_path: Path):
    write_folder(tmp_path)
    for number in range(limits.SHAPES + 1):
        (tmp_path / f"identity{number:03d}.obj").touch()
    with pytest.raises(InputError, match="201 files of identities"):
        read_face_model(tmp_path)


@pytest.mark.parametrize(
    ("name", "wrong", "why"),
    [
        ("triangles", np.full((1, 3), 9409), "its triangles are not between its vertices"),
        ("triangles", np.full((1, 3), -1), "not from 0 to"),
        ("triangles", np.empty((0, 3), int), "0 triangles, not 1 to"),
        ("triangles", np.ones((1, 3)), "holds float64, not whole"),
        ("neutral", np.zeros((9408, 3)), "9408 vertices, not 9409 to"),
        ("neutral", np.full((9409, 3), 1e30), "not from -1000 to 1000"),
        ("identity", np.zeros((2, 9410, 3), np.float16), "a length of 9410 where 9409 belong"),
        ("expression_names", np.array(["x" * 99] * 14), "not text"),
        ("expression_names", np.array([None] * 14), "not one of plain numbers or text"),
    ],
)
def test_a_pack_of_something_else_is_refused(made: Path, tmp_path: Path, name: str, wrong: np.ndarray, why: str):
    with np.load(made / "model.npz") as arrays:
        np.savez(tmp_path / "a.npz", **dict(arrays) | {name: wrong})
    with pytest.raises(InputError, match=f"not a face model .*{why}.*; give ICT-FaceKit"):
        read_face_model(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("place", "point", "why"),
    [
        (COUNT - 1, "1e300 5", "outside the picture"),
        (COUNT - 1, "nan 5", "not pairs of numbers"),
        (86, "-0.5 5", "outside the picture"),
        (3, "5 5 5", "not a WebMorph template"),
    ],
)
def test_landmarks_that_are_none_are_refused(tmp_path: Path, place: int, point: str, why: str):
    points = ["5 5"] * COUNT
    (tmp_path / "a.tem").write_text("\n".join([str(COUNT), *points]))
    assert read_template(tmp_path / "a.tem", 10, 10).shape == (COUNT, 2)
    points[place] = point
    (tmp_path / "a.tem").write_text("\n".join([str(COUNT), *points]))
    with pytest.raises(InputError, match=why):
        read_template(tmp_path / "a.tem", 10, 10)
    (tmp_path / "a.tem").write_text(f"{COUNT}\n" + "1 " * (1 << 20))
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_template(tmp_path / "a.tem", 10, 10)


def test_a_cast_given_again_is_done(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    words = [
        "cast",
        str(made / "portraits"),
        str(tmp_path / "out"),
        "--face-model",
        str(made / "model.npz"),
        "--jobs",
        "1",
    ]
    main(words)
    before = everything(tmp_path)
    capsys.readouterr()
    main(words)
    assert "done already" in capsys.readouterr().out
    assert everything(tmp_path) == before
    (tmp_path / "who.csv").write_text("face_id,face_age\nanna,44\n")
    with pytest.raises(SystemExit):
        main([*words, "--info", str(tmp_path / "who.csv")])
    assert "already exists" in capsys.readouterr().err
