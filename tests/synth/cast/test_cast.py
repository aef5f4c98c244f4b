"""Portraits become people: reading a face model and templates, fitting, the folder, and what is refused."""

import hashlib
import json
import lzma
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.synth.cast.face_model import LANDMARKS, SHAPES, read_face_model
from eyeprentice.synth.cast.folder import open_cast
from eyeprentice.synth.cast.landmarks import LEFT, MULTI_PIE, RIGHT, fit_face, mirror_landmarks, read_template
from eyeprentice.synth.cast.make import find_portraits, make_cast, read_about
from eyeprentice.synth.cast.portrait_eye import cut_eyes
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EYE_IN_CROP
from tests.conftest import REFERENCE
from tests.synth.cast.material import EYE_X, EYE_Y, RIGHT_EYE, write_model, write_obj, write_portrait


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.npz"
    write_model(path)
    return path


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portraits")
    write_portrait(folder / "anna_01.png", seed=1)
    write_portrait(folder / "ben_01.png", seed=2, scale=34, turn=0.1)
    return folder


def _template(picture: Path):
    image = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    return image, read_template(picture.with_suffix(".tem"), image.shape[1], image.shape[0])


def test_a_folder_of_obj_files_and_a_pack_are_the_same_model(tmp_path, model_file):
    pack = np.load(model_file)
    neutral = pack["neutral"]
    write_obj(tmp_path / "generic_neutral_mesh.obj", neutral, pack["triangles"])
    for number, shape in enumerate(pack["identity"]):
        write_obj(tmp_path / f"identity{number:03d}.obj", neutral + shape)
    for name, shape in zip(pack["expression_names"], pack["expression"], strict=True):
        write_obj(tmp_path / f"{name}.obj", neutral + shape)
    squint = tmp_path / "eyeSquint_L.obj"
    with lzma.open(tmp_path / "eyeSquint_L.obj.xz", "wt") as packed:
        packed.write(squint.read_text())
    squint.unlink()
    one, other = read_face_model(model_file), read_face_model(tmp_path)
    assert np.allclose(one.neutral, other.neutral, atol=1e-5)
    assert np.allclose(one.identity, other.identity, atol=2e-5)
    assert set(other.shapes) == set(SHAPES)
    for name in SHAPES:
        assert np.allclose(one.shapes[name], other.shapes[name], atol=2e-5)
    assert (one.normals[:, 2] > 0.3).all()  # the sheet faces the camera


@pytest.mark.parametrize("spoilt", ["empty folder", "not a pack", "cut short", "without shapes", "not numbers"])
def test_what_is_no_face_model_is_refused(tmp_path, model_file, spoilt):
    path = tmp_path / "model.npz"
    pack = dict(np.load(model_file))
    if spoilt == "empty folder":
        path = tmp_path
    elif spoilt == "not a pack":
        path.write_text("hello")
    elif spoilt == "cut short":
        path.write_bytes(model_file.read_bytes()[:5000])
    elif spoilt == "without shapes":
        pack["expression_names"] = np.array(["jawOpen"] * len(pack["expression_names"]))
        np.savez(path, **pack)
    else:
        pack["neutral"][7] = np.nan
        np.savez(path, **pack)
    with pytest.raises(InputError, match="face model"):
        read_face_model(path)


def test_the_fit_meets_every_landmark(model_file, portraits):
    _, landmarks = _template(portraits / "ben_01.png")
    fitted = fit_face(read_face_model(model_file), landmarks)
    for number in (36, 39, 45, 19, 24, 48):
        wanted = landmarks[MULTI_PIE[number]].mean(0)
        assert np.linalg.norm(fitted.points[LANDMARKS[number]] - wanted) < 1.0
    assert fitted.residual < 1.0
    assert abs(fitted.yaw) < 5
    assert np.linalg.norm(fitted.turned[0]) == pytest.approx(34, rel=0.15)  # pixels a unit, as the portrait was drawn


def test_the_mirrored_template_swaps_the_eyes(portraits):
    image, landmarks = _template(portraits / "anna_01.png")
    mirrored = mirror_landmarks(landmarks, image.shape[1])
    for name in RIGHT:
        there = landmarks[LEFT[name]] * (-1, 1) + (image.shape[1] - 1, 0)
        assert np.allclose(mirrored[RIGHT[name]], there)


