"""Scenes that the finder learns from, made on the device: faces, one eye alone, and nothing, before backgrounds."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.eye.contract import FOLLOWED_SIZE
from eyeprentice.finder.camera import expose, shade
from eyeprentice.finder.geometry import anchored, apply, places, sample, similarity
from eyeprentice.finder.material import BETWEEN, FACE
from eyeprentice.finder.pool import Pool

NEAREST, FARTHEST = 115.0, 11.0
"""Sizes of eyes in pixels."""
NONE, EYE, UNSURE = 0.0, 1.0, 2.0
"""What is true of a place: no eye, an eye, or one that is half hidden, of which nothing is asked."""

FAINT = 2.0 / 255
"""Deviation of grey below which nobody sees an eye."""


class Scenes(NamedTuple):
    """B scenes with up to two eyes each."""

    frames: Tensor  # (B, 1, H, W), 0..1
    eyes: Tensor
    """(B, 2, 7): state, x, y, size, tilt, left, openness (NaN where nobody knows)."""


class Draw:
    """Random numbers on a device."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=self.generator, device=self.generator.device)

    def normal(self, count: int, deviation: float = 1.0) -> Tensor:
        return deviation * torch.randn(count, generator=self.generator, device=self.generator.device)

    def scale(self, count: int, low: float, high: float) -> Tensor:
        """Evenly over the logarithm."""
        return torch.exp(self.uniform(count, math.log(low), math.log(high)))

    def below(self, limit: int, count: int) -> Tensor:
        return torch.randint(limit, (count,), generator=self.generator, device=self.generator.device)

    def chance(self, count: int, share: float) -> Tensor:
        return self.uniform(count) < share

    def sign(self, count: int) -> Tensor:
        return 1 - 2 * self.chance(count, 0.5).float()


