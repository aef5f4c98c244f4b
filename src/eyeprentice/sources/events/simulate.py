"""Events from images: a model of a DVS pixel, and time upsampling so that fast motion does not alias.

What a pixel does, after Hu, Liu and Delbruck, *v2e: From Video Frames to Realistic DVS Events*, CVPRW 2021 (section 4),
and Rebecq et al., *ESIM: an Open Event Camera Simulator*, CoRL 2018:

1. It sees the logarithm of the intensity above a `dark` level.
2. It follows with a first-order low-pass whose bandwidth grows with the intensity (`cutoff_hz` at white).
3. Whenever it has risen or fallen by its threshold since its last event, it sends another. Thresholds differ from pixel
   to pixel; the memory of the last event leaks, which shows as ON events.
4. It is deaf for `refractory_us` after each event.
5. Shot noise sends events of either sign, more in the dark, and a few hot pixels send ON events all the time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Events, make_events

Image = NDArray[Any]
"""float32 (H, W) intensities: 1 is white under ordinary light."""
Timed = tuple[int, Image]
"""Time in µs, and an image."""

Columns = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Times in µs, places and signs of events: a place is the number of a pixel, row by row, a sign True for ON."""

FLOOR_OF_BANDWIDTH = 0.1
"""Share of `cutoff_hz` that is left in the dark (v2e, section 4.2)."""
SHOT_NOISE_AT_WHITE = 0.25
"""Share of `shot_hz` that is left at white (v2e's code)."""


@dataclass(frozen=True)
class DVS:
    """Settings of the camera. The defaults lie between v2e's presets `clean` and `noisy`."""

    contrast: float = 0.18
    """Mean threshold, in natural log units."""
    mismatch: float = 0.04
    """Deviation of the threshold over the pixels, in the same units."""
    dark: float = 0.01
    """Added to the intensity before the logarithm: below it, change is not seen."""
    cutoff_hz: float = 200.0
    """Bandwidth at white; 0 for none."""
    refractory_us: int = 500
    leak_hz: float = 0.05
    """ON events a second by leakage."""
    shot_hz: float = 0.3
    """Noise events a second in the dark, of both signs together."""
    hot_share: float = 0.0003
    """Share of the pixels that are hot."""
    hot_hz: float = 30.0

    def __post_init__(self) -> None:
        if not self.contrast > 0 or not self.dark > 0:
            raise ValueError(f"{self}: contrast and dark must be above 0")
        if min(self.mismatch, self.cutoff_hz, self.refractory_us, self.leak_hz, self.shot_hz, self.hot_share) < 0:
            raise ValueError(f"{self}: nothing may be negative")


IDEAL = DVS(mismatch=0, dark=1e-6, cutoff_hz=0, refractory_us=0, leak_hz=0, shot_hz=0, hot_share=0)
"""A camera without any fault, for comparison with closed forms."""


class State(NamedTuple):
    """What a sensor remembers between two images, each (H, W)."""

    t_us: int
    followed: Image  # the low-passed log intensity
    remembered: Image  # the same, at the last event
    last_us: NDArray[np.int64]  # when that was
    threshold: Image
    hot: NDArray[np.intp]  # the places of its hot pixels, (n,)


def rest(first: Timed, dvs: DVS, rng: np.random.Generator) -> State:
    """A sensor that has looked at the first image for long. Draws its thresholds and its hot pixels."""
    t_us, intensity = first
    level = np.log(intensity.astype(np.float32) + np.float32(dvs.dark))
    threshold = np.maximum(rng.normal(dvs.contrast, dvs.mismatch, level.shape), 0.2 * dvs.contrast)
    hot = np.flatnonzero(rng.random(level.shape) < dvs.hot_share)
    return State(t_us, level, level.copy(), np.full(level.shape, -(1 << 62)), threshold.astype(np.float32), hot)


def advance(state: State, image: Timed, dvs: DVS, rng: np.random.Generator) -> tuple[Events, State]:
    """The events, in order of time, from the state's moment up to that of the next image, and the new state."""
    t_us, intensity = image
    span_us = t_us - state.t_us
    if span_us <= 0:
        raise ValueError(f"an image at {t_us} µs after one at {state.t_us} µs")
    seconds = span_us * 1e-6
    level, lit = np.log(intensity.astype(np.float32, copy=False) + np.float32(dvs.dark)), np.clip(intensity, 0, 1)
    if dvs.cutoff_hz:
        bandwidth = dvs.cutoff_hz * (FLOOR_OF_BANDWIDTH + (1 - FLOOR_OF_BANDWIDTH) * lit)
        level = state.followed + (level - state.followed) * (1 - np.exp(-2 * np.pi * seconds * bandwidth))
    remembered = state.remembered - np.float32(dvs.leak_hz * seconds) * state.threshold
    steps = np.trunc((level - remembered) / state.threshold).astype(np.int32)
    last = state.last_us.copy()
    parts = [
        _crossings(state, level, remembered, steps, last, span_us, dvs),
        *_noise(lit, state, seconds, span_us, dvs, rng),
    ]
    events = _packet(parts, level.shape[1])
    remembered = remembered + steps * state.threshold
    return events, State(t_us, level.astype(np.float32, copy=False), remembered, last, state.threshold, state.hot)


