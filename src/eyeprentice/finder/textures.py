"""Generated pictures without eyes: what stands behind faces, and what is no eye."""

import string

import cv2
import numpy as np
from numpy.typing import NDArray

CHARACTERS = list(string.digits + string.ascii_uppercase + string.ascii_lowercase)


def texture(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """A picture (side, side) of a random kind."""
    kinds = [clouds, clouds, shapes, shapes, stripes, letters, plain]
    image = kinds[rng.integers(len(kinds))](rng, side)
    if rng.random() < 0.3:
        image = (0.5 * image + 0.5 * clouds(rng, side)).astype(np.float32)
    low, high = np.sort(rng.uniform(0, 255, 2))
    span = np.ptp(image) + 1e-6
    image = low + (image - image.min()) * (max(high - low, 10) / span)
    return np.clip(image + rng.normal(0, rng.uniform(0, 6), image.shape), 0, 255).astype(np.uint8)


def clouds(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Noise whose power falls with frequency, as in wood, walls, leaves and hair, stretched in one direction."""
    frequency = np.fft.fftfreq(side)
    turn, stretch = rng.uniform(0, np.pi), np.exp(rng.uniform(0, 2) * (rng.random() < 0.5))
    u = np.cos(turn) * frequency[None] + np.sin(turn) * frequency[:, None]
    v = -np.sin(turn) * frequency[None] + np.cos(turn) * frequency[:, None]
    power = (u * u * stretch + v * v / stretch + (0.3 / side) ** 2) ** (-0.5 * rng.uniform(0.4, 2.2))
    noise = np.fft.fft2(rng.standard_normal((side, side)))
    return np.fft.ifft2(noise * power).real.astype(np.float32)


def shapes(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Discs, rings, boxes, polygons and lines on a ramp."""
    ramp = np.linspace(0, 255, side, dtype=np.float32)
    ramp = ramp[None] if rng.random() < 0.5 else ramp[:, None]
    image = np.ascontiguousarray(np.broadcast_to(ramp, (side, side)) * np.float32(rng.uniform(0, 1)))
    for _ in range(rng.integers(3, 40)):
        _draw_shape(image, rng)
    return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 2.0))).astype(np.float32)


def _draw_shape(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    side = image.shape[0]
    tone, thick = float(rng.uniform(0, 255)), int(rng.choice([-1, -1, 1, 2, 4]))
    x, y, to_x, to_y = (int(value) for value in rng.integers(0, side, 4))
    extent = int(np.exp(rng.uniform(np.log(2), np.log(side / 2))))
    other = int(rng.integers(1, extent + 1))
    match rng.integers(5):
        case 0:
            cv2.circle(image, (x, y), extent, tone, thick, cv2.LINE_AA)
        case 1:
            cv2.ellipse(image, (x, y), (extent, other), float(rng.uniform(0, 180)), 0, 360, tone, thick, cv2.LINE_AA)
        case 2:
            cv2.rectangle(image, (x, y), (x + extent, y + other), tone, thick)
        case 3:
            cv2.line(image, (x, y), (to_x, to_y), tone, max(thick, 1), cv2.LINE_AA)
        case _:
            corners = np.array([x, y]) + rng.normal(0, extent, (int(rng.integers(3, 7)), 2))
            cv2.fillPoly(image, [corners.astype(np.int32)], tone, cv2.LINE_AA)


def stripes(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Waves in one or two directions: blinds, cloth, tiles."""
    at = np.arange(side, dtype=np.float32)
    total = np.zeros((side, side), np.float32)
    for _ in range(rng.integers(1, 3)):
        turn, length = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(3), np.log(side / 2)))
        wave = np.sin((np.cos(turn) * at[None] + np.sin(turn) * at[:, None]) * 2 * np.pi / length + rng.uniform(0, 6))
        total += np.sign(wave) if rng.random() < 0.5 else wave
    return cv2.GaussianBlur(total, (0, 0), float(rng.uniform(0.3, 1.5))).astype(np.float32)


def letters(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """Lines of letters."""
    image = np.full((side, side), 200, np.uint8)  # OpenCV writes on 8 bits only
    height = rng.uniform(0.3, 1.5)
    for row in range(0, side + 20, max(6, int(28 * height))):
        line, start = "".join(rng.choice(CHARACTERS, 40)), (int(rng.integers(-20, 10)), row)
        font, thick = int(rng.integers(0, 5)), int(rng.integers(1, 3))
        cv2.putText(image, line, start, font, height, 30, thick, cv2.LINE_AA)
    return image.astype(np.float32)


def plain(rng: np.random.Generator, side: int) -> NDArray[np.float32]:
    """A wall under uneven light."""
    coarse = rng.uniform(0, 255, (3, 3)).astype(np.float32)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32)
