"""The eye of a drawn face: lids, eyeball and lashes, drawn into skin that is already where it belongs."""

from functools import lru_cache

import numpy as np

from eyeprentice.synth.drawing import Floats, Image, bump, draw_hairs
from eyeprentice.synth.drawn.anatomy import Anatomy
from eyeprentice.synth.face import ACTION_UNITS, Glint, Opening, Pose


def eye_coordinates(person: Anatomy, x: Image, y: Image) -> tuple[Image, Image]:
    """Coordinates of the face -> along the line between the corners, and below it, from the eye's centre, in widths."""
    c, s = np.float32(np.cos(person.tilt)), np.float32(np.sin(person.tilt))
    dx, dy = x - np.float32(person.eye[0]), y - np.float32(person.eye[1])
    return c * dx + s * dy, c * dy - s * dx  # the inner corner is the lower one


def shape_lids(person: Anatomy, s: Image, pose: Pose) -> Opening:
    """Lids at positions `s`, -1 (outer corner) to 1 (inner corner), along the line between the corners."""
    unit = dict(zip(ACTION_UNITS, pose.units.tolist(), strict=True))
    arc = np.maximum(1 - s * s, 0)
    upper = person.upper * (
        1 + 0.40 * unit["AU5"] - 0.25 * unit["AU7"] - 0.28 * unit["AU4"] - 0.40 * unit["AU9"] - 0.20 * unit["AU6"]
    )
    lower = person.lower * (1 + 0.10 * unit["AU5"] - 0.55 * unit["AU7"] - 0.40 * unit["AU6"] - 0.50 * unit["AU9"])
    lower_lid = max(lower, -0.3 * person.lower) * arc**0.9 * (1 - 0.2 * s)
    open_lid = -max(upper, 0.15 * person.upper) * arc**0.8 * (1 + person.skew * s)
    shut_lid = np.maximum(0.7 * person.lower * arc, lower_lid)
    closure = min(1.0, pose.closure + 0.25 * max(pose.gaze[1], 0.0) * (1 - pose.closure))  # lids follow the gaze
    upper_lid = shut_lid + (open_lid - shut_lid) * np.float32(1 - closure)
    return Opening(np.minimum(upper_lid, shut_lid).astype(np.float32), lower_lid.astype(np.float32), closure)


def draw_eye(
    image: Image, person: Anatomy, pose: Pose, x: Image, y: Image, glints: tuple[Glint, ...], light: Image
) -> None:
    """Draws lids, eyeball and lashes into `image`, in place; `x` and `y` say where in the face each pixel looks."""
    size = image.shape[0]
    box = _eye_box(person, size)
    x, y, light, canvas = x[box], y[box], light[box], image[box]
    along, v = eye_coordinates(person, x, y)
    s = (along / np.float32(person.half_width)).clip(-1.15, 1.15)
    lids = shape_lids(person, s, pose)
    pixel = np.float32(1 / size)
    inside = ((v - lids.upper) / pixel + 0.5).clip(0, 1) * ((lids.lower - v) / pixel + 0.5).clip(0, 1)
    inside *= ((1 - np.abs(s)) * np.float32(person.half_width / pixel) + 0.5).clip(0, 1)

    near = (1.12 - np.abs(s)).clip(0, 0.12) / 0.12
    skin = canvas * (1 + 0.10 * bump(v - lids.upper + 0.022, 0.016) * near)  # the lid's own roundness
    if person.eye_shadow:
        skin *= 1 - 0.5 * person.eye_shadow * bump(v - lids.upper + 0.03, 0.035) * near * (v < lids.upper)
    if person.crease:
        arc = np.sqrt(np.maximum(1.1 - s * s, 0))
        crease = lids.upper - person.crease * arc * (1 - 0.35 * lids.closure)
        skin *= 1 - 0.42 * (1 - 0.5 * lids.closure) * bump(v - crease, 0.009) * near
    skin *= 1 - 0.25 * person.bag * bump(v - lids.lower - 0.035, 0.012) * near
    ball = _eyeball(person, along, v, s, pose, glints) * light
    ball *= 1 - 0.55 * np.exp(-np.maximum(v - lids.upper, 0) / 0.020)  # the upper lid's shadow
    picture = skin * (1 - inside) + ball * inside
    roots = bump(v - lids.upper, 0.0075 * (1 + person.liner))
    picture *= 1 - min(0.72 + 0.15 * person.liner, 0.92) * roots * near
    picture *= 1 - 0.30 * bump(v - lids.lower - 0.004, 0.006) * near
    canvas[:] = picture
    _draw_lashes(image, person, pose, x, y, box)


