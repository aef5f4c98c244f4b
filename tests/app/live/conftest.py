from pathlib import Path

import cv2
import pytest

from eyeprentice.synth.stream import simulate_stream


@pytest.fixture(scope="session")
def eye_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a simulated eye: neutral, then surprised."""
    stream = simulate_stream(5, 1, ["neutral", "surprise"], 30, 96)
    path = tmp_path_factory.mktemp("video") / "eye.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (96, 96))
    for frame in stream.frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path
