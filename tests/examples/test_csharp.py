"""The sample in C#: what stands before and behind the network is compiled by Mono, and gives the package's numbers.

The network itself is asked of ONNX Runtime here, because its library for .NET is not to be had everywhere.
"""

import base64
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.model import StepModel, open_model
from eyeprentice.synth.stream import simulate_stream
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("mcs"), reason="Mono's compiler is not installed (apt-get install mono-mcs)"),
    pytest.mark.skipif(not shutil.which("mono"), reason="Mono is not installed (apt-get install mono-runtime)"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("csharp") / "reader.exe"
    sources = [ROOT / "examples/csharp/Reader.cs", ROOT / "tests/examples/AskingModel.cs"]
    words = ["mcs", "-warnaserror", "-langversion:7.2", f"-out:{path}", *map(str, sources)]
    ended = subprocess.run(words, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return path


class Conversation:
    """The program, whose questions of the network are answered."""

    def __init__(self, process: subprocess.Popen, model: StepModel) -> None:
        self._process, self._model, self._states = process, model, {}
        facts = [model.size, model.steps, model.skip, model.sharpness, model.forgetting_hz]
        labels = model.metadata["labels"].replace(" ", ",")
        self._say(" ".join([*map(str, facts), labels, ",".join(model.units)]))

    def step(self, frame: np.ndarray) -> tuple[str, np.ndarray]:
        """The emotion, and the probabilities and action units."""
        self._say(base64.b64encode(frame.tobytes()).decode())
        while (words := self._process.stdout.readline().split())[0] == "run":
            phase, begins, content = words[1:]
            picture = np.frombuffer(base64.b64decode(content), np.uint8).reshape(self._model.size, -1, 1)
            state = self._model.rest() if begins == "1" else self._states[phase]
            logits, units, self._states[phase] = self._model.estimate(picture, state)
            self._say(" ".join(repr(float(value)) for value in (*logits, *units)))
        assert words[0] == "reading"
        return words[1], np.array(words[2:], np.float64)

    def _say(self, line: str) -> None:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def started(program: Path, model: StepModel, width: int, height: int, rate: float) -> Iterator[Conversation]:
    words = ["mono", str(program), str(width), str(height), str(rate)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Conversation(process, model)
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.parametrize(("width", "height", "rate"), [(90, 90, 30), (180, 180, 60), (131, 100, 30)])
def test_its_numbers_are_those_of_the_package(program: Path, width: int, height: int, rate: float):
    eyes = simulate_stream(5, 1, ["neutral", "surprise", "happiness"], 15, 180).frames
    model = open_model()
    recognizer = Recognizer(model, rate_hz=rate)
    with started(program, model, width, height, rate) as conversation:
        for eye in eyes:
            frame = cv2.resize(eye, (width, height), interpolation=cv2.INTER_AREA)
            emotion, numbers = conversation.step(frame)
            reading = recognizer.step(cv2.resize(frame, (90, 90), interpolation=cv2.INTER_AREA))
            assert emotion == reading.emotion
            assert numbers == pytest.approx([*reading.probabilities.values(), *reading.units.values()], abs=1e-9)
