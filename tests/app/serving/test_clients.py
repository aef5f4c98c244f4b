"""The clients of the docs, as a user starts them: they read, and say in one line what is wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.serving.app import Serving
from eyeprentice.app.serving.page import Page
from eyeprentice.runtime import read
from tests.conftest import ROOT
from tests.data.importing.material import eyes, write_video
from tests.served import served
from tests.sources.videos import restated, with_matrix, write_webm

CLIENTS = ROOT / "docs" / "clients"
NOBODY = "ws://127.0.0.1:9/api/stream"  # where nobody listens


def run(*words: object) -> subprocess.CompletedProcess:
    program = shutil.which("node") if str(words[0]).endswith(".js") else sys.executable
    if program is None:
        pytest.skip("Node.js is not installed")
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, timeout=60)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "eye.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (96, 96))
    for level in range(12):
        writer.write(np.full((96, 96, 3), 10 * level, np.uint8))
    writer.release()
    return path


def test_the_python_client_reads_a_video(listening: str, video: Path):
    done = run(CLIENTS / "client.py", video, f"ws://{listening}/api/stream")
    assert done.returncode == 0, done.stderr
    ready, *readings = done.stdout.splitlines()
    assert json.loads(ready)["type"] == "ready"
    assert [int(line.split()[0]) for line in readings] == list(range(12))


def test_the_python_client_reads_a_video_as_predict_does(listening: str, tmp_path: Path):
    """Mirrored as its file says, by its own times, whatever its header states."""
    frames = list(eyes("surprise"))
    mirrored = with_matrix(write_video(tmp_path / "a.mp4", frames), tmp_path / "b.mp4", (-1, 0, 0, 1))
    slow = restated(write_webm(tmp_path / "a.webm", frames, 15), tmp_path / "b.webm", 120)
    for video in (mirrored, slow):
        done = run(CLIENTS / "client.py", video, f"ws://{listening}/api/stream")
        found = [float(line.split()[2]) for line in done.stdout.splitlines()[1:]]
        expected = [reading.probability for reading in read(video, eye="full")]
        assert found == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("place", ["docs", "alone"])
def test_the_javascript_client_reads_frames(listening: str, place: str, tmp_path: Path):
    """Also on a Node.js that has WebSocket behind a flag, and as a file that was copied alone."""
    program = CLIENTS / "client.js" if place == "docs" else shutil.copy(CLIENTS / "client.js", tmp_path)
    done = run(program, f"ws://{listening}/api/stream")
    assert done.returncode == 0, done.stderr
    assert [int(line.split()[0]) for line in done.stdout.splitlines()] == list(range(20))
    assert "error" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.mp4"], "nothing.mp4: does not exist; give a video"),
        (["notes.txt"], "notes.txt: a file of a type that cannot be read; give"),
        (["empty.mp4"], "empty.mp4: no frame can be read; give a video that plays"),
        (["eye.mp4", NOBODY], f"{NOBODY}: no server answers; start one with: eyeprentice live"),
        (
            ["eye.mp4", "http://here"],
            "http://here: no address of a server; give one like ws://127.0.0.1:8731/api/stream",
        ),
        ([], "VIDEO is missing, or there are too many words; python client.py VIDEO [ADDRESS [TOKEN]]"),
    ],
)
def test_the_python_client_says_in_one_line_what_is_wrong(
    video: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(video.parent)
    Path("notes.txt").write_text("hello")
    Path("empty.mp4").write_text("")
    done = run(CLIENTS / "client.py", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {said}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (NOBODY, f"no server answers at {NOBODY}; start one with: eyeprentice live"),
        ("nonsense", "nonsense is no address of a server; give one like ws://127.0.0.1:8731/api/stream"),
    ],
)
def test_the_javascript_client_says_in_one_line_what_is_wrong(address: str, said: str):
    done = run(CLIENTS / "client.js", address)
    errors = [line for line in done.stderr.splitlines() if "Warning" not in line and "--trace-warnings" not in line]
    assert (done.returncode, done.stdout, errors) == (1, "", [f"error: {said}"])


def test_a_server_that_refuses_is_told_in_its_words(page: Page, video: Path):
    token = "0123456789abcdef"
    with served(Serving(token=token), page) as address:
        url = f"ws://{address}/api/stream"
        refused = run(CLIENTS / "client.py", video, url)
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"error: {url}: the server refuses this client (")
        assert len(refused.stderr.splitlines()) == 1
        assert run(CLIENTS / "client.py", video, url, token).returncode == 0


@pytest.mark.parametrize("client", ["client.py", "client.js"])
def test_a_server_without_room_is_told_in_its_words(page: Page, video: Path, client: str):
    with served(Serving(clients=0), page) as address:
        words = [video] if client.endswith("py") else []
        done = run(CLIENTS / client, *words, f"ws://{address}/api/stream")
    assert done.returncode == 1
    said = "error: 0 clients are connected, which is all that this server takes; try again in "
    assert done.stderr.splitlines()[-1].startswith(said)
    assert done.stdout == ""