def test_regions_lie_in_the_crop_as_it_is_defined(model_file, portraits):
    image, landmarks = _template(portraits / "ben_01.png")  # a turned head: the crop is level all the same
    _, eyes = cut_eyes(read_face_model(model_file), image, landmarks)
    for eye in eyes:
        lids = np.concatenate([eye.upper, eye.lower[1:-1]])
        assert lids.mean(0) == pytest.approx(EYE_IN_CROP, abs=0.02)
        wide = (RIGHT_EYE["upper"][-1][0] - RIGHT_EYE["upper"][0][0]) / (2 * EYE_X)
        assert np.ptp(eye.upper[:, 0]) == pytest.approx(wide, abs=0.02)
        assert eye.upper[0, 0] < eye.upper[-1, 0]  # the inner corner, and the nose, are on the right
        assert eye.iris[2] == pytest.approx(0.5 / (2 * EYE_X), abs=0.012)
    assert EYE_Y > 0
    # browDown moves the brow down and nothing below the eye
    down = eyes[0].moves[SHAPES.index("browDown"), 1]
    rows = np.abs(down).max(axis=1)
    assert down.max() > 0.05
    assert rows[:20].max() > 10 * rows[34:40].max()


def test_a_cast_is_written_whole_and_read_back(tmp_path, model_file, portraits):
    about = tmp_path / "who.csv"
    about.write_text("face_id,face_age,face_gender\nanna,31,female\nben,44,male\n")
    made, refused = make_cast(find_portraits([portraits]), read_about([about]), model_file, tmp_path / "cast", jobs=1)
    assert refused == {}
    cast = open_cast(tmp_path / "cast")
    assert cast.members == tuple(made)
    assert [(m.name, m.sex, m.age) for m in cast.members] == [("anna_01", "woman", 31), ("ben_01", "man", 44)]
    right, left = cast.read(0)
    image, landmarks = _template(portraits / "anna_01.png")
    _, (wanted, _) = cut_eyes(read_face_model(model_file), image, landmarks)
    assert np.array_equal(right.picture, wanted.picture)
    assert np.allclose(right.moves, wanted.moves, atol=1e-3)
    assert not np.array_equal(right.picture, left.picture)


def test_what_does_not_fit_is_refused_and_the_rest_goes_on(tmp_path, model_file, capsys):
    folder = tmp_path / "portraits"
    folder.mkdir()
    write_portrait(folder / "good.png")
    write_portrait(folder / "profile.png", yaw=0.6)
    write_portrait(folder / "tiny.png", scale=8, size=(160, 140))
    write_portrait(folder / "alone.png")
    (folder / "alone.tem").unlink()
    write_portrait(folder / "few.png")
    (folder / "few.tem").write_text("68\n" + "1 1\n" * 68)
    write_portrait(folder / "outside.png")
    lines = (folder / "outside.tem").read_text().split("\n")
    (folder / "outside.tem").write_text("\n".join([lines[0], "9999\t10", *lines[2:]]))
    write_portrait(folder / "other.png")
    lines = (folder / "other.tem").read_text().split("\n")
    lines[19:90] = lines[19:90][::-1]
    (folder / "other.tem").write_text("\n".join(lines))
    (folder / "text.png").write_text("no picture")
    main(["cast", str(folder), str(tmp_path / "cast"), "--face_model", str(model_file), "--jobs", "1"])
    said = capsys.readouterr().out
    for name, why in {
        "profile": "turned by", "tiny": "pixels between the eyes", "alone": "landmarks is missing",
        "few": "68 landmarks", "outside": "outside the picture", "other": "do not fit a face",
        "text": "not a readable image",
    }.items():  # fmt: skip
        line = next(line for line in said.splitlines() if f"{name}." in line)
        assert why in line
    assert [m.name for m in open_cast(tmp_path / "cast").members] == ["good"]
    assert len(json.loads((tmp_path / "cast" / "cast.json").read_text())["refused"]) == 7


def test_nobody_left_is_an_error_and_leaves_nothing(tmp_path, model_file):
    write_portrait(tmp_path / "a.png", yaw=0.6)
    with pytest.raises(InputError, match="no portrait could be used"):
        make_cast([tmp_path / "a.png"], {}, model_file, tmp_path / "cast", jobs=1)
    assert not (tmp_path / "cast").exists()


