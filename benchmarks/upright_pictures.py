"""Sources whose upright is known: eyes and faces of people who gave nothing to the training, a few frames of each.

`whole`, `close` and `wide` are cut out of real portraits as a headset's camera would see them: 0.85 to 1.15, 0.6 to 0.8
and 1.3 to 2 times as wide as the recogniser's crop. `oblique` is a camera that looks from below or from the side, by
infrared light: 0.6 to 1.3 times as wide, up to a third flatter in one direction, with other tones of skin. `face` is
the portrait as a square and as a webcam's picture. All of these are also re-enacted with shut eyes. `headset` is
simulated: drawn people, and people of a cast, in all kinds of light.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from finder_portraits import portraits
from finder_videos import headset_video

from eyeprentice.eye.contract import Grey
from eyeprentice.finder.portraits import centres, patches_without_eyes, role_of
from eyeprentice.finder.simulated import reenact, sample_poses
from eyeprentice.finder.textures import texture
from eyeprentice.sources.pictures import read_picture
from eyeprentice.synth.cast.folder import open_cast
from eyeprentice.synth.people import DRAWN
from eyeprentice.words.vocabulary import EYE_IN_CROP, LIGHTINGS

FRAMES = 5
VIEWS = {"close": (0.6, 0.8), "whole": (0.85, 1.15), "wide": (1.3, 2.0)}
"""Sides of what is seen, in sizes of the eye."""
SHAPES = ((192, 192), (400, 400), (480, 640))
"""Heights and widths of headset cameras' pictures."""
FACE_HEIGHT = 480
UNFLAT = np.eye(2)
TEXTURES = 200


class Source(NamedTuple):
    kind: str
    person: str
    frames: list[Grey]


def sources(root: Path, people: str, cast: Path | None, drawn: range, seed: int) -> Iterator[Source]:
    """Of portraits below `root` and the cast's members with the role `people` (`test`, `validation`)."""
    rng = np.random.default_rng(seed)
    for _, name, picture, eyes in _named(root, people):
        yield from _views(name, picture, eyes, rng)
        yield from _faces("face", name, picture, rng)
    if cast is not None:
        yield from _shut_faces(root, people, cast, rng)
        named = enumerate(open_cast(cast).members)
        members = {number: _number(member.name) for number, member in named if role_of(member.name) == people}
        yield from _headsets("headset, re-enacted", str(cast), members, rng)
    yield from _headsets("headset, drawn", DRAWN, {number: f"drawn {number}" for number in drawn}, rng)
    yield from _nothing(root, people, rng)


def _named(root: Path, people: str) -> Iterator[tuple[str, str, Grey, np.ndarray]]:
    names = [
        _number(path.stem)
        for expression in ("neutral", "smiling")
        for path in sorted((root / "london" / expression).glob("*.jpg"))
        if role_of(path.stem) == people
    ]
    for name, (expression, picture, eyes) in zip(names, portraits(root, people), strict=True):
        yield expression, name, picture, eyes


def _number(name: str) -> str:
    """The person in a name like 012_03."""
    return name.split("_")[0]


def _views(name: str, picture: Grey, eyes: np.ndarray, rng: np.random.Generator) -> Iterator[Source]:
    between = float(np.linalg.norm(eyes[1] - eyes[0]))
    for kind, sides in VIEWS.items():
        for eye in eyes:
            height, width = SHAPES[rng.integers(len(SHAPES))]
            side = between * rng.uniform(*sides)
            centre = eye + between * (0.5 - np.array(EYE_IN_CROP)) + rng.uniform(-0.06, 0.06, 2) * side
            turn = rng.normal(0, np.radians(8))
            frames = []
            for _ in range(FRAMES):
                at = centre + rng.normal(0, 0.01 * side, 2)
                frames.append(_seen(picture, at, side / width, turn, height, width))
            yield Source(kind, name, _photographed(frames, rng))
    for eye in eyes:
        yield Source("oblique", name, _photographed(_oblique(picture, eye, between, rng), rng))


def _oblique(picture: Grey, eye: np.ndarray, between: float, rng: np.random.Generator) -> list[Grey]:
    height, width = SHAPES[rng.integers(len(SHAPES))]
    scale, turn, along = between * rng.uniform(0.6, 1.3) / width, rng.normal(0, np.radians(8)), rng.uniform(0, np.pi)
    c, s = np.cos(along), np.sin(along)
    axes = np.array([[c, -s], [s, c]])
    flat = axes @ np.diag([1.0, rng.uniform(1, 1.5)]) @ axes.T
    centre = eye + between * rng.uniform(-0.12, 0.12, 2)
    tones = np.interp(np.arange(256), [0, 40, 110, 255], 255 * np.sort(rng.uniform(0, 1, 4))).astype(np.uint8)
    frames = []
    for _ in range(FRAMES):
        at = centre + rng.normal(0, 0.01 * between, 2)
        frames.append(tones[_seen(picture, at, scale, turn, height, width, flat)])
    return frames


