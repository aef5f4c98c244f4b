import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.files.seal import LENGTH, is_whole, sealed
from eyeprentice.runtime import FrameError, ModelError, Reading, Recognizer
from eyeprentice.runtime.belief import uniform, updated
from eyeprentice.synth.stream import random_emotions, simulate_stream
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


@pytest.fixture
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 48, 64), dtype=np.uint8)


def test_a_belief_worked_out_by_hand():
    belief = updated(np.array([0.5, 0.5]), np.log([0.9, 0.1]), sharpness=1.0, forgetting=0.0)
    assert belief.tolist() == pytest.approx([0.9, 0.1])
    forgotten = updated(belief, np.zeros(2), sharpness=1.0, forgetting=0.25)
    assert forgotten.tolist() == pytest.approx([0.75 * 0.9 + 0.25 * 0.1, 0.75 * 0.1 + 0.25 * 0.9])
    assert updated(uniform(7), np.full(7, 3.0), 1.0, 0.1).tolist() == pytest.approx([1 / 7] * 7)
    assert updated(uniform(7), np.array([1000.0] + [0.0] * 6), 1.0, 0.1)[0] == pytest.approx(1)


def test_the_packaged_model_says_what_it_sees_and_is_small(frames: np.ndarray):
    recognizer = Recognizer()
    readings = [recognizer.step(frame) for frame in frames]
    assert all(isinstance(reading, Reading) for reading in readings)
    assert [reading.frame for reading in readings] == list(range(40))
    last = readings[-1]
    assert tuple(last.probabilities) == EMOTIONS
    assert sum(last.probabilities.values()) == pytest.approx(1)
    assert last.probability == max(last.probabilities.values())
    assert last.certain == (last.probability >= 0.6)
    from eyeprentice.runtime.model import DEFAULT

    assert DEFAULT.stat().st_size <= 4_000_000


def test_the_first_clip_of_the_first_phase_is_the_clip(exported: dict[str, Path], frames: np.ndarray):
    """Frames 0, 4, 8 and 12 go to phase 0: its evidence at frame 12 is the mean of the clip's logits."""
    recognizer = Recognizer(exported["ready"])
    state, total = None, 0
    for number in (0, 4, 8, 12):
        logits, state = recognizer.logits(frames[number], state)
        total = total + logits
    heard = []
    phases, evidence = recognizer._phases, recognizer._phases.step
    phases.step = lambda image, ticks: heard.append(evidence(image, ticks)) or heard[-1]
    for frame in frames[:13]:
        recognizer.step(frame)
    assert heard[12] == pytest.approx(total / 4, abs=1e-5)


def test_phases_begin_anew_one_after_the_other(exported: dict[str, Path], frames: np.ndarray):
    recognizer, fresh = Recognizer(exported["ready"]), []
    for number, frame in enumerate(frames):
        recognizer.step(frame)
        if number >= 4 and recognizer._phases.all[number % 4].age == 1:
            fresh.append(number)
    assert fresh == [5, 10, 15, 16, 21, 26, 31, 32, 37]


def test_at_half_the_rate_there_are_half_the_phases(exported: dict[str, Path]):
    assert Recognizer(exported["ready"]).phases == 4
    assert Recognizer(exported["ready"], rate_hz=15).phases == 2
    assert Recognizer(exported["ready"], rate_hz=5).phases == 1
    assert Recognizer(exported["ready"], rate_hz=60).phases == 8


def test_reset_forgets_everything(exported: dict[str, Path], frames: np.ndarray):
    recognizer = Recognizer(exported["any"])
    first = [recognizer.step(frame) for frame in frames[:20]]
    recognizer.reset()
    assert [recognizer.step(frame) for frame in frames[:20]] == first


def test_a_calibration_begins_every_phase_with_the_neutral_face(exported: dict[str, Path], frames: np.ndarray):
    """Its median is the first frame of every clip: evidence at frame 0 is that of a clip's second frame."""
    neutral = np.stack([frames[0], frames[0], frames[7]])
    recognizer = Recognizer(exported["ready"], neutral=neutral)
    _, state = recognizer.logits(frames[0])
    second, _ = recognizer.logits(frames[1], state)
    heard = []
    phases, evidence = recognizer._phases, recognizer._phases.step
    phases.step = lambda image, ticks: heard.append(evidence(image, ticks)) or heard[-1]
    recognizer.step(frames[1])
    assert heard[0] == pytest.approx(second, abs=1e-6)
    recognizer.reset()
    recognizer.step(frames[1])
    assert heard[1] == pytest.approx(second, abs=1e-6)
    recognizer.calibrate([])
    plain = Recognizer(exported["ready"])
    assert [recognizer.step(frame) for frame in frames[:9]] == [plain.step(frame) for frame in frames[:9]]