@pytest.mark.parametrize("spoilt", ["picture", "shape", "number", "missing"])
def test_a_person_who_was_written_wrongly_is_refused(tmp_path, model_file, portraits, spoilt):
    make_cast(find_portraits([portraits]), {}, model_file, tmp_path / "cast", jobs=1)
    person = tmp_path / "cast" / "people" / "anna_01.npz"
    parts = dict(np.load(person))
    if spoilt == "picture":
        parts["right_picture"] = np.zeros(100, np.uint8)
    elif spoilt == "shape":
        parts["right_depth"] = parts["right_depth"][1:]
    elif spoilt == "number":
        parts["left_iris"][0] = np.nan
    else:
        del parts["left_moves"]
    np.savez_compressed(person, **parts)
    cast = open_cast(tmp_path / "cast")
    digest = hashlib.blake2b(person.read_bytes(), digest_size=8).hexdigest()
    with pytest.raises(InputError, match="make the cast again"):
        replace(cast, members=(replace(cast.members[0], digest=digest),)).read(0)


def test_a_cast_that_is_not_whole_is_refused(tmp_path, model_file, portraits):
    make_cast(find_portraits([portraits]), {}, model_file, tmp_path / "cast", jobs=1)
    person, listed = tmp_path / "cast" / "people" / "anna_01.npz", tmp_path / "cast" / "cast.json"
    whole, names = person.read_bytes(), listed.read_text()
    person.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not whole"):
        open_cast(tmp_path / "cast").read(0)
    person.unlink()
    with pytest.raises(InputError, match="anna_01 is missing"):
        open_cast(tmp_path / "cast")
    person.write_bytes(whole)
    listed.write_text(names.replace('"format": 1', '"format": 99'))
    with pytest.raises(InputError, match="format 99"):
        open_cast(tmp_path / "cast")
    listed.write_text(names.replace("anna_01", "../anna_01"))
    with pytest.raises(InputError, match="not the list of a cast"):
        open_cast(tmp_path / "cast")
    listed.write_text("[]")
    with pytest.raises(InputError, match="not the list of a cast"):
        open_cast(tmp_path / "cast")


@pytest.mark.slow
def test_real_portraits_fit():
    shared = REFERENCE / "portraits" / "london" / "neutral"
    if not shared.is_dir():
        pytest.skip("the portraits are not here; set EYEPRENTICE_REFERENCE to the folder that holds them")
    model = read_face_model(REFERENCE / "face_model" / "ict_facekit_light.npz")
    pictures = sorted(shared.glob("*.jpg"))[:6]
    fits = [fit_face(model, _template(picture)[1]) for picture in pictures]
    assert max(fitted.residual for fitted in fits) < 6
    assert max(abs(fitted.yaw) for fitted in fits) < 10


@pytest.mark.slow
def test_the_published_obj_files_are_those_of_the_pack():
    shared = REFERENCE / "face_model"
    if not shared.is_dir():
        pytest.skip("the face model is not here; set EYEPRENTICE_REFERENCE to the folder that holds it")
    from eyeprentice.synth.cast.obj import read_obj

    pack = np.load(shared / "ict_facekit_light.npz")
    neutral, triangles = read_obj(shared / "generic_neutral_mesh.obj.xz", faces=True)
    assert np.allclose(neutral, pack["neutral"], atol=1e-4)
    assert len(triangles) == len(pack["triangles"])
    down = read_obj(shared / "browDown_L.obj.xz")[0] - neutral
    place = [str(name) for name in pack["expression_names"]].index("browDown_L")
    assert np.allclose(down, pack["expression"][place], atol=2e-3)


def test_a_text_is_neither_a_table_of_people_nor_a_face_model(tmp_path):
    text = tmp_path / "hello.txt"
    text.write_text("hello\n")
    with pytest.raises(InputError, match="no column face_id"):
        read_about([text])
    table = tmp_path / "who.csv"
    table.write_text("face_id,face_age\nanna,31\n,44\n")
    with pytest.raises(InputError, match="row 3 has no face_id"):
        read_about([table])
    with pytest.raises(InputError, match="no archive of arrays"):
        read_face_model(text)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a file's size stands for a full disk")
def test_a_full_disk_names_the_person_that_could_not_be_written(tmp_path: Path, model_file: Path, portraits: Path):
    code = (
        "import resource, signal, sys\nfrom eyeprentice.app.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, resource.RLIM_INFINITY))\nmain(sys.argv[1:])"
    )
    words = ["cast", str(portraits), str(tmp_path / "cast"), "--face-model", str(model_file), "--jobs", "1"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 2
    file = tmp_path / "cast" / "people" / "anna_01.npz"
    assert f"error: {file}: cannot be written or read (File too large); free some space" in done.stderr
    assert list(tmp_path.iterdir()) == []
