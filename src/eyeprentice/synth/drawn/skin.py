"""What is still about a drawn face: skin, brow and folds, painted once per person.

Everything is an image of `size` x `size` pixels, in the coordinates of a relaxed, centred face. A frame is made from it
by pulling the painted skin (`muscles.py`) and deepening `folds`, so that texture moves with the muscle below it and an
event camera sees what it would see on a real face.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from eyeprentice.synth.drawing import Floats, Image, bump, draw_line, pixel_grid
from eyeprentice.synth.drawn.anatomy import Anatomy
from eyeprentice.synth.folds import paint_folds


@dataclass(frozen=True)
class Painting:
    """A person's eye region as images."""

    albedo: Image  # (S, S) reflectance 0..1, brow included
    folds: Image  # (7, S, S) darkness of each of FOLDS at full depth
    normals: Image  # (3, S, S) unit vectors of the relief, for shading
    hollows: Image  # (S, S) how much of the light reaches the hollows of the socket, 0..1


def paint(person: Anatomy, size: int) -> Painting:
    """Paints a person's eye region; the same person at the same size is the same picture."""
    rng = np.random.default_rng(person.texture_seed)
    x, y = pixel_grid(size)
    brow = _brow_line(person)
    albedo = _skin(person, x, y, rng)
    hair = _hair(person, brow, size, rng)
    albedo = albedo * (1 - hair) + person.brow_tone * hair
    folds = paint_folds(person.eye, person.brow_height, person.half_width, person.wrinkles, rng, size)
    slope_y, slope_x = np.gradient(_relief(person, x, y), 1 / size)
    normals = np.stack([-slope_x, -slope_y, np.ones_like(slope_x)])
    normals /= np.linalg.norm(normals, axis=0)
    return Painting(albedo, folds, normals, _hollows(person, x, y))


def _skin(person: Anatomy, x: Image, y: Image, rng: np.random.Generator) -> Image:
    size = x.shape[1]
    noise = np.zeros((size, size), np.float32)
    for cells, strength in ((5, 0.05), (14, 0.035), (40, 0.03), (size, 0.03)):
        coarse = rng.standard_normal((cells, cells)).astype(np.float32)
        noise += strength * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    for _ in range(rng.poisson(3)):  # moles
        mx, my, radius = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.004, 0.011)
        noise -= np.exp(-((x - mx) ** 2 + (y - my) ** 2) / radius**2).astype(np.float32) * rng.uniform(0.3, 0.9)
    ex, ey = person.eye
    socket = np.exp(-(((x - ex) / 0.30) ** 2) - ((y - ey + 0.02) / 0.13) ** 2)
    skin = person.skin_tone * np.exp(noise) * (1 - 0.16 * person.socket * socket)
    if rng.random() < 0.35:  # the face ends before the picture does
        edge = rng.uniform(-0.02, 0.09) + 0.06 * (y - 0.5) ** 2
        skin = skin * (0.08 + 0.92 / (1 + np.exp(-(x - edge) / 0.012)))
    return skin.astype(np.float32)


def _brow_line(person: Anatomy) -> Floats:
    """The brow's middle from its inner end, by the nose, outwards: (32, 2) of x, y."""
    t = np.linspace(0, 1, 32)
    ex, ey = person.eye
    x = ex + 0.5 * person.brow_length - 0.02 - person.brow_length * t
    y = ey - person.brow_height - person.brow_arch * np.sin(np.pi * t**1.2) * 1.2 + person.brow_slope * (0.5 - t)
    return np.stack([x, y + 0.055 * t**2], axis=1)


def _hair(person: Anatomy, line: Floats, size: int, rng: np.random.Generator) -> Image:
    """How much of each pixel is brow hair, 0..1: single hairs over a soft ground."""
    big = 3 * size
    canvas = np.zeros((big, big), np.uint8)
    count = int(520 * person.brow_density * person.brow_length / 0.6)
    t = rng.beta(1.2, 1.45, count)
    across = np.clip(rng.normal(0, 0.55, count), -1.3, 1.3)
    thickness = person.brow_thickness * (1 - 0.8 * t**2) * np.minimum(1, 0.55 + 4 * t)
    root = np.stack([np.interp(t, np.linspace(0, 1, len(line)), line[:, axis]) for axis in (0, 1)], axis=1)
    root += np.stack([rng.normal(0, 0.008, count), across * thickness], axis=1)
    angle = np.pi + np.interp(t, [0, 0.25, 1], [1.3, 0.55, -0.25]) + across * 0.3 + rng.normal(0, 0.25, count)
    length = rng.uniform(0.025, 0.06, count) * (1 - 0.3 * t)
    tip = root + np.stack([np.cos(angle), np.sin(angle)], axis=1) * length[:, None]
    tone = rng.uniform(110, 255, count)
    for start, end, grey in zip(root * big, tip * big, tone, strict=True):
        draw_line(canvas, start, end, float(grey), 1 + (size > 100))
    hair = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ground = cv2.GaussianBlur(hair, (0, 0), 0.022 * size)
    return np.clip(0.62 * hair + 0.5 * person.brow_density * ground, 0, 0.94).astype(np.float32)


def _relief(person: Anatomy, x: Image, y: Image) -> Image:
    ex, ey = person.eye
    ridge = 0.055 * bump(y - ey + person.brow_height - 0.02, 0.10) * (0.7 + 0.3 * x)
    ball = 0.05 * person.bulge * bump(x - ex, 0.17) * bump(y - ey + 0.01, 0.11)
    bag = 0.012 * person.bag * bump(y - ey - 0.11, 0.035) * bump(x - ex, 0.2)
    nose = 0.30 / (1 + np.exp(-(x - 1.02) / 0.07))
    cheek = 0.10 * bump(y - 1.1, 0.3)
    temple = -0.10 / (1 + np.exp((x - 0.05) / 0.06))
    return (ridge + ball + bag + nose + cheek + temple).astype(np.float32)


def _hollows(person: Anatomy, x: Image, y: Image) -> Image:
    ex, ey = person.eye
    inner = bump(x - ex - 0.24, 0.10) * bump(y - ey + 0.06, 0.10)
    return 1 - 0.4 * (inner + 0.6 * bump(y - ey + 0.15, 0.05) * bump(x - ex, 0.3))
