from dataclasses import fields, replace

import numpy as np
import pytest

from eyeprentice.data.check import check_dataset
from eyeprentice.synth.camera import degrade, look, place_camera
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.motion import sample_motion, vary_motion
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.synth.variety import COURSE, SEE, VARIETIES, WILD_BROAD, Variety

OF_COURSE = ("course", "hard_light")
AXES = [field.name for field in fields(Variety) if field.name != "lightings"]


def simulated(variety: Variety, number: int = 3, lighting: str = "normal") -> tuple[np.ndarray, np.ndarray]:
    chosen = plan_sequences(sequences=21, subjects=3, size=64, seed=2, variety=variety)[number]
    simulated = simulate_sequence(replace(chosen, name=replace(chosen.name, length=20, lighting=lighting)))
    return simulated.frames, simulated.events


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_changes_what_is_seen_and_none_is_always_on(axis: str):
    plain, _ = simulated(SEE)
    lighting = "Low" if axis == "hard_light" else "normal"
    changed = [simulated(replace(SEE, **{axis: 1.0}), number, lighting)[0] for number in (3, 4, 5)]
    plains = [simulated(SEE, number, lighting)[0] for number in (3, 4, 5)]
    assert any(not np.array_equal(a, b) for a, b in zip(changed, plains, strict=True))
    assert np.array_equal(plain, simulated(SEE)[0])
    assert getattr(SEE, axis) == 0
    assert getattr(COURSE if axis in OF_COURSE else WILD_BROAD, axis) > 0


def test_a_left_eye_is_a_mirrored_right_one():
    right, right_events = simulated(SEE)
    left, left_events = simulated(replace(SEE, left_eyes=1.0))
    flipped = left[:, :, ::-1].astype(int)
    assert np.abs(flipped - right).mean() < 0.2 * np.abs(left.astype(int) - right).mean() + 3
    agree = (left_events[:, :, ::-1] == right_events).mean()
    assert agree > 0.95


def test_crops_without_the_brow_are_nearer():
    eye = (0.5, 0.58)
    camera = place_camera(eye, 100, replace(SEE, without_brow=1.0), np.random.default_rng(0))
    x, y, w = camera.view @ [100 * eye[0], 100 * eye[1], 1]
    assert abs(y / w - 50) < 6
    brow = camera.view @ [50, 100 * (eye[1] - 0.29), 1]
    assert brow[1] / brow[2] < 20
    assert 0 < x / w < 100


def test_motions_become_weaker_slower_and_mixed():
    mobility = (1.0,) * len(ACTION_UNITS)
    angry, happy = (sample_motion(e, 40, mobility, np.random.default_rng(1)) for e in ("angry", "happiness"))
    same = vary_motion(angry, happy, SEE, np.random.default_rng(0))
    assert np.array_equal(same.units, angry.units)
    weak = [
        vary_motion(angry, happy, replace(SEE, subtle=1.0), np.random.default_rng(s)).units.max() for s in range(30)
    ]
    assert min(weak) < 0.5 * angry.units.max() < max(weak) <= angry.units.max()
    slow = vary_motion(angry, happy, replace(SEE, slow=1.0), np.random.default_rng(0))
    unit = ACTION_UNITS.index("AU4")
    half = angry.units[:, unit].max() / 2
    assert (slow.units[:, unit] > half).argmax() > (angry.units[:, unit] > half).argmax()
    mixed = vary_motion(angry, happy, replace(SEE, mixed=1.0), np.random.default_rng(0))
    assert mixed.units[:, ACTION_UNITS.index("AU6")].max() > 0.1 > angry.units[:, ACTION_UNITS.index("AU6")].max()


def test_interlacing_weaves_two_frames():
    frames = np.stack([np.full((8, 8), level, np.uint8) for level in (10, 20, 30)])
    woven = degrade(frames, replace(SEE, interlaced=1.0), np.random.default_rng(0))
    assert woven[1, :, 0].tolist() == [20, 10] * 4
    assert np.array_equal(woven[0], frames[0])


def test_spectacles_darken_a_rim_and_nothing_else_much():
    eye = (0.5, 0.58)
    camera = place_camera(eye, 96, replace(SEE, glasses=1.0), np.random.default_rng(4))
    seen = look(np.full((96, 96), 0.5, np.float32), camera)
    assert 0.01 < (seen < 0.3).mean() < 0.25
    assert np.median(seen) == pytest.approx(0.5, abs=0.02)


def test_a_wild_dataset_is_clean_and_reproducible(tmp_path):
    for name, jobs in (("one", 1), ("two", 2)):
        write_dataset(tmp_path / name, plan_sequences(35, 5, 32, seed=1, variety=VARIETIES["wild"]), jobs)
    one, two = ({p.name + p.parent.name: p.read_bytes() for p in (tmp_path / n).rglob("*.jpg")} for n in ("one", "two"))
    assert one == two
    assert check_dataset(tmp_path / "one") == []


def test_lightings_come_in_the_shares_that_are_asked_for():
    dark = replace(SEE, lightings=(0.5, 0.0, 0.5, 0.0))
    lit = {
        p.name.subject: p.name.lighting
        for p in plan_sequences(sequences=70, subjects=10, size=64, seed=0, variety=dark)
    }
    assert sorted(lit.values()) == ["Low"] * 5 + ["normal"] * 5


def test_a_first_frame_of_another_day_is_neutral_and_nothing_after_it_changes():
    plain, events = simulated(SEE)
    other, same_events = simulated(replace(SEE, retaken=1.0))
    assert not np.array_equal(plain[0], other[0])
    assert np.array_equal(events, same_events)
    for frames in (plain, other):
        assert frames.shape == plain.shape
    moved = np.abs(other[0].astype(float) - plain[0]).mean()
    assert moved > 1.3 * np.abs(plain[1].astype(float) - plain[0]).mean()