def _seen(
    picture: Grey, centre: np.ndarray, scale: float, turn: float, height: int, width: int, flat: np.ndarray = UNFLAT
) -> Grey:
    """The part of a picture around `centre`, of which a pixel is `scale` of the picture's."""
    soft = cv2.GaussianBlur(picture, (0, 0), 0.35 * scale) if scale > 1 else picture
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    linear = flat @ np.array([[c, -s], [s, c]])
    matrix = np.column_stack([linear, centre - 0.5 - linear @ [(width - 1) / 2, (height - 1) / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(soft, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def _photographed(frames: list[Grey], rng: np.random.Generator) -> list[Grey]:
    """As one camera records them: exposure, gamma, a lamp from one side, blur and noise."""
    height, width = frames[0].shape
    gain, gamma = np.exp(rng.normal(0, 0.35)), np.exp(rng.normal(0, 0.3))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    lamp = 1 + rng.uniform(0, 0.6) * (np.cos(angle) * x + np.sin(angle) * y)
    vignette = 1 - rng.uniform(0, 0.35) * (x * x + y * y) / 2
    blur, noise = rng.uniform(0, 0.006) * width, rng.uniform(1, 8)
    recorded = []
    for frame in frames:
        level = 255 * gain * lamp * vignette * (frame / 255) ** gamma
        level = cv2.GaussianBlur(level, (0, 0), max(blur, 0.1)) + rng.normal(0, noise, frame.shape)
        recorded.append(np.clip(np.rint(level), 0, 255).astype(np.uint8))
    return recorded


def _faces(kind: str, name: str, picture: Grey, rng: np.random.Generator) -> Iterator[Source]:
    """As a square, and as a webcam sees them, smaller and with the wall on both sides."""
    scale = FACE_HEIGHT / picture.shape[0]
    for width, share in ((FACE_HEIGHT, 1.0), (4 * FACE_HEIGHT // 3, rng.uniform(0.6, 1.0))):
        middle, turn = np.array(picture.shape[::-1]) / 2, rng.normal(0, np.radians(8))
        frames = [
            _seen(picture, middle + rng.normal(0, 4, 2), 1 / (scale * share), turn, FACE_HEIGHT, width)
            for _ in range(FRAMES)
        ]
        yield Source(kind, name, _photographed(frames, rng))


def _shut_faces(root: Path, people: str, cast: Path, rng: np.random.Generator) -> Iterator[Source]:
    opened = open_cast(cast)
    for number, member in enumerate(opened.members):
        path = root / "london" / "neutral" / f"{member.name}.jpg"
        if role_of(member.name) == people and path.is_file():
            portrait = read_picture(path)
            eyes = centres(path, *portrait.shape[::-1])
            shut = reenact(portrait, eyes, opened, number, sample_poses(rng)[:1])[0]
            name = _number(member.name)
            yield from _faces("face, eyes shut", name, shut, rng)
            for source in _views(name, shut, eyes, rng):
                yield source._replace(kind=f"{source.kind}, eye shut")


def _headsets(kind: str, people: str, members: dict[int, str], rng: np.random.Generator) -> Iterator[Source]:
    """Of the members with these numbers, who are called so."""
    for number, name in members.items():
        for variety in ("see", "wild"):
            lighting = LIGHTINGS[rng.integers(len(LIGHTINGS))]
            frames = headset_video(people, variety, lighting, number).frames
            spread = np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)
            yield Source(f"{kind}, {variety}", name, [frames[at] for at in spread])


def _nothing(root: Path, people: str, rng: np.random.Generator) -> Iterator[Source]:
    """Textures, and parts of portraits that show no eye."""
    for number in range(TEXTURES):
        wall = texture(rng, 200)
        yield Source("no eye", f"texture {number}", [wall[at : at + 192, at : at + 192] for at in range(FRAMES)])
    for _, name, picture, eyes in _named(root, people):
        for part in patches_without_eyes(picture, eyes, 4, rng):
            yield Source("no eye", name, _photographed([part] * FRAMES, rng))
