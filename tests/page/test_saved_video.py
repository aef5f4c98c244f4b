"""The video that `predict --save` writes plays in a browser, to its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyeprentice.app.live.video import save_video
from eyeprentice.runtime import Moment
from tests.page.conftest import Open

pytestmark = pytest.mark.slow  # many pages are opened

SEEK = """video => new Promise((done, failed) => {
  video.onerror = () => failed(new Error(video.error.message));
  video.onseeked = () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const pixel = [...canvas.getContext("2d").getImageData(150, 200, 1, 1).data.slice(0, 3)];
    done({ pixel, seconds: video.duration, size: [video.videoWidth, video.videoHeight] });
  };
  const seek = () => { video.currentTime = 0.75; };
  if (video.readyState >= 1) seek(); else video.onloadedmetadata = seek;
})"""


def test_a_browser_plays_the_video_that_predict_saves(browsers: Callable[..., Any], tmp_path: Path):
    with save_video(tmp_path / "saved.webm", 10) as keep:
        for number in range(10):
            image = np.full((96, 96), 40 if number < 5 else 200, np.uint8)
            keep(Moment(number, number / 10, image, None, None, None, None))
    (tmp_path / "index.html").write_text("<video src='saved.webm' preload='auto' muted></video>")
    page = browsers("--allow-file-access-from-files").new_page()
    try:
        page.goto((tmp_path / "index.html").as_uri())
        found = page.eval_on_selector("video", SEEK)
    finally:
        page.close()
    assert found["seconds"] == 1.0
    assert found["size"] == [660, 360]
    assert all(abs(value - 200) < 12 for value in found["pixel"])


def test_the_live_page_reads_the_video_that_predict_saves(open_page: Open, tmp_path: Path):
    with save_video(tmp_path / "saved.webm", 10) as keep:
        for number in range(10):
            keep(Moment(number, number / 10, np.full((96, 96), 20 * number, np.uint8), None, None, None, None))
    opened = open_page().go()
    opened.page.check("#where-full")
    opened.read_files(tmp_path / "saved.webm")
    assert len(opened.saved()["frames"]) == 10
    assert opened.complaints == []
