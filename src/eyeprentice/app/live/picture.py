"""What a stream came to, as pictures: a timeline of beliefs, and annotated frames."""

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.runtime import Reading
from eyeprentice.words.vocabulary import EMOTIONS

COLOURS = (
    (60, 60, 214),
    (58, 128, 62),
    (176, 84, 140),
    (40, 176, 240),
    (150, 150, 150),
    (190, 110, 50),
    (60, 190, 190),
)
"""Of the emotions, blue green red."""
INK, PAPER = (40, 40, 40), (255, 255, 255)
Image = NDArray[np.uint8]


def timeline(beliefs: NDArray[np.float32], rate_hz: float, width: int = 1280, height: int = 400) -> Image:
    """Probabilities (T, 7) over time as stacked areas, with seconds below and a key on the right; all 0: no eye."""
    left, right, top, bottom = 20, 150, 20, 40
    columns, rows = width - left - right, height - top - bottom
    image = np.full((height, width, 3), PAPER, np.uint8)
    parts = (
        np.array_split(beliefs, columns)
        if len(beliefs) >= columns
        else np.array_split(beliefs[np.arange(columns) * len(beliefs) // columns], columns)
    )
    means = np.stack([part.mean(0) for part in parts])
    borders = np.concatenate([np.zeros((columns, 1)), np.cumsum(means, axis=1)], axis=1)
    level = (np.arange(rows)[:, None, None] + 0.5) / rows  # from the top
    which = (level > borders[None, :, 1:]).sum(2)
    palette = np.array([*COLOURS, PAPER], np.uint8)  # paper where no eye was seen
    which[np.broadcast_to(level[..., 0] < borders[:, -1], which.shape) & (which == len(EMOTIONS))] = len(EMOTIONS) - 1
    image[top : top + rows, left : left + columns] = palette[which]
    seconds = len(beliefs) / rate_hz
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1e9) if seconds / s <= 12)
    for tick in np.arange(0, seconds + 1e-9, step):
        x = left + int(columns * tick / seconds)
        cv2.line(image, (x, top + rows), (x, top + rows + 5), INK, 1)
        _write(image, f"{tick:g} s", (x - 8, height - 15))
    for number, (emotion, colour) in enumerate(zip(EMOTIONS, COLOURS, strict=True)):
        y = top + 22 * number
        cv2.rectangle(image, (width - right + 15, y), (width - right + 29, y + 14), colour, -1)
        _write(image, emotion, (width - right + 38, y + 12))
    return image


def annotated(frame: Image, eye: Image | None, reading: Reading | None) -> Image:
    """A grey frame beside its eye and the beliefs, at least 240 pixels high; even sides, as video codecs want."""
    height = max(240, frame.shape[0] + frame.shape[0] % 2)
    image = np.full((height, frame.shape[1] + frame.shape[1] % 2 + 240, 3), PAPER, np.uint8)
    image[: frame.shape[0], : frame.shape[1]] = frame[..., None]
    x = image.shape[1] - 225
    if eye is not None:
        image[5:75, x : x + 70] = cv2.resize(eye, (70, 70))[..., None]
    if reading is None:
        _write(image, "no eye yet", (x + 80, 40))
        return image
    _write(image, reading.emotion if reading.certain else "uncertain", (x + 80, 35), 0.55)
    _write(image, f"{reading.probability:.2f}", (x + 80, 58))
    for number, (emotion, value) in enumerate(reading.probabilities.items()):
        y = 90 + 21 * number
        cv2.rectangle(image, (x + 85, y), (x + 85 + int(120 * value), y + 13), COLOURS[number], -1)
        _write(image, emotion, (x, y + 11))
    return image


def _write(image: Image, text: str, at: tuple[int, int], scale: float = 0.45) -> None:
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
