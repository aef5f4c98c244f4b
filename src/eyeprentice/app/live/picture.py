"""What a stream came to, as pictures: a timeline of beliefs, and annotated frames."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.region import Place
from eyeprentice.runtime import Moment, Segment
from eyeprentice.runtime.segmenting import UNCERTAIN
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
INK, FAINT, PAPER = (40, 40, 40), (225, 225, 225), (255, 255, 255)
PANEL = 300
"""Width of what is told beside a frame, in pixels."""
LOWEST, HIGHEST, WIDEST = 360, 720, 1280
"""Frames are shown in these many pixels: small ones are enlarged, larger ones reduced."""
STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
"""Between the ticks of a time axis."""
Image = NDArray[np.uint8]
Times = NDArray[np.float64]


def timeline(
    beliefs: NDArray[np.float32],
    times_s: Times,
    last_s: float,
    segments: Sequence[Segment] = (),
    width: int = 1280,
    height: int = 430,
) -> Image:
    """Probabilities (T, 7) over their times (T,) as stacked areas, with a time axis below and a key on the right.

    Each fills the time until the next one, the last one `last_s`; where all are 0, no eye was seen. The segments are a
    strip above, with their names where there is room; what is uncertain is empty.
    """
    left, right, top, bottom = 20, 150, 50, 40
    columns, rows = width - left - right, height - top - bottom
    image = np.full((height, width, 3), PAPER, np.uint8)
    since = np.append(times_s, times_s[-1] + last_s) - times_s[0]
    means = _means(beliefs, since, columns)
    borders = np.concatenate([np.zeros((columns, 1)), np.cumsum(means, axis=1)], axis=1)
    level = (np.arange(rows)[:, None, None] + 0.5) / rows  # from the top
    which = (level > borders[None, :, 1:]).sum(2)
    palette = np.array([*COLOURS, PAPER], np.uint8)  # paper where no eye was seen
    which[np.broadcast_to(level[..., 0] < borders[:, -1], which.shape) & (which == len(EMOTIONS))] = len(EMOTIONS) - 1
    image[top : top + rows, left : left + columns] = palette[which]
    whole = float(since[-1])
    for segment in segments:
        x0, x1 = (left + int(columns * (at - times_s[0]) / whole) for at in (segment.start_s, segment.end_s))
        _strip(image[12 : top - 10, x0 : max(x0 + 1, x1)], segment)
    step = next((s for s in STEPS_S if whole / s <= 12), whole / 10)
    for tick in np.arange(0, whole + 1e-9, step):
        x = left + int(columns * tick / whole)
        cv2.line(image, (x, top + rows), (x, top + rows + 5), INK, 1)
        _write(image, _tick(tick, whole), (x - 8, height - 15))
    if abs(times_s[0]) >= step / 10:  # the clock of a recording need not begin at 0
        _write(image, f"0 is {times_s[0]:.2f} s", (width - right + 15, height - 15))
    for number, (emotion, colour) in enumerate(zip(EMOTIONS, COLOURS, strict=True)):
        y = top + 22 * number
        cv2.rectangle(image, (width - right + 15, y), (width - right + 29, y + 14), colour, -1)
        _write(image, emotion, (width - right + 38, y + 12))
    return image


def _strip(part: Image, segment: Segment) -> None:
    """A segment in its colour; a border tells it from the next one."""
    part[:] = COLOURS[EMOTIONS.index(segment.emotion)] if segment.is_named else PAPER
    if segment.emotion == UNCERTAIN:
        part[:, :] = FAINT
    part[:, -1:] = PAPER
    (length, tall), _ = cv2.getTextSize(segment.emotion, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
    if length + 12 <= part.shape[1]:
        bright = float(np.dot(part[0, 0], (0.114, 0.587, 0.299))) > 140
        _write(part, segment.emotion, (6, (part.shape[0] + tall) // 2), colour=INK if bright else PAPER)


def _means(beliefs: NDArray[np.float32], borders_s: Times, columns: int) -> NDArray[np.float64]:
    """The means (columns, 7) of what holds between borders (T + 1,), over even parts of the whole time."""
    area = np.zeros((len(beliefs) + 1, beliefs.shape[1]))
    np.cumsum(beliefs * np.diff(borders_s)[:, None], axis=0, dtype=np.float64, out=area[1:])
    at = np.linspace(0, borders_s[-1], columns + 1)
    up_to = np.stack([np.interp(at, borders_s, one) for one in area.T], axis=1)
    return np.diff(up_to, axis=0) / (borders_s[-1] / columns)


def _tick(seconds: float, whole_s: float) -> str:
    size, unit = (1, "s") if whole_s <= 300 else (60, "min") if whole_s <= 3 * 3600 else (3600, "h")
    return f"{seconds / size:.3g} {unit}"


def slot_for(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width in which pictures of this shape (H, W) are shown, even, as video codecs want."""
    scale = min(max(1.0, LOWEST / shape[0]), HIGHEST / shape[0], WIDEST / shape[1])
    height, width = (max(2, 2 * round(side * scale / 2)) for side in shape[:2])
    return max(height, LOWEST), width


