"""What a re-enacted face does when its muscles move."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.data.layout import read_units
from eyeprentice.synth.cast.eye import near_eye, open_lids, view_eye
from eyeprentice.synth.cast.face import ReenactedFace
from eyeprentice.synth.cast.folder import open_cast
from eyeprentice.synth.cast.layers import infrared, take_apart
from eyeprentice.synth.cast.make import find_portraits, make_cast
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.face import ACTION_UNITS, RELAXED, Glint, Lamp, Pose
from eyeprentice.synth.people import open_people
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.variety import SEE, VARIETIES, WILD
from eyeprentice.words.errors import InputError
from tests.synth.cast.material import write_model, write_portrait

SIZE = 96
LAMP = Lamp((0.1, -0.4, 1.0), 0.5)


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cast")
    write_model(folder / "model.npz")
    (folder / "portraits").mkdir()
    for seed in range(3):
        write_portrait(folder / "portraits" / f"{seed}.png", seed=seed)
    make_cast(find_portraits([folder / "portraits"]), {}, folder / "model.npz", folder / "cast", jobs=1)
    return folder / "cast"


@pytest.fixture(scope="module")
def face(cast: Path) -> ReenactedFace:
    eye = open_cast(cast).read(0)[0]
    return ReenactedFace(eye, take_apart(eye, SIZE, lash=0.5), SIZE)


def posed(**units: float) -> Pose:
    return Pose(np.array([units.get(unit, 0.0) for unit in ACTION_UNITS]))


def dark(picture: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """Mean row and column of what is dark in a part of a picture."""
    part = picture[rows, columns]
    return np.add(np.argwhere(part < 0.5 * np.median(picture)).mean(0), (rows.start, columns.start))


BROW = slice(10, 44), slice(20, 76)
IRIS = slice(46, 68), slice(30, 68)


def test_a_relaxed_face_is_the_portrait(face, cast):
    picture = open_cast(cast).read(0)[0].picture
    shown = face.render(RELAXED, Lamp((0.0, -0.3, 1.0), 0.6))  # the light that portraits are taken to be made in
    first = round(0.45 * 160)
    crop = (picture[first : first + 160, first : first + 160] / 255.0) ** 2.2
    wanted = crop.reshape(96, -1, 160).mean(1) if 160 % 96 == 0 else _resized(crop, 96)
    skin = np.ones((96, 96), bool)
    skin[40:72, 20:76] = False  # the eye is drawn anew
    assert np.corrcoef(shown[skin], wanted[skin])[0, 1] > 0.97


def _resized(image: np.ndarray, size: int) -> np.ndarray:
    import cv2

    return cv2.resize(image.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)


def test_brows_go_where_the_units_take_them(face):
    rest = dark(face.render(RELAXED, LAMP), *BROW)
    up = dark(face.render(posed(AU1=1.0, AU2=1.0), LAMP), *BROW)
    down = dark(face.render(posed(AU4=1.0), LAMP), *BROW)
    assert up[0] < rest[0] - 0.5
    assert down[0] > rest[0] + 1.5


def test_flow_tells_how_the_brow_moved(face):
    pose = posed(AU4=0.8)
    rest, down = (dark(face.render(p, LAMP), *BROW) for p in (RELAXED, pose))
    flow = face.flow(pose)
    there = np.nanmean(flow[1][28:36, 30:66]) * SIZE
    assert there == pytest.approx(down[0] - rest[0], abs=1.2)
    assert np.isnan(flow[:, 56, 48]).all()  # inside the eye nothing is skin
    assert np.allclose(face.flow(RELAXED)[:, 10, 10], 0, atol=1e-6)
    slipped = face.flow(RELAXED._replace(shift=(0.02, -0.01)))
    assert slipped[:, 10, 10] == pytest.approx((0.02, -0.01), abs=1e-6)


def test_shut_lids_hide_the_eyeball(face):
    def bright(pose: Pose) -> float:
        picture = face.render(pose, LAMP)
        return float(picture[IRIS].max() / np.median(picture[75:95]))

    shut = [bright(RELAXED._replace(blink=closure)) for closure in (0.0, 1.0)]
    assert shut[0] > 1.4  # the white of the eye
    assert shut[1] < 1.35
    assert np.allclose(face.render(posed(AU43=1.0), LAMP)[:40], face.render(RELAXED._replace(blink=1.0), LAMP)[:40])


def test_units_of_the_lids_open_and_narrow_the_eye(face):
    def opening(pose: Pose) -> int:
        flow = face.flow(pose)
        shown = face.render(pose, LAMP)
        assert np.isfinite(shown).all()
        rest = np.isnan(face.flow(RELAXED)[0])
        above, below = np.flatnonzero(rest[:, 48])[[0, -1]]
        return (below + 1 + flow[1, below + 1, 48] * SIZE) - (above - 1 + flow[1, above - 1, 48] * SIZE)

    wide, relaxed, tight = opening(posed(AU5=1.0)), opening(RELAXED), opening(posed(AU7=1.0))
    assert wide > relaxed + 1
    assert tight < relaxed - 1


POSES = [
    RELAXED, posed(AU5=1.0), posed(AU4=1.0, AU9=1.0), Pose(RELAXED.units, blink=1.0, gaze=(0.9, 0.9)),
    Pose(RELAXED.units, blink=0.5, gaze=(-1.0, -1.0), shift=(0.1, -0.1), roll=0.2),
]  # fmt: skip


@pytest.mark.parametrize("pose", POSES)
def test_lids_pull_no_skin_where_they_are_not_looked_for(face: ReenactedFace, pose: Pose):
    lids, opened = face._lids, open_lids(face._lids, pose)
    s, v = lids.eye_coordinates(*np.meshgrid(*2 * [np.linspace(-0.5, 1.5, 160, dtype=np.float32)]))
    near, eye = near_eye(lids, opened, s, v), view_eye(lids, opened, s, v)
    assert near.any()
    assert not near.all()
    assert not eye.pull()[~near].any()
    assert not eye.hidden_skin()[~near].any()
    if pose.closure > 0:
        assert eye.pull()[near].max() > 0.01


@pytest.mark.parametrize("pose", POSES)
def test_skin_is_folded_wherever_it_is_seen(face: ReenactedFace, pose: Pose, monkeypatch: pytest.MonkeyPatch):
    shown, folded = face.render(pose, LAMP), face._folded
    everywhere = np.array([-1000.0, 1000.0])
    monkeypatch.setattr(face, "_folded", lambda units, rows: folded(units, everywhere))
    assert np.array_equal(face.render(pose, LAMP), shown)


def test_gaze_moves_the_iris(face):
    rest, right = (dark(face.render(RELAXED._replace(gaze=(g, 0.0)), LAMP), *IRIS) for g in (0.0, 0.6))
    assert right[1] - rest[1] == pytest.approx(0.6 * 0.075 * SIZE, abs=1.5)
    assert abs(right[0] - rest[0]) < 1


def test_light_from_one_side_darkens_the_other_and_glints_shine(face):
    left, right = (face.render(RELAXED, Lamp((side, 0.0, 0.5), 0.1)) for side in (-2.0, 2.0))
    assert (left / right)[80:, :12].mean() > 1.15 * (left / right)[80:, 84:].mean()
    glint = Lamp(LAMP.direction, LAMP.ambient, (Glint(0.0, 0.0, 0.2, 3.0),))
    assert face.render(RELAXED, glint)[IRIS].max() > face.render(RELAXED, LAMP)[IRIS].max() + 0.3


def test_by_infrared_light_skin_is_pale_and_even(cast):
    eye = open_cast(cast).read(1)[0]
    seen = take_apart(eye, SIZE, 0.5)
    pale = infrared(seen)
    assert pale.skin.std() / pale.skin.mean() < 0.8 * seen.skin.std() / seen.skin.mean()
    assert pale.iris.max() > 5 * pale.iris.min()


def test_people_of_a_cast_are_the_same_every_time_and_other_ones_by_another_seed(cast):
    one, again, other = (open_people(str(cast), seed, WILD).person(1) for seed in (0, 0, 1))
    assert replace(one, face=None) == replace(again, face=None)
    assert one.mobility != other.mobility
    assert (one.sex, one.age) == (other.sex, other.age)
    assert np.array_equal(one.face(48).render(RELAXED, LAMP), again.face(48).render(RELAXED, LAMP))


def test_a_dataset_of_a_cast_has_frames_events_and_units(tmp_path, cast):
    plans = plan_sequences(7, 3, 48, seed=0, variety=VARIETIES["corpus"], people=str(cast))
    write_dataset(tmp_path / "data", plans, jobs=1)
    frames = sorted((tmp_path / "data" / "frame" / "angry").rglob("*.jpg"))
    events = sorted((tmp_path / "data" / "event" / "angry").rglob("*.png"))
    assert len(frames) == len(events) > 5
    header, units = read_units(next((tmp_path / "data" / "unit" / "angry").glob("*.csv")))
    assert header[:8] == ACTION_UNITS
    assert len(units) == len(frames)
    assert units[:, ACTION_UNITS.index("AU4")].max() > 0.1


def test_more_subjects_than_people_are_refused(cast):
    with pytest.raises(InputError, match="give --subjects 3"):
        plan_sequences(8, 4, 64, 0, SEE, people=str(cast))
    with pytest.raises(InputError, match="there is no such cast"):
        plan_sequences(8, 4, 64, 0, SEE, people="nobody")