def test_grey_and_colour_and_a_mirror(exported: dict[str, Path], frames: np.ndarray):
    grey, colour, mirror = (
        Recognizer(exported["ready"]),
        Recognizer(exported["ready"]),
        Recognizer(exported["ready"], mirror=True),
    )
    for frame in frames[:8]:
        one = grey.step(frame)
        assert colour.step(np.repeat(frame[..., None], 3, axis=2)).probabilities == pytest.approx(one.probabilities)
        assert mirror.step(np.ascontiguousarray(frame[:, ::-1])).probabilities == pytest.approx(
            one.probabilities, abs=0.05
        )


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((4, 5)), np.full((4, 5), np.nan), np.zeros((0, 5), np.uint8), np.zeros((4, 5, 2), np.uint8),
        np.zeros(5, np.uint8), None, [[1, 2]], np.zeros((4, 5), np.uint16),
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused_and_the_stream_goes_on(exported: dict[str, Path], frames: np.ndarray, frame):
    one, other = Recognizer(exported["ready"]), Recognizer(exported["ready"])
    one.step(frames[0])
    other.step(frames[0])
    with pytest.raises(FrameError):
        one.step(frame)
    assert one.step(frames[1]) == other.step(frames[1])


def test_threads_may_share_a_recognizer(exported: dict[str, Path], frames: np.ndarray):
    recognizer, numbers = Recognizer(exported["ready"]), []

    def work() -> None:
        for frame in frames:
            numbers.append(recognizer.step(frame).frame)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(160))


def test_a_seal_knows_every_change():
    file = sealed(b"a model")
    assert is_whole(file) is True
    assert is_whole(b"b" + file[1:]) is False
    assert is_whole(file[:-1]) is None
    assert is_whole(b"") is None
    assert len(file) == 7 + LENGTH


@pytest.mark.parametrize("spoil", ["cut", "bit", "empty", "other", "text", "missing", "format"])
def test_model_files_that_cannot_be_used_are_refused(exported: dict[str, Path], tmp_path: Path, spoil: str):
    path, content = tmp_path / "model.onnx", exported["ready"].read_bytes()
    if spoil == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif spoil == "bit":
        path.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    elif spoil == "empty":
        path.write_bytes(b"")
    elif spoil == "other":
        path.write_bytes(sealed(b"not onnx at all"))
    elif spoil == "text":
        path.write_text("hello " * 100)
    elif spoil == "format":
        import onnx

        model = onnx.load(exported["ready"])
        for entry in model.metadata_props:
            entry.value = "0" if entry.key == "eyeprentice.format" else entry.value
        path.write_bytes(sealed(model.SerializeToString()))
    with pytest.raises(ModelError) as told:
        Recognizer(path)
    assert isinstance(told.value, InputError)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.slow
def test_the_packaged_model_reads_simulated_people_whom_nobody_trained_on():
    """A frame counts from one second after its emotion began; by chance, one in seven would be right."""
    right = []
    for person in range(6):
        emotions = random_emotions(4, np.random.default_rng(1_000_033 + person))
        stream, recognizer = simulate_stream(1_000_033, person, emotions, 60, 96), Recognizer()
        answers = [recognizer.step(frame).emotion for frame in stream.frames]
        late = [n for n in range(len(answers)) if n % 60 >= 30]
        right += [answers[n] == stream.emotions[n] for n in late]
    assert np.mean(right) > 0.5  # 0.71 of the frames of such streams (docs/measurements/stream_changes.json)


def test_a_reading_turns_into_json_and_back(frames: np.ndarray):
    reading = Recognizer(rate_hz=15).step(frames[0])
    again = json.loads(json.dumps(reading.as_dict()))
    assert again == reading.as_dict()
    assert Reading(**again) == reading
    assert {type(value) for value in reading.as_dict().values()} == {str, float, bool, dict, int, type(None)}


def test_blue_green_red_is_asked_for_by_name(exported: dict[str, Path]):
    colour = np.random.default_rng(3).integers(0, 256, (20, 40, 40, 3), dtype=np.uint8)
    rgb, bgr, wrong = (
        Recognizer(exported["ready"]),
        Recognizer(exported["ready"], colour="bgr"),
        Recognizer(exported["ready"]),
    )
    swapped = [np.ascontiguousarray(frame[..., ::-1]) for frame in colour]
    expected = [rgb.step(frame) for frame in colour]
    assert [bgr.step(frame) for frame in swapped] == expected
    assert [wrong.step(frame) for frame in swapped] != expected
    with pytest.raises(ValueError, match="rgb or bgr"):
        Recognizer(exported["ready"], colour="grb")


def test_settings_that_cannot_be_are_refused(exported: dict[str, Path]):
    with pytest.raises(ValueError, match="rate_hz"):
        Recognizer(exported["ready"], rate_hz=0)
    with pytest.raises(ValueError, match="certain"):
        Recognizer(exported["ready"], certain=1.5)


def test_the_runtime_needs_no_torch():
    code = "import sys; import eyeprentice.runtime, eyeprentice.app.commands.predict; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'onnxruntime'" in done.stdout
    assert "'torch'" not in done.stdout


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            lambda state: state | {"first": np.zeros((1, 1, 5, 5), np.float32)},
            r"first: \(1, 1, 5, 5\), not \(1, 1, 90, 90\)",
        ),
        (lambda state: {name: array for name, array in state.items() if name != "age"}, r"age: none, not \(1,\)"),
        (lambda state: state | {"last": state["first"]}, r"last: \(1, 1, 90, 90\), not none"),
    ],
)
def test_a_state_of_another_model_is_refused(change, complaint: str):
    recognizer, frame = Recognizer(), np.zeros((90, 90), np.uint8)
    _, state = recognizer.logits(frame)
    recognizer.logits(frame, state)
    with pytest.raises(ModelError, match=complaint):
        recognizer.logits(frame, change(state))