def annotated(moment: Moment, slot: tuple[int, int]) -> Image:
    """A grey frame with boxes around the eyes and the answer in it, and the beliefs beside it: (H, W + 300, 3).

    A frame of another shape than the `slot` (H, W), which is of `slot_for`, is fitted into it.
    """
    image = np.full((slot[0], slot[1] + PANEL, 3), PAPER, np.uint8)
    scale = min(side / length for side, length in zip(slot, moment.image.shape, strict=True))
    height, width = (min(side, max(1, round(n * scale))) for side, n in zip(slot, moment.image.shape, strict=True))
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    y, x = (slot[0] - height) // 2, (slot[1] - width) // 2
    picture = image[y : y + height, x : x + width]
    picture[:] = cv2.resize(moment.image, (width, height), interpolation=smooth)[..., None]
    answer, colour = _answer(moment)
    for place in (moment.second, moment.place):
        if place is not None:
            _box(picture, place, scale, colour, answer if place is moment.place else "")
    _panel(image[:, slot[1] :], moment, answer, colour)
    return image


def _answer(moment: Moment) -> tuple[str, tuple[int, int, int]]:
    if (reading := moment.reading) is None:
        return "no eye", INK
    return (reading.emotion, COLOURS[EMOTIONS.index(reading.emotion)]) if reading.certain else ("uncertain", INK)


def _box(picture: Image, place: Place, scale: float, colour: tuple[int, int, int], answer: str) -> None:
    """A box of two pixels, within the picture; the answer stands above it, or in it where there is no room."""
    height, width = picture.shape[:2]
    sides = (place.x - place.width / 2, place.y - place.height / 2, place.width, place.height)
    left, top, wide, high = (scale * side for side in sides)
    x0, y0 = (int(np.clip(round(at), 1, most - 2)) for at, most in ((left, width), (top, height)))
    x1, y1 = (int(np.clip(round(at), 1, most - 2)) for at, most in ((left + wide, width), (top + high, height)))
    cv2.rectangle(picture, (x0, y0), (x1, y1), PAPER, 4)
    cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 2)
    if answer:
        (length, tall), _ = cv2.getTextSize(answer, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1)
        x, y = max(0, min(x0 - 1, width - length - 12)), (y0 - tall - 12 if y0 > tall + 12 else y0 - 1)
        cv2.rectangle(picture, (x, y), (x + length + 12, y + tall + 11), colour, -1)
        bright = float(np.dot(colour, (0.114, 0.587, 0.299))) > 140
        _write(picture, answer, (x + 6, y + tall + 5), 0.6, INK if bright else PAPER)


def _panel(panel: Image, moment: Moment, answer: str, colour: tuple[int, int, int]) -> None:
    if moment.eye is not None:
        panel[16:104, 16:104] = cv2.resize(moment.eye, (88, 88))[..., None]
        cv2.rectangle(panel, (15, 15), (104, 104), FAINT, 1)
    cv2.rectangle(panel, (118, 29), (131, 44), colour, -1)
    cv2.putText(panel, answer, (140, 44), cv2.FONT_HERSHEY_SIMPLEX, 0.65, INK, 2, cv2.LINE_AA)
    if moment.reading is not None:
        _write(panel, f"probability {moment.reading.probability:.2f}", (118, 70))
    _write(panel, f"{moment.time_s:.2f} s", (118, 94))
    if moment.reading is None:
        return
    for number, (emotion, value) in enumerate(moment.reading.probabilities.items()):
        y = 132 + 31 * number
        _write(panel, emotion, (16, y + 12))
        panel[y : y + 15, 110:240] = FAINT
        panel[y : y + 15, 110 : 110 + round(130 * value)] = COLOURS[number]
        _write(panel, f"{value:.2f}", (248, y + 12), 0.42)


def _write(
    image: Image, text: str, at: tuple[int, int], scale: float = 0.45, colour: tuple[int, int, int] = INK
) -> None:
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)
