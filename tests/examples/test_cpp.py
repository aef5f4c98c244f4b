"""The sample in C++ is built, and says what the package says."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.model import DEFAULT
from eyeprentice.synth.stream import simulate_stream
from tests.conftest import ROOT

HEADERS = [Path(os.environ.get("ONNXRUNTIME_INCLUDE", "/")), ROOT / "build/onnxruntime/include"]
HEADERS += [Path("/usr/include/onnxruntime"), Path("/usr/local/include/onnxruntime")]
INCLUDE = next((folder for folder in HEADERS if (folder / "onnxruntime_cxx_api.h").exists()), None)
LIBRARY = next((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*"), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(INCLUDE is None, reason="ONNX Runtime's headers are not here (make samples fetches them)"),
    pytest.mark.skipif(LIBRARY is None, reason="ONNX Runtime's package has no library to link with on this system"),
    pytest.mark.skipif(not shutil.which("cmake") or not shutil.which("c++"), reason="CMake or a compiler is missing"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cpp")
    shared = folder / "libonnxruntime.so.1"  # as the loader looks for it
    shared.symlink_to(LIBRARY)
    options = [f"-DONNXRUNTIME_INCLUDE={INCLUDE}", f"-DONNXRUNTIME_LIBRARY={shared}", "-DCMAKE_CXX_FLAGS=-O1 -Werror"]
    for words in (["-S", ROOT / "examples/cpp", "-B", folder, *options], ["--build", folder]):
        ended = subprocess.run(["cmake", *words], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder / "read_eye"


def run(program: Path, frames: np.ndarray, rate: float = 30, model: Path = DEFAULT) -> list[dict]:
    _, height, width = frames.shape
    words = [program, model, f"{width}x{height}", str(rate)]
    ended = subprocess.run(words, input=frames.tobytes(), capture_output=True)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.parametrize(("width", "height", "rate"), [(90, 90, 30), (180, 180, 60), (96, 96, 30), (131, 100, 30)])
def test_its_numbers_are_those_of_the_package(program: Path, width: int, height: int, rate: float):
    eyes = simulate_stream(5, 1, ["neutral", "surprise", "happiness"], 30, 180).frames
    frames = np.stack([cv2.resize(eye, (width, height), interpolation=cv2.INTER_AREA) for eye in eyes])
    told = run(program, frames, rate)
    recognizer = Recognizer(rate_hz=rate)
    assert len(told) == len(frames) == 90
    for number, (row, frame) in enumerate(zip(told, frames, strict=True)):
        seen = cv2.resize(frame, (90, 90), interpolation=cv2.INTER_AREA)
        reading = recognizer.step(seen)
        assert row["frame"] == number
        assert row["emotion"] == reading.emotion
        assert row["probabilities"] == pytest.approx(reading.probabilities, abs=2e-6)
        assert row["units"] == pytest.approx(reading.units, abs=2e-6)


def test_what_is_wrong_is_told_in_one_line(program: Path, tmp_path: Path):
    (tmp_path / "other.onnx").write_bytes(b"no model")
    for words, content, message in (
        ([program], b"", b"usage: "),
        ([program, DEFAULT, "0x5"], b"", b"usage: "),
        ([program, DEFAULT, "90x90x3"], bytes(3 * 8100), b"usage: "),  # RGB would be read as three grey frames
        ([program, DEFAULT, "99999999x90"], b"", b"usage: "),
        ([program, DEFAULT, "90x90", "30fps"], b"", b"usage: "),
        ([program, DEFAULT, "90x90", "30", "60"], b"", b"usage: "),
        ([program, DEFAULT, "90x90", "0"], bytes(8100), b"error: the rate must be above 0"),
        ([program, DEFAULT, "90x90", "nan"], bytes(8100), b"error: the rate must be above 0"),
        ([program, DEFAULT, "90x90", "1e9"], bytes(8100), b"error: the rate must be above 0"),
        ([program, DEFAULT, "90x90"], bytes(100), b"error: the last frame is cut short"),
        ([program, DEFAULT, "20x20"], bytes(400), b"error: frames must have at least 90 pixels"),
        ([program, tmp_path / "other.onnx", "90x90"], b"", b"error: "),
    ):
        ended = subprocess.run(words, input=content, capture_output=True)
        assert ended.returncode == 2
        assert ended.stderr.startswith(message)
        assert ended.stderr.count(b"\n") == 1