def make_scenes(pool: Pool, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """`count` scenes of H x W pixels: about half with faces, a quarter with one eye alone, a quarter with nothing."""
    alone, nothing = round(0.27 * count), round(0.25 * count)
    parts = [
        make_faces(pool, count - alone - nothing, height, width, draw),
        make_closeups(pool, alone, height, width, draw),
        make_nothing(pool, nothing, height, width, draw),
    ]
    frames, eyes = (torch.cat(part) for part in zip(*parts, strict=True))
    frames, eyes = hide(pool, frames, eyes, draw)
    strength = torch.ones(count, device=pool.device)
    strength[count - alone - nothing : count - nothing] = 0.35  # a headset's camera has exposed these already
    frames, clean, noise = expose(frames, eyes[:, :, 3].amax(1), strength, draw)
    eyes = if_visible(clean, noise, at_border(eyes, height, width))
    return Scenes(pad(frames, draw), eyes)


def make_faces(pool: Pool, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """Faces of every size, turned, mirrored and narrowed; some with glasses, some whose eyes are covered with skin."""
    numbers = draw.below(len(pool.eyes), count)
    eyes = pool.eyes[numbers]
    followed = draw.chance(count, 0.25)
    size = draw.scale(count, FARTHEST, min(NEAREST, 1.2 * max(height, width)))
    size = torch.where(followed, FOLLOWED_SIZE * torch.exp(draw.normal(count, 0.2)), size)
    turn = draw.normal(count, math.radians(12)).clamp(-0.6, 0.6)
    flip = draw.sign(count)
    squash = torch.where(draw.chance(count, 0.4), draw.uniform(count, 0.75, 1.0), torch.ones_like(size))
    linear = similarity(size / BETWEEN, turn, flip, squash)
    anchor = _anchors(eyes, followed, draw)
    place = torch.stack([draw.uniform(count, 0.05, 0.95) * width, draw.uniform(count, 0.05, 0.95) * height], dim=1)
    middle = torch.tensor([width / 2, height / 2], device=pool.device)
    near = torch.stack([draw.normal(count), draw.normal(count)], dim=1) * 0.12 * FOLLOWED_SIZE
    place = torch.where(followed[:, None], middle + near, place)
    maps = anchored(linear, anchor, place)
    at = places(maps, height, width)
    layers = sample(pool.faces, numbers, at, size / BETWEEN)
    picture, inside, person = layers.split(1, dim=1)
    covered = round(0.08 * count)
    if covered:
        below = at[:covered] + torch.tensor([0.0, 0.62 * BETWEEN], device=pool.device)
        skin = sample(pool.faces, numbers[:covered], below, size[:covered] / BETWEEN)[:, :1]
        share = _around(at[:covered], eyes[:covered], 0.42, 0.26)
        picture = torch.cat([picture[:covered] + share * (skin - picture[:covered]), picture[covered:]])
    picture = _with_glasses(picture, at, eyes, draw)
    picture = shade(picture, (at - eyes.mean(1)[:, None, None]) / BETWEEN, draw)
    mask = torch.where(draw.chance(count, 0.6)[:, None, None, None], person, inside)
    behind = backgrounds(pool, count, height, width, draw)
    frames = behind + mask * (picture - behind)
    state = torch.full((count, 2), EYE, device=pool.device)
    state[:covered] = NONE
    seen = apply(maps, eyes)
    far = torch.stack([draw.uniform(count, 0.3, 1.8) for _ in range(4)], dim=1) * size[:, None]
    far = torch.where(torch.stack([draw.chance(count, 0.15) for _ in range(4)], dim=1), far, torch.inf)
    frames = within(frames, torch.cat([seen.amin(1) - far[:, :2], seen.amax(1) + far[:, 2:]], dim=1))
    sides = torch.tensor([[0.0, 1.0], [1.0, 0.0]], device=pool.device)  # a mirrored right eye is a left one
    left = sides[(flip < 0).long()]
    both = torch.stack([size * squash.sqrt(), turn, pool.face_openness[numbers]], dim=1)[:, None].expand(-1, 2, -1)
    truth = torch.cat([state[..., None], seen, both[..., :2], left[..., None], both[..., 2:]], dim=2)
    return Scenes(frames, truth)


def make_closeups(pool: Pool, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """One eye as a headset sees it: filling the scene, in the window of a tracker, or somewhere before a background."""
    numbers = draw.below(len(pool.closeup_eyes), count)
    truth = pool.closeup_eyes[numbers]
    side = pool.closeups[0].shape[-1]
    kind = draw.uniform(count)
    fits, followed = kind < 0.4, (kind >= 0.4) & (kind < 0.7)
    fit = min(height, width) / side * torch.exp(draw.normal(count, 0.03))
    aside = draw.scale(count, 26, min(NEAREST, max(height, width))) / truth[:, 2]
    scale = torch.where(
        fits, fit, torch.where(followed, FOLLOWED_SIZE / truth[:, 2] * torch.exp(draw.normal(count, 0.2)), aside)
    )
    flip = draw.sign(count)
    turn = torch.where(kind >= 0.7, draw.normal(count, 0.17), draw.normal(count, 0.03))
    linear = similarity(scale, turn, flip, torch.ones_like(scale))
    anchor = torch.where(fits[:, None], torch.full_like(truth[:, :2], side / 2), truth[:, :2])
    middle = torch.tensor([width / 2, height / 2], device=pool.device)
    jitter = torch.stack([draw.normal(count), draw.normal(count)], dim=1)
    somewhere = torch.stack([draw.uniform(count, 0.1, 0.9) * width, draw.uniform(count, 0.1, 0.9) * height], dim=1)
    corner = torch.full_like(middle, min(height, width) / 2)  # a search puts pictures there
    place = torch.where(followed[:, None], middle + 0.12 * FOLLOWED_SIZE * jitter, somewhere)
    place = torch.where(fits[:, None], corner + 0.5 * jitter, place)
    maps = anchored(linear, anchor, place)
    at = places(maps, height, width)
    picture = sample(pool.closeups, numbers, at, scale)
    mask = ((at > 0.5) & (at < side - 0.5)).all(3)[:, None].float()
    behind = backgrounds(pool, count, height, width, draw) * (kind >= 0.7)[:, None, None, None]
    frames = behind + mask * (picture - behind)
    left = torch.where(flip < 0, 1 - truth[:, 4], truth[:, 4])
    seen = apply(maps, truth[:, None, :2])[:, 0]
    tilt = flip * truth[:, 3] + turn
    eye = torch.stack([torch.full_like(tilt, EYE), *seen.T, truth[:, 2] * scale, tilt, left, truth[:, 5]], dim=1)
    return Scenes(frames, torch.stack([eye, torch.zeros_like(eye)], dim=1))


def make_nothing(pool: Pool, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """Textures, and parts of portraits that show no eye; most are framed by black or by others, as single eyes are."""
    frames = backgrounds(pool, count, height, width, draw, 0.6)
    kind, shape = draw.uniform(count), draw.scale(count, 0.6, 1.25)
    fit = min(height, width) * torch.exp(draw.normal(count, 0.03))
    corner = torch.stack([torch.zeros_like(fit), torch.zeros_like(fit), fit, fit * shape], dim=1)
    half = 0.5 * FOLLOWED_SIZE * draw.scale(count, 0.6, 2.8)
    x, y = (side / 2 + 0.12 * FOLLOWED_SIZE * draw.normal(count) for side in (width, height))
    window = torch.stack([x - half, y - half * shape, x + half, y + half * shape], dim=1)
    edges = torch.where((kind < 0.2)[:, None], corner, window)
    framed, shown = (kind < 0.6)[:, None, None, None], within(torch.ones_like(frames), edges)
    around = backgrounds(pool, count, height, width, draw) * (kind >= 0.45)[:, None, None, None]
    frames = torch.where(framed, around + shown * (frames - around), frames)
    return Scenes(frames, torch.zeros(count, 2, 7, device=pool.device))


def within(frames: Tensor, edges: Tensor) -> Tensor:
    """Black outside of a picture's edges (B, 4): left, top, right and bottom, in pixels."""
    height, width = frames.shape[2:]
    x = torch.arange(width, device=frames.device)[None] + 0.5
    y = torch.arange(height, device=frames.device)[None] + 0.5
    across = (x >= edges[:, :1]) & (x <= edges[:, 2:3])
    down = (y >= edges[:, 1:2]) & (y <= edges[:, 3:])
    return frames * (down[:, None, :, None] & across[:, None, None, :])


def backgrounds(pool: Pool, count: int, height: int, width: int, draw: Draw, patches: float = 0.15) -> Tensor:
    """(count, 1, H, W) of textures, or with a share of `patches` from portraits; each fills its scene."""
    turn = torch.where(draw.chance(count, 0.5), draw.normal(count, 0.3), torch.zeros(count, device=pool.device))
    found = []
    for pyramid in (pool.textures, pool.patches):
        side = pyramid[0].shape[-1]
        fill = max(height, width) / side
        scale = fill * (torch.cos(turn).abs() + torch.sin(turn).abs()) * draw.scale(count, 1.0, 1.8)
        linear = similarity(scale, turn, draw.sign(count), torch.ones_like(scale))
        middle = torch.full((count, 2), side / 2, device=pool.device)
        place = torch.tensor([width / 2, height / 2], device=pool.device).expand(count, 2)
        numbers = draw.below(len(pyramid[0]), count)
        found.append(sample(pyramid, numbers, places(anchored(linear, middle, place), height, width), scale))
    chosen: Tensor = torch.where(draw.chance(count, patches)[:, None, None, None], found[1], found[0])
    return chosen


def hide(pool: Pool, frames: Tensor, eyes: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
    """Covers a part of a quarter of the scenes: hands, hair, edges. Eyes that are covered are `UNSURE`."""
    count, _, height, width = frames.shape
    hit = draw.chance(count, 0.25)
    size = torch.where(eyes[:, 0, 3] > 0, eyes[:, 0, 3], torch.full_like(eyes[:, 0, 3], 0.3 * width))
    centre = (
        eyes[:, :, 1:3].mean(1) + torch.stack([draw.normal(count), draw.normal(count)], dim=1) * 1.2 * size[:, None]
    )
    turn, wide = draw.uniform(count, 0, math.pi), size * draw.scale(count, 0.25, 1.5)
    high = wide * draw.scale(count, 0.3, 3.0)

    def outside(points: Tensor) -> Tensor:
        """0 in the middle of what covers, 1 at its border: of points (B, N, 2)."""
        apart = points - centre[:, None]
        u = apart[..., 0] * torch.cos(turn)[:, None] + apart[..., 1] * torch.sin(turn)[:, None]
        v = apart[..., 1] * torch.cos(turn)[:, None] - apart[..., 0] * torch.sin(turn)[:, None]
        return ((u / wide[:, None]).abs() ** 3 + (v / high[:, None]).abs() ** 3) ** (1 / 3)

    y = torch.arange(height, device=frames.device) + 0.5
    x = torch.arange(width, device=frames.device) + 0.5
    at = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).reshape(1, -1, 2).expand(count, -1, 2)
    soft = 1.5 / wide
    share = ((1 - outside(at)) / soft[:, None]).clamp(0, 1).reshape(count, 1, height, width)
    share = share * hit[:, None, None, None]
    frames = frames + share * (backgrounds(pool, count, height, width, draw, 0.5) - frames)
    spread = 0.3 * eyes[:, :, 3:4] * torch.tensor([[1.0, 0.0]], device=frames.device)
    points = torch.cat([eyes[:, :, 1:3], eyes[:, :, 1:3] - spread, eyes[:, :, 1:3] + spread], dim=1)
    touched = ((outside(points) < 1.05) & hit[:, None]).reshape(count, 3, 2).any(1)
    state = torch.where(touched & (eyes[..., 0] == EYE), torch.full_like(eyes[..., 0], UNSURE), eyes[..., 0])
    return frames, torch.cat([state[..., None], eyes[..., 1:]], dim=2)


def pad(frames: Tensor, draw: Draw) -> Tensor:
    """Black at the right and below in some scenes, as where a picture's sides are no multiples of 16."""
    count, _, height, width = frames.shape
    keep_x = width - draw.uniform(count, 0, 15) * draw.chance(count, 0.15)
    keep_y = height - draw.uniform(count, 0, 15) * draw.chance(count, 0.15)
    x = torch.arange(width, device=frames.device)[None] < keep_x[:, None]
    y = torch.arange(height, device=frames.device)[None] < keep_y[:, None]
    return frames * (x[:, None, None, :] & y[:, None, :, None])


def at_border(eyes: Tensor, height: int, width: int) -> Tensor:
    """Eyes that the border cuts are `UNSURE`: by less than a seventh of the size they are eyes, far outside none."""
    state, size = eyes[..., 0], eyes[..., 3]
    x, y = eyes[..., 1], eyes[..., 2]
    within_x, within_y = torch.minimum(x, width - x), torch.minimum(y, height - y)
    unsure = (within_x < 0.16 * size) | (within_y < 0.08 * size)
    gone = (within_x < -0.5 * size) | (within_y < -0.5 * size)
    state = torch.where((state == EYE) & unsure, torch.full_like(state, UNSURE), state)
    state = torch.where(gone, torch.zeros_like(state), state)
    return torch.cat([state[..., None], eyes[..., 1:]], dim=2)


def if_visible(clean: Tensor, noise: Tensor, eyes: Tensor) -> Tensor:
    """Eyes are `UNSURE` where darkness, glare or noise (B,) leave less contrast than can be seen in `clean` frames."""
    height, width = clean.shape[2:]
    steps = torch.linspace(-0.25, 0.25, 9, device=clean.device)
    around = torch.stack(torch.meshgrid(steps, 0.6 * steps, indexing="xy"), dim=-1).reshape(1, 1, -1, 2)
    at = eyes[:, :, None, 1:3] + around * eyes[:, :, None, 3:4]
    grid = 2 * at / torch.tensor([width, height], device=clean.device) - 1
    contrast = F.grid_sample(clean, grid, align_corners=False, padding_mode="border")[:, 0].std(2)  # (B, 2)
    faint = contrast < torch.clamp(0.6 * noise, min=FAINT)[:, None]
    state = torch.where(faint & (eyes[..., 0] == EYE), torch.full_like(eyes[..., 0], UNSURE), eyes[..., 0])
    return torch.cat([state[..., None], eyes[..., 1:]], dim=2)


def _anchors(eyes: Tensor, followed: Tensor, draw: Draw) -> Tensor:
    """The point of each face (B, 2) that is put at a place in the scene: an eye, what lies between, or any other."""
    count = len(eyes)
    kind = torch.where(followed, torch.zeros(count, device=eyes.device), draw.uniform(count))
    eye = eyes[torch.arange(count, device=eyes.device), draw.below(2, count)]
    anywhere = torch.stack([draw.uniform(count, 0.15, 0.85), draw.uniform(count, 0.1, 0.95)], dim=1) * FACE
    chosen = torch.where((kind < 0.5)[:, None], eye, eyes.mean(1))
    return torch.where((kind > 0.8)[:, None], anywhere, chosen)


def _around(at: Tensor, eyes: Tensor, wide: float, high: float) -> Tensor:
    """1 around both eyes (B, 2, 2), falling to 0 outside ellipses of these half axes in distances between the eyes."""
    apart = (at[:, None] - eyes[:, :, None, None]) / BETWEEN  # (B, 2, H, W, 2)
    distance = ((apart[..., 0] / wide) ** 2 + (apart[..., 1] / high) ** 2).sqrt()
    return ((1.15 - distance) / 0.3).clamp(0, 1).amax(1, keepdim=True)


def _with_glasses(pictures: Tensor, at: Tensor, eyes: Tensor, draw: Draw) -> Tensor:
    """Rims around both eyes, a bridge, and a reflection on the glass, on a fifth of the faces."""
    count = len(pictures)

    def each(values: Tensor) -> Tensor:
        return values[:, None, None, None]

    worn = draw.chance(count, 0.2)
    u = (at[:, None] - eyes[:, :, None, None]) / BETWEEN  # (B, 2, H, W, 2)
    away = torch.tensor([-1.0, 1.0], device=at.device)[None, :, None, None]
    x, y = u[..., 0] - 0.03 * away, u[..., 1] - 0.06
    power = each(draw.uniform(count, 2.0, 5.0))
    wide, high = each(draw.uniform(count, 0.34, 0.44)), each(draw.uniform(count, 0.22, 0.34))
    shape = ((x / wide).abs() ** power + (y / high).abs() ** power) ** (1 / power)
    thick = each(draw.uniform(count, 0.010, 0.045))
    rim = torch.exp(-((((shape - 1) * 0.35) / thick) ** 4)).amax(1, keepdim=True)
    middle = (at - eyes.mean(1)[:, None, None]) / BETWEEN
    bridge = torch.exp(-(((middle[..., 1:] + 0.03) / 0.03) ** 4))[..., 0] * (middle[..., 0].abs() < 0.14)
    rim = torch.maximum(rim, bridge[:, None])
    tone, strength = each(draw.uniform(count) ** 2), each(draw.uniform(count, 0.3, 1.0) * worn)
    pictures = pictures + strength * rim * (tone - pictures)
    slope, where = each(draw.uniform(count, -0.6, 0.6)), each(draw.uniform(count, -0.3, 0.3))
    glare = torch.exp(-(((x - where + slope * y) / each(draw.uniform(count, 0.03, 0.10))) ** 4)) * (shape < 1)
    return pictures + each(draw.uniform(count, 0, 0.5) * worn * draw.chance(count, 0.4)) * glare.amax(1, keepdim=True)
