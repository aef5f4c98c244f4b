"""Scenes that the finder learns from, made on the device: faces, one eye alone, and nothing, before backgrounds."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.eye.contract import FOLLOWED_SIZE
from eyeprentice.finder.effects import (
    Draw,
    around_eyes,
    backgrounds,
    each,
    expose,
    pad,
    put_on_glasses,
    shade,
    within,
)  # fmt: skip
from eyeprentice.finder.material import BETWEEN, FACE
from eyeprentice.finder.picture_bank import (
    PictureBank,
    anchored,
    apply_maps,
    pixel_centres,
    places,
    sample,
    similarity,
)  # fmt: skip

NEAREST, FARTHEST = 115.0, 11.0
"""Sizes of eyes in pixels."""
NO_EYE, EYE, UNSURE = 0.0, 1.0, 2.0
"""What is true of a place: no eye, an eye, or one that is half hidden, of which nothing is asked."""
FAINT = 2.0 / 255
"""Deviation of grey below which nobody sees an eye."""


class Scenes(NamedTuple):
    """B scenes with up to two eyes each."""

    frames: Tensor  # (B, 1, H, W), 0..1
    eyes: Tensor
    """(B, 2, 7): state, x, y, size, tilt, left, openness (NaN where nobody knows)."""


def make_scenes(bank: PictureBank, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """`count` scenes of H x W pixels: about half with faces, a quarter with one eye alone, a quarter with nothing."""
    alone, nothing = round(0.27 * count), round(0.25 * count)
    parts = [
        make_faces(bank, count - alone - nothing, height, width, draw),
        make_closeups(bank, alone, height, width, draw),
        make_nothing(bank, nothing, height, width, draw),
    ]
    frames, eyes = (torch.cat(part) for part in zip(*parts, strict=True))
    frames, eyes = hide(bank, frames, eyes, draw)
    strength = torch.ones(count, device=bank.device)
    strength[count - alone - nothing : count - nothing] = 0.35  # a headset's camera has exposed these already
    frames, clean, noise = expose(frames, eyes[:, :, 3].amax(1), strength, draw)
    eyes = if_visible(clean, noise, at_border(eyes, height, width))
    return Scenes(pad(frames, draw), eyes)


def make_faces(bank: PictureBank, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """Faces of every size, turned, mirrored and narrowed; some with glasses, some whose eyes are covered with skin."""
    numbers = draw.below(len(bank.eyes), count)
    eyes = bank.eyes[numbers]
    followed = draw.chance(count, 0.25)
    size = draw.scale(count, FARTHEST, min(NEAREST, 1.2 * max(height, width)))
    size = torch.where(followed, FOLLOWED_SIZE * torch.exp(draw.normal(count, 0.2)), size)
    turn = draw.normal(count, math.radians(12)).clamp(-0.6, 0.6)
    flip = draw.sign(count)
    squash = torch.where(draw.chance(count, 0.4), draw.uniform(count, 0.75, 1.0), torch.ones_like(size))
    linear = similarity(size / BETWEEN, turn, flip, squash)
    anchor = _anchors(eyes, followed, draw)
    place = torch.stack([draw.uniform(count, 0.05, 0.95) * width, draw.uniform(count, 0.05, 0.95) * height], dim=1)
    middle = torch.tensor([width / 2, height / 2], device=bank.device)
    place = torch.where(followed[:, None], middle + draw.points(count) * 0.12 * FOLLOWED_SIZE, place)
    maps = anchored(linear, anchor, place)
    at = places(maps, height, width)
    layers = sample(bank.faces, numbers, at, size / BETWEEN)
    picture, inside, person = layers.split(1, dim=1)
    covered = round(0.08 * count)
    if covered:
        below = at[:covered] + torch.tensor([0.0, 0.62 * BETWEEN], device=bank.device)
        skin = sample(bank.faces, numbers[:covered], below, size[:covered] / BETWEEN)[:, :1]
        share = around_eyes(at[:covered], eyes[:covered], 0.42, 0.26)
        picture = torch.cat([picture[:covered] + share * (skin - picture[:covered]), picture[covered:]])
    picture = put_on_glasses(picture, at, eyes, draw)
    picture = shade(picture, (at - eyes.mean(1)[:, None, None]) / BETWEEN, draw)
    mask = torch.where(each(draw.chance(count, 0.6)), person, inside)
    behind = backgrounds(bank, count, height, width, draw)
    frames = behind + mask * (picture - behind)
    state = torch.full((count, 2), EYE, device=bank.device)
    state[:covered] = NO_EYE
    seen = apply_maps(maps, eyes)
    far = torch.stack([draw.uniform(count, 0.3, 1.8) for _ in range(4)], dim=1) * size[:, None]
    far = torch.where(torch.stack([draw.chance(count, 0.15) for _ in range(4)], dim=1), far, torch.inf)
    frames = within(frames, torch.cat([seen.amin(1) - far[:, :2], seen.amax(1) + far[:, 2:]], dim=1))
    sides = torch.tensor([[0.0, 1.0], [1.0, 0.0]], device=bank.device)  # a mirrored right eye is a left one
    left = sides[(flip < 0).long()]
    both = torch.stack([size * squash.sqrt(), turn, bank.face_openness[numbers]], dim=1)[:, None].expand(-1, 2, -1)
    truth = torch.cat([state[..., None], seen, both[..., :2], left[..., None], both[..., 2:]], dim=2)
    return Scenes(frames, truth)


def make_closeups(bank: PictureBank, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """One eye as a headset sees it: filling the scene, in the window of a tracker, or somewhere before a background."""
    numbers = draw.below(len(bank.closeup_eyes), count)
    truth = bank.closeup_eyes[numbers]
    side = bank.closeups[0].shape[-1]
    kind = draw.uniform(count)
    fits, followed = kind < 0.4, (kind >= 0.4) & (kind < 0.7)
    fit = min(height, width) / side * torch.exp(draw.normal(count, 0.03))
    aside = draw.scale(count, 26, min(NEAREST, max(height, width))) / truth[:, 2]
    near = FOLLOWED_SIZE / truth[:, 2] * torch.exp(draw.normal(count, 0.2))
    scale = torch.where(fits, fit, torch.where(followed, near, aside))
    flip = draw.sign(count)
    turn = torch.where(kind >= 0.7, draw.normal(count, 0.17), draw.normal(count, 0.03))
    linear = similarity(scale, turn, flip, torch.ones_like(scale))
    anchor = torch.where(fits[:, None], torch.full_like(truth[:, :2], side / 2), truth[:, :2])
    middle = torch.tensor([width / 2, height / 2], device=bank.device)
    jitter = draw.points(count)
    somewhere = torch.stack([draw.uniform(count, 0.1, 0.9) * width, draw.uniform(count, 0.1, 0.9) * height], dim=1)
    corner = torch.full_like(middle, min(height, width) / 2)  # a search puts pictures there
    place = torch.where(followed[:, None], middle + 0.12 * FOLLOWED_SIZE * jitter, somewhere)
    place = torch.where(fits[:, None], corner + 0.5 * jitter, place)
    maps = anchored(linear, anchor, place)
    at = places(maps, height, width)
    picture = sample(bank.closeups, numbers, at, scale)
    mask = ((at > 0.5) & (at < side - 0.5)).all(3)[:, None].float()
    behind = backgrounds(bank, count, height, width, draw) * each(kind >= 0.7)
    frames = behind + mask * (picture - behind)
    left = torch.where(flip < 0, 1 - truth[:, 4], truth[:, 4])
    seen = apply_maps(maps, truth[:, None, :2])[:, 0]
    tilt = flip * truth[:, 3] + turn
    eye = torch.stack([torch.full_like(tilt, EYE), *seen.T, truth[:, 2] * scale, tilt, left, truth[:, 5]], dim=1)
    return Scenes(frames, torch.stack([eye, torch.zeros_like(eye)], dim=1))


def make_nothing(bank: PictureBank, count: int, height: int, width: int, draw: Draw) -> Scenes:
    """Textures, and parts of portraits that show no eye; most are framed by black or by others, as single eyes are."""
    frames = backgrounds(bank, count, height, width, draw, 0.6)
    kind, shape = draw.uniform(count), draw.scale(count, 0.6, 1.25)
    fit = min(height, width) * torch.exp(draw.normal(count, 0.03))
    corner = torch.stack([torch.zeros_like(fit), torch.zeros_like(fit), fit, fit * shape], dim=1)
    half = 0.5 * FOLLOWED_SIZE * draw.scale(count, 0.6, 2.8)
    x, y = (side / 2 + 0.12 * FOLLOWED_SIZE * draw.normal(count) for side in (width, height))
    window = torch.stack([x - half, y - half * shape, x + half, y + half * shape], dim=1)
    edges = torch.where((kind < 0.2)[:, None], corner, window)
    framed, shown = each(kind < 0.6), within(torch.ones_like(frames), edges)
    around = backgrounds(bank, count, height, width, draw) * each(kind >= 0.45)
    frames = torch.where(framed, around + shown * (frames - around), frames)
    return Scenes(frames, torch.zeros(count, 2, 7, device=bank.device))


def hide(bank: PictureBank, frames: Tensor, eyes: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
    """Covers a part of a quarter of the scenes: hands, hair, edges. Eyes that are covered are `UNSURE`."""
    count, _, height, width = frames.shape
    hit = draw.chance(count, 0.25)
    size = torch.where(eyes[:, 0, 3] > 0, eyes[:, 0, 3], torch.full_like(eyes[:, 0, 3], 0.3 * width))
    centre = eyes[:, :, 1:3].mean(1) + draw.points(count) * 1.2 * size[:, None]
    turn, wide = draw.uniform(count, 0, math.pi), size * draw.scale(count, 0.25, 1.5)
    high = wide * draw.scale(count, 0.3, 3.0)

    def outside(points: Tensor) -> Tensor:
        """0 in the middle of what covers, 1 at its border: of points (B, N, 2)."""
        apart = points - centre[:, None]
        u = apart[..., 0] * torch.cos(turn)[:, None] + apart[..., 1] * torch.sin(turn)[:, None]
        v = apart[..., 1] * torch.cos(turn)[:, None] - apart[..., 0] * torch.sin(turn)[:, None]
        return ((u / wide[:, None]).abs() ** 3 + (v / high[:, None]).abs() ** 3) ** (1 / 3)

    at = pixel_centres(height, width, frames.device).reshape(1, -1, 2).expand(count, -1, 2)
    soft = 1.5 / wide
    share = ((1 - outside(at)) / soft[:, None]).clamp(0, 1).reshape(count, 1, height, width)
    frames = frames + share * each(hit) * (backgrounds(bank, count, height, width, draw, 0.5) - frames)
    spread = 0.3 * eyes[:, :, 3:4] * torch.tensor([[1.0, 0.0]], device=frames.device)
    points = torch.cat([eyes[:, :, 1:3], eyes[:, :, 1:3] - spread, eyes[:, :, 1:3] + spread], dim=1)
    touched = ((outside(points) < 1.05) & hit[:, None]).reshape(count, 3, 2).any(1)
    return frames, make_unsure(eyes, touched)


def at_border(eyes: Tensor, height: int, width: int) -> Tensor:
    """Eyes that the border cuts are `UNSURE`: by less than a seventh of the size they are eyes, far outside none."""
    x, y, size = eyes[..., 1:4].unbind(2)
    within_x, within_y = torch.minimum(x, width - x), torch.minimum(y, height - y)
    unsure = (within_x < 0.16 * size) | (within_y < 0.08 * size)
    gone = (within_x < -0.5 * size) | (within_y < -0.5 * size)
    eyes = make_unsure(eyes, unsure)
    return torch.cat([eyes[..., :1].masked_fill(gone[..., None], NO_EYE), eyes[..., 1:]], dim=2)


def if_visible(clean: Tensor, noise: Tensor, eyes: Tensor) -> Tensor:
    """Eyes are `UNSURE` where darkness, glare or noise (B,) leave less contrast than can be seen in `clean` frames."""
    height, width = clean.shape[2:]
    steps = torch.linspace(-0.25, 0.25, 9, device=clean.device)
    around = torch.stack(torch.meshgrid(steps, 0.6 * steps, indexing="xy"), dim=-1).reshape(1, 1, -1, 2)
    at = eyes[:, :, None, 1:3] + around * eyes[:, :, None, 3:4]
    grid = 2 * at / torch.tensor([width, height], device=clean.device) - 1
    contrast = F.grid_sample(clean, grid, align_corners=False, padding_mode="border")[:, 0].std(2)  # (B, 2)
    faint = contrast < torch.clamp(0.6 * noise, min=FAINT)[:, None]
    return make_unsure(eyes, faint)


def make_unsure(eyes: Tensor, which: Tensor) -> Tensor:
    """Those of the eyes (B, N, 7) that are seen, and are among `which` (B, N), become `UNSURE`."""
    state = eyes[..., 0].masked_fill(which & (eyes[..., 0] == EYE), UNSURE)
    return torch.cat([state[..., None], eyes[..., 1:]], dim=2)


def _anchors(eyes: Tensor, followed: Tensor, draw: Draw) -> Tensor:
    """The point of each face (B, 2) that is put at a place in the scene: an eye, what lies between, or any other."""
    count = len(eyes)
    kind = torch.where(followed, torch.zeros(count, device=eyes.device), draw.uniform(count))
    eye = eyes[torch.arange(count, device=eyes.device), draw.below(2, count)]
    anywhere = torch.stack([draw.uniform(count, 0.15, 0.85), draw.uniform(count, 0.1, 0.95)], dim=1) * FACE
    chosen = torch.where((kind < 0.5)[:, None], eye, eyes.mean(1))
    return torch.where((kind > 0.8)[:, None], anywhere, chosen)
