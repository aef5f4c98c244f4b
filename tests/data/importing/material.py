"""What the tests of this folder import: simulated eyes in videos."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence

SCENE = (240, 320)


@cache
def eyes(emotion: str, subject: int = 1) -> np.ndarray:
    """Frames of a simulated eye under normal light, (T, 110, 110)."""
    plans = plan_sequences(sequences=21, subjects=3, size=110, seed=3, representation=None)
    chosen = [p for p in plans if p.name.emotion == emotion and p.name.lighting == "normal"]
    return simulate_sequence(chosen[subject % len(chosen)]).frames[:40]


def in_a_scene(frames: np.ndarray, left: int = 90, top: int = 60, sway: float = 0.0, mirrored: bool = False) -> list:
    """The frames pasted into larger, noisy ones; the head sways sideways by `sway` pixels."""
    rng = np.random.default_rng(0)
    scene = rng.integers(70, 90, SCENE).astype(np.uint8)
    pictures = []
    for number, frame in enumerate(frames):
        x = left + round(sway * np.sin(number / 8))
        picture = scene.copy()
        picture[top : top + frame.shape[0], x : x + frame.shape[1]] = np.clip(frame.astype(int) * 2, 0, 255)
        pictures.append(picture[:, ::-1] if mirrored else picture)
    return pictures


def write_video(path: Path, frames: list, rate: float = 30, codec: str = "mp4v") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = frames[0].shape
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), rate, (width, height))
    for frame in frames:
        writer.write(cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_GRAY2BGR))
    writer.release()
    return path
