"""A camera that speaks RTSP, of this computer."""

import socket
import time

import numpy as np
import pytest

from eyeprentice.sources.frames import open_frames
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from tests.sources.network.serving import rtsp_camera

LEVELS = [40 + 4 * number for number in range(40)]


def test_the_pictures_of_a_camera_come_in_order_with_their_times_and_its_end_is_said():
    with rtsp_camera(LEVELS) as (place, asked):
        source = open_frames(f"rtsp://{place}/eye")
        assert (source.kind, source.is_live, source.name) == ("camera", True, f"rtsp://{place}/eye")
        found: list[tuple[int, float]] = []
        with pytest.raises(InputError, match="gives no more pictures"):
            found.extend((t_us, float(image.mean())) for t_us, image in source)
    levels = [level for _, level in found]
    assert found[0][0] == 0
    assert len(found) > 3  # a busy machine misses some
    assert levels == sorted(levels)  # the newest, in order
    assert levels[-1] == pytest.approx(LEVELS[-1], abs=6)
    assert all(min(abs(level - shown) for shown in LEVELS) < 3 for level in levels)
    assert (np.diff([t for t, _ in found]) > 0).all()
    assert 600_000 < found[-1][0] < 5_000_000
    assert any("interleaved" in request for request in asked)


def test_a_camera_that_is_not_there_is_told_in_one_line_without_the_password():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InputError) as error:
        open_frames(f"rtsp://me:secret@127.0.0.1:{port}/eye?token=hidden")
    told = str(error.value)
    assert told.startswith(f"rtsp://***@127.0.0.1:{port}/eye?...: no camera answers there")
    assert "secret" not in told
    assert "hidden" not in told


def test_a_camera_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "NETWORK_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()  # the system takes the connection, and nobody answers
        with pytest.raises(InputError, match="no camera answers there"):
            open_frames(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/eye")
        assert 0.2 < time.monotonic() - began < 5


@pytest.mark.parametrize("other", ["file://{}", "concat:{}", "http://127.0.0.1:1/{}"])
def test_a_camera_cannot_send_us_to_a_file_or_another_protocol(other: str, tmp_path):
    from tests.data.importing.material import write_video

    video = write_video(tmp_path / "a.mp4", [np.full((48, 64), 90, np.uint8)] * 5)
    with rtsp_camera(LEVELS, moved_to=other.format(video)) as (place, _), pytest.raises(InputError, match="no camera"):
        open_frames(f"rtsp://{place}/eye")