def _packet(parts: list[Columns], width: int) -> Events:
    """Events in order of time; of one time, in the order of `parts`."""
    moments, places, signs = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(moments, kind="stable")
    y, x = np.divmod(places[order].astype(np.uint32), np.uint32(width))
    return make_events(moments[order], x, y, signs[order])


def simulate_events(
    images: Iterable[Timed], dvs: DVS, rng: np.random.Generator, upsampling: bool = True
) -> Iterator[Events]:
    """The events that a DVS sends while `images` go by, a packet between two of them; see `upsample`."""
    state: State | None = None
    for image in upsample(images) if upsampling else images:
        if state is None:
            state = rest(image, dvs, rng)
            continue
        events, state = advance(state, image, dvs, rng)
        yield events


def upsample(images: Iterable[Timed], pixels: float = 1.0, most: int = 24) -> Iterator[Timed]:
    """Images in between, as many that nothing moves by more than about `pixels` from one to the next.

    Both neighbours are warped along their optical flow (Farneback, SCIA 2003) and blended. OpenCV's DIS is faster, but
    crashes on images of a few dozen pixels.
    """
    before: Timed | None = None
    for after in images:
        if before is not None:
            yield from _between(before, after, pixels, most)
        yield after
        before = after


def _between(before: Timed, after: Timed, pixels: float, most: int) -> Iterator[Timed]:
    (t0, a), (t1, b) = before, after
    grey = [np.clip(255 * image, 0, 255).astype(np.uint8) for image in (a, b)]
    if np.array_equal(*grey):
        return
    there, back = _flow(grey[0], grey[1]), _flow(grey[1], grey[0])
    fastest = float(np.percentile(np.linalg.norm(there, axis=2), 99.5))
    count = int(np.clip(np.ceil(fastest / pixels), 1, most))
    at = np.stack(np.meshgrid(np.arange(a.shape[1]), np.arange(a.shape[0])), axis=2).astype(np.float32)
    for number in range(1, count):
        share = np.float32(number / count)
        forward = _warp(a, at - share * there)
        backward = _warp(b, at - (1 - share) * back)
        yield round(t0 + (t1 - t0) * number / count), (1 - share) * forward + share * backward


def _flow(one: Image, other: Image) -> Image:
    """How far each pixel of `one` has moved in `other`, right and down: (H, W, 2)."""
    # pyramid scale and levels, window, iterations, neighbourhood and its deviation: OpenCV's usual ones
    flow: Image = cv2.calcOpticalFlowFarneback(one, other, None, 0.5, 4, 15, 3, 5, 1.1, 0)  # type: ignore[call-overload]
    return flow


def _warp(image: Image, source: Image) -> Image:
    x, y = source[..., 0], source[..., 1]
    warped: Image = cv2.remap(image.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped


def _crossings(
    state: State,
    level: Image,
    remembered: Image,
    steps: NDArray[np.int32],
    last: NDArray[np.int64],
    span_us: int,
    dvs: DVS,
) -> Columns:
    """An event for each threshold that is crossed, when it is crossed; `last` is brought up to date.

    Between two images the level is taken to change evenly. The first crossings of all pixels come first, in order of
    place, then the second ones: of events that a deaf pixel misses, the later one depends on the one before.
    """
    places, latest = np.flatnonzero(steps), last.ravel()  # a view
    start, first, threshold, step = (a.ravel()[places] for a in (state.followed, remembered, state.threshold, steps))
    count, change = np.abs(step), level.ravel()[places] - start
    change[change == 0] = 1
    pixel = np.repeat(np.arange(len(places)), count)
    number = np.arange(1, len(pixel) + 1) - np.repeat(np.cumsum(count) - count, count)  # of the pixel's crossings
    in_turn = np.argsort(number, kind="stable")
    pixel, number = pixel[in_turn], number[in_turn]
    signed = np.sign(step)[pixel] * number
    share = (first[pixel] + signed * threshold[pixel] - start[pixel]) / change[pixel]
    t_us = state.t_us + np.minimum(np.clip(share, 0, 1) * span_us, span_us - 1).astype(np.int64)
    places, awake = places[pixel], np.empty(len(pixel), bool)
    begin = 0
    for here in np.bincount(number)[1:].tolist():  # how many pixels cross so often
        turn = slice(begin, begin := begin + here)
        awake[turn] = sends = t_us[turn] - latest[places[turn]] >= dvs.refractory_us
        latest[places[turn][sends]] = t_us[turn][sends]
    return t_us[awake], places[awake], signed[awake] > 0


def _noise(
    lit: Image, state: State, seconds: float, span_us: int, dvs: DVS, rng: np.random.Generator
) -> Iterator[Columns]:
    """Events without a cause, at random moments. `lit` is the intensity, 0..1."""
    if dvs.shot_hz:
        rate = dvs.shot_hz * (1 - (1 - SHOT_NOISE_AT_WHITE) * lit)
        places = np.flatnonzero(rng.random(lit.shape, dtype=np.float32) < rate * seconds)
        t_us = state.t_us + rng.integers(0, span_us, len(places))
        yield t_us, places, rng.integers(0, 2, len(places)) > 0
    if len(state.hot):
        places = np.repeat(state.hot, rng.poisson(dvs.hot_hz * seconds, len(state.hot)))
        t_us = state.t_us + rng.integers(0, span_us, len(places))
        yield t_us, places, np.ones(len(places), bool)
