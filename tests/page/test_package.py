"""The reader as a package: packed, installed in an empty folder, and used by the sample page in Chromium."""

import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from tests.conftest import ROOT
from tests.page.conftest import Opened
from tests.page.test_agreement import agree

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
    pytest.mark.skipif(not (ROOT / "web/node_modules/esbuild").exists(), reason="web/node_modules is not installed"),
]
TOLD = "new Promise(told => addEventListener('read', event => told(JSON.stringify(event.detail))))"


def run(*words: object, cwd: Path = ROOT / "web") -> str:
    ended = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's folder with the package in it, as npm installs it of its tarball."""
    folder = tmp_path_factory.mktemp("sample")
    run("node", "package/build.mjs", sys.executable)
    (packed,) = json.loads(run("npm", "pack", "./package", "--json", "--pack-destination", folder))
    shutil.copytree(ROOT / "examples/web", folder, dirs_exist_ok=True)
    run("npm", "install", "--offline", "--ignore-scripts", "--no-audit", f"./{packed['filename']}", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def place(installed: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=installed))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browsers: Any, place: str) -> Iterator[Opened]:
    context = browsers().new_context()
    opened = Opened(context.new_page(), place)
    opened.page.set_default_timeout(45_000)
    opened.page.goto(place)
    yield opened
    context.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two seconds of the page's drawn clip, in which happiness begins."""
    video = ROOT / "build/page-clip/clip.webm"
    if not video.exists():
        pytest.skip("the page's clip was not drawn (make web)")
    capture = cv2.VideoCapture(str(video))
    frames = [cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2GRAY) for _ in range(110)][50:]
    folder = tmp_path_factory.mktemp("clip")
    paths = [folder / f"{number}.png" for number in range(len(frames))]
    for path, frame in zip(paths, frames, strict=True):
        cv2.imwrite(str(path), frame)
    return paths


def test_the_sample_reads_the_clip_as_predict_does(
    opened: Opened, clip: list[Path], capsys: pytest.CaptureFixture, place: str
):
    opened.page.wait_for_selector("text=Ready")
    told = opened.page.evaluate_handle(f"() => ({{ promise: {TOLD} }})")
    opened.page.set_input_files("#pictures", [str(path) for path in clip])
    moments = json.loads(told.evaluate("({ promise }) => promise"))
    main(["predict", str(clip[0].parent), "--json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()][: len(clip)]
    assert len(moments) == len(rows) == 60
    for key in ("probabilities", "units"):
        found, expected = (
            np.array([list(values.values()) for values in told])
            for told in ([m["reading"][key] for m in moments], [row[key] for row in rows])
        )
        assert list(moments[0]["reading"][key]) == list(rows[0][key])
        assert expected.std() > 0.01
        assert agree(found, expected)
    for moment, row in zip(moments, rows, strict=True):
        assert moment["eyes"][0]["box"] == pytest.approx(row["eye_box"], abs=0.1)
        assert moment["eyes"][0]["manner"] == row["eye_manner"]
        assert moment["reading"]["valence"] == pytest.approx(row["valence"], abs=0.03)
        assert moment["reading"]["arousal"] == pytest.approx(row["arousal"], abs=0.03)
    assert opened.complaints == []
    assert all(url.startswith((place, "blob:")) for url in opened.requests)


def test_what_is_wrong_is_told(opened: Opened, place: str):
    opened.page.wait_for_selector("text=Ready")
    opened.page.evaluate(
        "() => import('./node_modules/eyeprentice/dist/index.js').then(({ open }) => { window.open_ = open; })"
    )
    for options, reason in (
        ("{ rateHz: 0 }", "rateHz: 0 is no rate"),
        ("{ certain: 2 }", "certain: 2 is not a probability"),
        ("{ eye: 'nose' }", "eye: nose is not known"),
        ("{ assets: '/elsewhere/' }", f"{place}elsewhere/networks/"),
        ("{ model: '/' }", f"{place}model."),
    ):
        said = opened.page.evaluate(f"() => open_({options}).then(() => 'nothing', error => error.message)")
        assert said.startswith(reason)
    reading = "open_().then(reader => { const read = reader.read(new ImageData(8, 8), %s); %s; return read; })"
    for time, then, reason in (
        ("NaN", "", "timeUs: NaN is no time"),
        ("0", "reader.close()", "the reader was closed"),
    ):
        said = opened.page.evaluate(f"() => {reading % (time, then)}.then(() => 'nothing', error => error.message)")
        assert said == reason


def test_frames_that_come_while_one_is_read_wait_for_their_turn(opened: Opened):
    opened.page.wait_for_selector("text=Ready")
    times = opened.page.evaluate(
        """async () => {
            const { open } = await import('./node_modules/eyeprentice/dist/index.js');
            const reader = await open({ eye: 'full' });
            const pixels = new ImageData(90, 90);
            const moments = await Promise.all([0, 33333, 66667].map(timeUs => reader.read(pixels, timeUs)));
            reader.calibrate(1);
            moments.push(await reader.read(pixels, 100000));
            return moments.map(({ timeUs, calibration }) => [timeUs, calibration]);
        }"""
    )
    assert [time for time, _ in times] == [0, 33333, 66667, 100000]
    assert times[-1][1] == "collecting"
