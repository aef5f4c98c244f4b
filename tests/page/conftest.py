"""The built page, served and opened in Debian's Chromium. Skipped, with the reason, where one of them is missing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from eyeprentice.app.serving.app import Serving
from eyeprentice.app.serving.page import Page as BuiltPage
from eyeprentice.synth.stream import simulate_stream
from eyeprentice.words.errors import InputError
from tests.browser import chromium
from tests.served import served

EACH = 20
UNFOLD = "() => document.querySelectorAll('details').forEach((details) => (details.open = true))"
"""Opens all that is folded."""
EMOTIONS_SHOWN = ("neutral", "surprise", "happiness")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    try:
        BuiltPage()
    except InputError as error:
        pytest.skip(str(error))
    with served(Serving()) as address:
        yield f"http://{address}/"


@pytest.fixture(scope="session")
def frames() -> np.ndarray:
    """Frames of a drawn eye that shows one emotion after another, (T, 120, 120)."""
    return simulate_stream(5, 1, EMOTIONS_SHOWN, EACH, 120).frames


@pytest.fixture(scope="session")
def pictures(frames: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / f"{number:03d}.png" for number in range(len(frames))]
    for path, frame in zip(paths, frames, strict=True):
        cv2.imwrite(str(path), frame)
    return paths


@pytest.fixture(scope="session")
def long_pictures(pictures: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ten seconds of a neutral eye: what is done while it plays is done before it ends on a busy machine too."""
    folder = tmp_path_factory.mktemp("long-pictures")
    paths = [folder / f"{number:03d}.png" for number in range(300)]
    for number, path in enumerate(paths):
        path.symlink_to(pictures[number % EACH])
    return paths


def write_video(path: Path, frames: np.ndarray) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP90"), 30, frames.shape[:0:-1])
    if not writer.isOpened():
        pytest.skip("this OpenCV writes no VP9")
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


@pytest.fixture(scope="session")
def video(frames: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "eye.webm", frames)


@pytest.fixture(scope="session")
def long_video(frames: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same five times, for ten seconds: see `long_pictures`."""
    return write_video(tmp_path_factory.mktemp("video") / "long.webm", np.concatenate([frames] * 5))


@pytest.fixture(scope="session")
def camera(frames: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Chromium's fake camera plays: the eye at 640x480 in the planes of YUV 4:2:0."""
    path = tmp_path_factory.mktemp("camera") / "eye.y4m"
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\n")
        for frame in frames:
            image = np.full((480, 640), 90, np.uint8)
            image[:, 80:560] = cv2.resize(frame, (480, 480), interpolation=cv2.INTER_LINEAR)
            file.write(b"FRAME\n" + image.tobytes() + bytes([128]) * (2 * 320 * 240))
    return path


class Opened:
    """A page that is open, with what it asked for and what it complained about."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def go(self, query: str = "") -> "Opened":
        self.page.goto(self.address + query)
        self.page.wait_for_selector("html[data-state=ready]")
        return self

    def read_files(self, *paths: Path) -> None:
        """Gives files, and waits until they were read to the end."""
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} pictures"
        self.page.set_input_files("#file", [str(path) for path in paths])
        self.page.wait_for_function(
            "name => document.getElementById('badge').textContent === `${name} – ended`", arg=name
        )

    def click_when(self, seen: str, selector: str) -> None:
        """Clicks in the same moment that the expression `seen` is true within the page: it may not be for long."""
        self.page.wait_for_function(
            f"selector => Boolean({seen}) && (document.querySelector(selector).click(), true)", arg=selector
        )

    def saved(self, kind: str = "json") -> Any:
        with self.page.expect_download() as download:
            self.page.click(f"#save-{kind}")
        text = Path(download.value.path()).read_text("utf-8")
        return json.loads(text) if kind == "json" else text

    def probabilities(self) -> np.ndarray:
        """Of every frame that was read, (T, 7)."""
        return np.array([list(frame["probabilities"].values()) for frame in self.saved()["frames"] if frame["eye"]])


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browsers(playwright: Any) -> Iterator[Callable[..., Any]]:
    """A browser for each set of flags."""
    started: dict[tuple[str, ...], Any] = {}

    def browser(*flags: str) -> Any:
        if flags not in started:
            started[flags] = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", *flags])
        return started[flags]

    yield browser
    for each in started.values():
        each.close()


@pytest.fixture
def open_page(browsers: Callable[..., Any], address: str) -> Iterator[Open]:
    """Opens the page; its clip does not begin by itself, as if the user liked no motion, unless `clip` says so."""
    closing = []

    def opening(*flags: str, clip: bool = False, address: str = address, **context: Any) -> Opened:
        motion = "no-preference" if clip else "reduce"
        context = {"service_workers": "block", **context}
        closing.append(browsers(*flags).new_context(reduced_motion=motion, **context))
        page = closing[-1].new_page()
        page.set_default_timeout(45_000)
        return Opened(page, address)

    yield opening
    for context in closing:
        context.close()
