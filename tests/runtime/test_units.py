import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from eyeprentice.files.seal import sealed
from eyeprentice.runtime import ModelError, Reading, Recognizer, arkit, watch
from eyeprentice.runtime.units import ARKIT, mean_units, names_of
from eyeprentice.sources.frames import array_frames
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.words.errors import InputError

UNITS = dict(zip(UNIT_COLUMNS, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.5, 0.2), strict=True))


@pytest.fixture
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 48, 64), dtype=np.uint8)


@pytest.mark.parametrize(("rate_hz", "phases"), [(30, 4), (15, 2), (5, 1), (60, 8)])
def test_units_are_the_mean_of_what_each_phase_said_last(
    exported_units: Path, frames: np.ndarray, rate_hz: float, phases: int
):
    recognizer, said = Recognizer(exported_units, rate_hz=rate_hz), []
    estimate = recognizer.model.estimate
    object.__setattr__(recognizer.model, "estimate", lambda *given: said.append(estimate(*given)) or said[-1])
    try:
        for number, frame in enumerate(frames):
            reading = recognizer.step(frame)
            latest = np.array([units for _, units, _ in said[max(0, number + 1 - phases) :]])
            assert tuple(reading.units) == UNIT_COLUMNS
            assert list(reading.units.values()) == pytest.approx(latest.mean(0), abs=1e-6)
    finally:
        object.__delattr__(recognizer.model, "estimate")
    assert all(0 <= value <= 1 for value in reading.units.values())
    recognizer.reset()
    assert list(recognizer.step(frames[0]).units.values()) == pytest.approx(said[0][1], abs=1e-6)


def test_a_reading_with_units_turns_into_json_and_back(exported_units: Path, frames: np.ndarray):
    reading = Recognizer(exported_units).step(frames[0])
    assert Reading(**json.loads(json.dumps(reading.as_dict()))) == reading
    assert str(reading).split()[1] == f"{reading.probability:.2f}"


def test_a_model_without_units_gives_none(exported: dict[str, Path], frames: np.ndarray):
    recognizer = Recognizer(exported["ready"])
    assert (recognizer.model.units, recognizer.step(frames[0]).units) == ((), {})
    assert arkit({}) == {}


def test_the_units_of_both_eyes_are_their_mean():
    assert mean_units([{"AU1": 0.2, "AU2": 1.0}, {"AU1": 0.4, "AU2": 0.0}]) == pytest.approx({"AU1": 0.3, "AU2": 0.5})
    assert mean_units([{}, {}]) == {}


def test_arkit_names_by_hand():
    shapes = arkit(UNITS)
    assert tuple(shapes) == tuple(ARKIT)
    assert shapes == {
        "browInnerUp": 0.1, "browOuterUp": 0.2, "browDown": 0.3, "eyeWide": 0.4, "cheekSquint": 0.5,
        "eyeSquint": 0.6, "noseSneer": 0.7, "eyeBlink": 1 - 0.5 * 0.8,
    }  # fmt: skip
    assert arkit({name: value for name, value in UNITS.items() if name != "blink"})["eyeBlink"] == 0.5


def test_names_that_a_model_does_not_have_are_refused():
    assert names_of(UNIT_COLUMNS, "facs") == UNIT_COLUMNS
    assert names_of(UNIT_COLUMNS, "arkit") == tuple(ARKIT)
    with pytest.raises(InputError, match="this model estimates no action units"):
        names_of((), "arkit")
    with pytest.raises(InputError, match=r"AU2 \(browOuterUp\).*and the units are AU1"):
        names_of(("AU1",), "arkit")
    with pytest.raises(InputError, match=r"AU9 \(noseSneer\)"):
        arkit({name: value for name, value in UNITS.items() if name != "AU9"})


@pytest.mark.parametrize(
    "names", ["", "AU1", "AU1 AU1 AU2 AU4 AU5 AU6 AU7 AU9 AU43", "a,b b c d e f g h i", " ".join(map(str, range(65)))]
)
def test_a_file_whose_names_do_not_fit_its_units_is_refused(exported_units: Path, tmp_path: Path, names: str):
    model = onnx.load(exported_units)
    for entry in model.metadata_props:
        if entry.key == "units":
            entry.value = names
    del model.metadata_props[-1]  # the seal
    (tmp_path / "other.onnx").write_bytes(sealed(model.SerializeToString()))
    with pytest.raises(ModelError, match="its description is incomplete or wrong"):
        Recognizer(tmp_path / "other.onnx")


def test_a_source_is_watched_with_its_units(exported_units: Path, frames: np.ndarray):
    from eyeprentice.eye.region import Region

    recognizer = Recognizer(exported_units)
    moments = list(watch(array_frames(frames, 30, "rgb"), recognizer, Region.parse("full")))
    assert all(tuple(moment.reading.units) == UNIT_COLUMNS for moment in moments)
    assert all(-1 <= moment.reading.arousal <= 1 for moment in moments)
