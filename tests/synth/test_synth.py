import hashlib
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.data.dataset import open_dataset
from eyeprentice.errors import InputError
from eyeprentice.synth.dataset import plan, simulate, write_dataset
from eyeprentice.synth.expression import ACTION_UNITS, LONGEST, PRESCRIPTIONS, SHORTEST, Motion, sample_motion
from eyeprentice.synth.person import sample_person
from eyeprentice.synth.render import render_sequence
from eyeprentice.synth.sensor import photograph, sample_light
from eyeprentice.synth.skin import FOLDING, FOLDS, make_face, shade
from eyeprentice.vocabulary import EMOTIONS, LIGHTINGS


def fingerprint(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(tmp_path: Path):
    for name, jobs, seed in (("one", 1, 7), ("two", 2, 7), ("other", 2, 8)):
        write_dataset(tmp_path / name, sequences=8, subjects=2, size=32, seed=seed, jobs=jobs)
    one, two, other = (fingerprint(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert len(one) > 8 * 2 * SHORTEST
    assert not set(one.values()) & set(other.values())


def test_a_simulated_dataset_opens_as_sees_layout(tmp_path: Path):
    write_dataset(tmp_path / "data", sequences=14, subjects=2, size=40, seed=0, jobs=2)
    dataset = open_dataset(tmp_path / "data", 40, events=True)
    assert len(dataset.names) == 14
    assert [name.length for name in dataset.names] == dataset.lengths.tolist()
    assert Counter(name.emotion for name in dataset.names) == dict.fromkeys(EMOTIONS, 2)
    events = dataset.events.numpy()
    assert np.median(events) == 127
    assert not list(tmp_path.glob("*.partial"))


def test_a_plan_at_sees_size_has_sees_shape():
    plans = plan(sequences=2405, subjects=111, size=128, seed=0)
    names = [p.name for p in plans]
    lengths = np.array([name.length for name in names])
    assert len({str(name) for name in names}) == 2405
    assert lengths.min() == SHORTEST
    assert lengths.max() <= LONGEST
    assert abs(lengths.mean() - 53.5) < 1.5


def test_prescriptions_name_emotions_and_action_units_that_exist():
    assert set(PRESCRIPTIONS) == set(EMOTIONS)
    assert all(unit in ACTION_UNITS for units in PRESCRIPTIONS.values() for unit in units)
    assert FOLDING.shape == (len(FOLDS), len(ACTION_UNITS))


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_motion_starts_neutral_and_reaches_what_is_prescribed(emotion: str):
    for seed in range(20):
        motion = sample_motion(emotion, 60, (1.0,) * len(ACTION_UNITS), np.random.default_rng(seed))
        apex = motion.units[30:38].max(axis=0)
        for number, unit in enumerate(ACTION_UNITS):
            low, high = PRESCRIPTIONS[emotion].get(unit, (0, 0))
            assert 0.8 * low - 0.1 <= apex[number] <= high + 0.15
        assert motion.units.min() >= 0
        assert motion.units.max() <= 1


def still(units: dict[str, float], blink: float = 0.0) -> Motion:
    """One frame that shows just these action units."""
    values = np.array([[units.get(unit, 0.0) for unit in ACTION_UNITS]])
    return Motion(values, np.array([blink]), np.zeros((1, 2)), np.zeros((1, 2)), np.zeros(1))


@pytest.fixture
def face():
    return make_face(sample_person(np.random.default_rng(3)), 128)


def draw(face, units: dict[str, float], blink: float = 0.0) -> np.ndarray:
    return render_sequence(face, np.ones((1, 128, 128), np.float32), still(units, blink), [])[0]


def brow_row(face, image: np.ndarray) -> float:
    """Where the brow is: the centre of what is darker than skin, in its band of rows."""
    ex, ey = face.person.eye
    band = slice(int((ey - 0.48) * 128), int((ey - 0.13) * 128))
    strip = image[band, int((ex - 0.1) * 128) : int((ex + 0.1) * 128)]
    dark = np.clip(0.6 * np.median(strip) - strip, 0, None).sum(axis=1)
    return band.start + float((dark * np.arange(len(dark))).sum() / dark.sum())


def eye_white(face, image: np.ndarray) -> float:
    """How much of the sclera shows."""
    ex, ey = face.person.eye
    patch = image[int((ey - 0.15) * 128) : int((ey + 0.1) * 128), int((ex - 0.2) * 128) : int((ex + 0.2) * 128)]
    return float((patch > 0.9 * face.person.skin_tone + 0.05).sum())


def test_action_units_move_what_they_are_named_after(face):
    neutral = draw(face, {})
    assert brow_row(face, draw(face, {"AU1": 1, "AU2": 1})) < brow_row(face, neutral) - 4
    assert brow_row(face, draw(face, {"AU4": 1})) > brow_row(face, neutral) + 4
    openness = [eye_white(face, draw(face, units)) for units in ({"AU5": 1}, {}, {"AU6": 1, "AU7": 1}, {"AU43": 1})]
    assert openness == sorted(openness, reverse=True)
    assert openness[0] > 1.2 * openness[1]
    assert openness[3] < 0.2 * openness[1]


def test_a_blink_shuts_the_eye(face):
    assert eye_white(face, draw(face, {}, blink=1.0)) < 0.2 * eye_white(face, draw(face, {}))


def test_people_differ_and_a_person_stays_the_same():
    one, again, other = (make_face(sample_person(np.random.default_rng(seed)), 64).albedo for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert np.abs(one - other).mean() > 0.02


def test_lightings_look_like_their_names(face):
    rng = np.random.default_rng(0)
    levels = {}
    for lighting in LIGHTINGS:
        pictures = []
        for _ in range(6):
            light = sample_light(lighting, rng)
            radiance = render_sequence(face, shade(face, light.direction, light.ambient)[None], still({}), [])
            pictures.append(photograph(radiance, light, rng)[0])
        levels[lighting] = np.stack(pictures).astype(float)
    assert 30 < levels["normal"].mean() < 100
    assert levels["Low"].mean() < 15
    assert (levels["Overexposed"] == 255).mean() > 0.1
    halves = np.abs(levels["HDR"][:, :, :40].mean((1, 2)) - levels["HDR"][:, :, -40:].mean((1, 2)))
    usual = np.abs(levels["normal"][:, :, :40].mean((1, 2)) - levels["normal"][:, :, -40:].mean((1, 2)))
    assert halves.mean() > 3 * usual.mean()


def test_events_come_from_what_moves():
    plans = [p for p in plan(7, 1, 64, 0) if p.name.emotion == "surprise"]
    frames, events = simulate(plans[0])
    assert frames.shape == events.shape
    moving = np.abs(np.diff(frames.astype(int), axis=0)).mean((1, 2))
    active = (events[1:] != 127).mean((1, 2))
    assert np.corrcoef(moving, active)[0, 1] > 0.5
    assert set(np.unique(events)) <= {0, 127, 255}


@pytest.mark.parametrize(("sequences", "subjects", "size"), [(3, 5, 64), (7, 0, 64), (7, 1, 8)])
def test_numbers_that_make_no_dataset_are_refused(tmp_path: Path, sequences: int, subjects: int, size: int):
    with pytest.raises(InputError):
        write_dataset(tmp_path / "data", sequences, subjects, size, seed=0)
    assert not list(tmp_path.iterdir())


def test_what_is_there_already_is_not_touched(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match="already there"):
        write_dataset(tmp_path, 7, 1, 32, seed=0)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_a_frame_is_written_as_it_was_simulated(tmp_path: Path):
    write_dataset(tmp_path / "data", 1, 1, 64, seed=0, jobs=1)
    simulated, _ = simulate(plan(1, 1, 64, 0)[0])
    written = cv2.imread(str(next((tmp_path / "data" / "frame").rglob("00002.jpg"))), cv2.IMREAD_GRAYSCALE)
    assert np.abs(written.astype(int) - simulated[2]).mean() < 4
