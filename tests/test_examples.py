"""The examples that the pages show run as they stand."""

import re
import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.runtime.model import DEFAULT, open_model
from eyeprentice.synth.stream import simulate_stream
from tests.conftest import ROOT

PAGES = ("README.md", "docs/index.md", "docs/method.md", "docs/deploy.md", "docs/live.md")


def examples(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


PYTHON = [(page, number) for page in PAGES for number in range(len(examples(page, "python")))]
PREDICT = [
    line.removeprefix("eyeprentice ")
    for page in PAGES
    for example in examples(page, "sh")
    for line in example.splitlines()
    if line.startswith("eyeprentice predict ")
]


@pytest.fixture(scope="module")
def eyes() -> np.ndarray:
    """A drawn eye that is neutral, then surprised, (T, 90, 90, 1)."""
    return simulate_stream(5, 1, ["neutral", "surprise"], 10, 90).frames[..., None]


@pytest.fixture
def here(eyes: np.ndarray, exported_units: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name."""
    for name in ("video.mp4", "neutral.mp4", "videos/a.mp4", "videos/b.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        writer = cv2.VideoWriter(str(tmp_path / name), cv2.VideoWriter.fourcc(*"mp4v"), 30, (90, 90))
        for eye in eyes:
            writer.write(cv2.cvtColor(eye, cv2.COLOR_GRAY2BGR))
        writer.release()
    shutil.copy(DEFAULT, tmp_path / "model.onnx")
    shutil.copy(exported_units, tmp_path / "student.onnx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("page", "number"), PYTHON)
def test_a_program_that_a_page_shows_runs(page: str, number: int, here: Path, eyes: np.ndarray):
    frames = [cv2.cvtColor(eye, cv2.COLOR_GRAY2BGR) for eye in eyes]
    known = {"frames": frames, "frame": frames[0], "eyes": eyes}
    if page == "docs/live.md":
        exec("from eyeprentice.runtime import Recognizer", known)
    exec(examples(page, "python")[number], known)


@pytest.mark.parametrize("line", PREDICT)
def test_a_prediction_that_a_page_shows_runs(line: str, here: Path, capsys: pytest.CaptureFixture):
    words = shlex.split(line, comments=True)
    main(words)
    assert "answer: " in capsys.readouterr().out
    for option, least in (("--save", 1000), ("--csv", 1000), ("--segments", 50)):
        assert option not in words or (here / words[words.index(option) + 1]).stat().st_size > least


@pytest.mark.parametrize("kind", ["packaged", "ready", "any"])
def test_the_loop_for_other_languages_gives_what_each_phase_gives(
    kind: str, here: Path, eyes: np.ndarray, exported: dict[str, Path]
):
    """Of the packaged file, and of files that take grey frames of their size or any frames."""
    path = DEFAULT if kind == "packaged" else exported[kind]
    shutil.copy(path, here / "model.onnx")
    model = open_model(path)
    shown = [cv2.resize(eye, (32, 32))[..., None] for eye in eyes] if kind == "ready" else list(eyes)
    shown = [cv2.cvtColor(eye, cv2.COLOR_GRAY2RGB) for eye in eyes] if kind == "any" else shown
    (loop,) = (example for example in examples("docs/deploy.md", "python") if "onnxruntime" in example)
    known = {"eyes": shown}
    exec(loop, known)
    assert len(known["phases"]) == model.skip + 1
    for phase, (_, steps, total) in enumerate(known["phases"]):
        own = shown[phase :: model.skip + 1]
        last = own[-((len(own) - 1) % model.steps + 1) :]
        state, wanted = model.rest(), np.zeros(7, np.float32)
        for eye in last:
            logits, state = model.run(eye, state)
            wanted += logits
        assert steps == len(last)
        np.testing.assert_allclose(total, wanted, atol=1e-4)
    assert known["emotion"] in known["facts"]["labels"].split()