def _eyeball(person: Anatomy, along: Image, v: Image, s: Image, pose: Pose, glints: tuple[Glint, ...]) -> Image:
    """Reflectance of sclera, iris and pupil, and the glints on top."""
    white = person.sclera_tone * (1 - 0.35 * s * s)
    white = white * (1 - 0.35 * ((s - 0.78) / 0.2).clip(0, 1))  # caruncle
    ix, iy = along - np.float32(0.062 * pose.gaze[0]), v - np.float32(-0.012 + 0.040 * pose.gaze[1])
    r = np.sqrt(ix * ix + iy * iy) / np.float32(person.iris)
    angle = np.arctan2(iy, ix)
    streaks = 1 + 0.18 * np.sin(11 * angle + person.texture_seed % 7) * np.sin(5 * angle + 1) + 0.25 * (0.8 - r)
    limbus = 1 - 0.55 * ((r - 0.78) / 0.22).clip(0, 1)
    edge = np.float32(person.iris * 90)
    iris = person.iris_tone * streaks * limbus
    iris = iris + (0.015 - iris) * ((person.pupil - r) * edge + 0.5).clip(0, 1)
    ball = white + (iris - white) * ((1 - r) * edge * 0.6 + 0.5).clip(0, 1)
    for glint in glints:
        gx, gy = ix / person.iris - np.float32(glint.x), iy / person.iris - np.float32(glint.y)
        ball = ball + glint.strength * np.exp(-(gx * gx + gy * gy) / np.float32(glint.radius) ** 2)
    return ball.astype(np.float32, copy=False)


def _draw_lashes(image: Image, person: Anatomy, pose: Pose, x: Image, y: Image, box: tuple[slice, slice]) -> None:
    """Draws the upper lashes; `x` and `y` are the face's coordinates of the pixels in `box`."""
    s, lengths = _lashes(int(26 * person.lash_density))
    lids = shape_lids(person, s, pose)
    c, sn = np.cos(person.tilt), np.sin(person.tilt)
    along = s * person.half_width
    root = np.array([c * along - sn * lids.upper, c * lids.upper + sn * along])  # (2, N)
    lift = np.float32(1 - 1.7 * lids.closure)  # open lids carry their lashes up, shut ones down
    right, down = 0.75 * s - 0.25, -lift * (0.55 + 0.25 * (1 - s * s))
    length = person.lash_length * lengths
    middle = root + length * np.array([0.5 * right, 0.35 * down + 0.10])
    hairs = np.array([root, middle, root + length * np.array([right, down])]).T.swapaxes(1, 2)  # (N, 3, 2)
    hairs = np.ascontiguousarray(hairs) + np.array(person.eye)
    mask = draw_hairs(image.shape, hairs, x, y, (box[1].start, box[0].start))
    image[box] *= 1 - (0.0026 * person.lash_density) * mask[box].astype(np.float32)


@lru_cache(maxsize=8)
def _lashes(count: int) -> tuple[Image, Floats]:
    """Where the lashes grow, -1 to 1, and how long each is relative to the longest: (N,) each."""
    return np.linspace(-1.0, 0.85, count).astype(np.float32), 0.7 + 0.3 * np.sin(7.0 * np.arange(count))


def _eye_box(person: Anatomy, size: int) -> tuple[slice, slice]:
    """Rows and columns that the eye may touch."""
    ex, ey = person.eye
    rows = slice(max(0, int((ey - 0.26) * size)), min(size, int((ey + 0.17) * size)))
    columns = slice(
        max(0, int((ex - person.half_width - 0.07) * size)), min(size, int((ex + person.half_width + 0.07) * size))
    )
    return rows, columns
