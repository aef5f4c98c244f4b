"""A DVS pixel as a threshold on log intensity, counted over the intervals between given images.

A pixel remembers the log intensity of its last event and sends another one, ON or OFF, for every further `contrast` it
rises or falls by: Lichtsteiner et al., *A 128x128 120 dB 15 us Latency Asynchronous Temporal Contrast Vision Sensor*,
IEEE JSSC 2008.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int32]


@dataclass(frozen=True)
class Pixel:
    """Settings of the DVS."""

    contrast: float = 0.18
    """Mean threshold, in natural log units."""
    mismatch: float = 0.05
    """Deviation of the threshold over the pixels."""
    dark: float = 0.01
    """Added to the intensity before the logarithm: below it, change is not seen."""
    noise_hz: float = 0.15
    """Events a second that a pixel sends without a cause."""

    def __post_init__(self) -> None:
        if not self.contrast > 0 or self.mismatch < 0 or not self.dark > 0 or self.noise_hz < 0:
            raise ValueError(f"{self}: contrast and dark must be above 0, mismatch and noise not below")


def count_events(
    intensities: NDArray[np.float32], interval_us: float, pixel: Pixel, rng: np.random.Generator
) -> Iterator[tuple[Counts, Counts]]:
    """ON and OFF events (H, W) of each interval that ends with an image of `intensities` (T, H, W), in order.

    The first image is the state of rest: its interval holds noise alone. `interval_us` lies between two images.
    """
    shape = intensities.shape[1:]
    threshold = np.maximum(rng.normal(pixel.contrast, pixel.mismatch, shape), 0.3 * pixel.contrast).astype(np.float32)
    remembered = np.log(intensities[0] + np.float32(pixel.dark))
    noise = pixel.noise_hz * interval_us * 1e-6 / 2
    for intensity in intensities:
        steps = np.trunc((np.log(intensity + np.float32(pixel.dark)) - remembered) / threshold)
        remembered += steps * threshold
        on, off = np.maximum(steps, 0).astype(np.int32), np.maximum(-steps, 0).astype(np.int32)
        if noise:
            stray = rng.random(shape, dtype=np.float32)
            on += stray < noise
            off += stray > 1 - noise
        yield on, off
