"""What stands behind and before faces, and what light and cameras do to scenes (B, 1, H, W); all of it at random."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.finder.material import BETWEEN
from eyeprentice.finder.picture_bank import PictureBank, anchored, places, sample, similarity


class Draw:
    """Random numbers on a device, `count` at a time."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=self.generator, device=self.generator.device)

    def normal(self, count: int, deviation: float = 1.0) -> Tensor:
        return deviation * torch.randn(count, generator=self.generator, device=self.generator.device)

    def scale(self, count: int, low: float, high: float) -> Tensor:
        """Evenly over the logarithm."""
        return torch.exp(self.uniform(count, math.log(low), math.log(high)))

    def points(self, count: int) -> Tensor:
        """(count, 2), each of the two as `normal`."""
        return torch.stack([self.normal(count), self.normal(count)], dim=1)

    def below(self, limit: int, count: int) -> Tensor:
        return torch.randint(limit, (count,), generator=self.generator, device=self.generator.device)

    def chance(self, count: int, share: float) -> Tensor:
        return self.uniform(count) < share

    def sign(self, count: int) -> Tensor:
        return 1 - 2 * self.chance(count, 0.5).float()


def each(values: Tensor) -> Tensor:
    """Numbers (B,) as factors of pictures (B, C, H, W)."""
    return values[:, None, None, None]


def within(frames: Tensor, edges: Tensor) -> Tensor:
    """Black outside of a picture's edges (B, 4): left, top, right and bottom, in pixels."""
    height, width = frames.shape[2:]
    x = torch.arange(width, device=frames.device)[None] + 0.5
    y = torch.arange(height, device=frames.device)[None] + 0.5
    across = (x >= edges[:, :1]) & (x <= edges[:, 2:3])
    down = (y >= edges[:, 1:2]) & (y <= edges[:, 3:])
    return frames * (down[:, None, :, None] & across[:, None, None, :])


def backgrounds(bank: PictureBank, count: int, height: int, width: int, draw: Draw, patches: float = 0.15) -> Tensor:
    """(count, 1, H, W) of textures, or with a share of `patches` from portraits; each fills its scene."""
    turn = torch.where(draw.chance(count, 0.5), draw.normal(count, 0.3), torch.zeros(count, device=bank.device))
    found = []
    for pyramid in (bank.textures, bank.patches):
        side = pyramid[0].shape[-1]
        fill = max(height, width) / side
        scale = fill * (torch.cos(turn).abs() + torch.sin(turn).abs()) * draw.scale(count, 1.0, 1.8)
        linear = similarity(scale, turn, draw.sign(count), torch.ones_like(scale))
        middle = torch.full((count, 2), side / 2, device=bank.device)
        place = torch.tensor([width / 2, height / 2], device=bank.device).expand(count, 2)
        numbers = draw.below(len(pyramid[0]), count)
        found.append(sample(pyramid, numbers, places(anchored(linear, middle, place), height, width), scale))
    return torch.where(each(draw.chance(count, patches)), found[1], found[0])


def pad(frames: Tensor, draw: Draw) -> Tensor:
    """Black at the right and below in some scenes, as where a picture's sides are no multiples of 16."""
    count, _, height, width = frames.shape
    kept = [side - draw.uniform(count, 0, 15) * draw.chance(count, 0.15) + 0.5 for side in (width, height)]
    return within(frames, torch.stack([torch.zeros_like(kept[0]), torch.zeros_like(kept[0]), *kept], dim=1))


def shade(pictures: Tensor, at: Tensor, draw: Draw) -> Tensor:
    """Light from one side on 35 % of the faces; `at` (B, H, W, 2) are places in distances between the eyes."""
    count = len(pictures)
    angle, sharp = draw.uniform(count, 0, 2 * math.pi), draw.scale(count, 0.6, 6.0)
    along = at[..., 0] * torch.cos(angle)[:, None, None] + at[..., 1] * torch.sin(angle)[:, None, None]
    dark = torch.where(draw.chance(count, 0.35), draw.scale(count, 0.1, 0.8), torch.ones(count, device=at.device))
    lit = torch.sigmoid(along * sharp[:, None, None] + draw.normal(count)[:, None, None])
    return pictures * (dark[:, None, None] + (1 - dark)[:, None, None] * lit)[:, None]


def around_eyes(at: Tensor, eyes: Tensor, wide: float, high: float) -> Tensor:
    """1 around both eyes (B, 2, 2), falling to 0 outside ellipses of these half axes in distances between the eyes."""
    apart = (at[:, None] - eyes[:, :, None, None]) / BETWEEN  # (B, 2, H, W, 2)
    distance = ((apart[..., 0] / wide) ** 2 + (apart[..., 1] / high) ** 2).sqrt()
    return ((1.15 - distance) / 0.3).clamp(0, 1).amax(1, keepdim=True)


def put_on_glasses(pictures: Tensor, at: Tensor, eyes: Tensor, draw: Draw) -> Tensor:
    """Rims around both eyes, a bridge, and a reflection on the glass, on a fifth of the faces."""
    count = len(pictures)
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


def expose(frames: Tensor, size: Tensor, strength: Tensor, draw: Draw) -> tuple[Tensor, Tensor, Tensor]:
    """As a camera records them: gamma, exposure from dark to burnt out, blur that leaves eyes of `size` (B,), noise.

    `strength` (B,) is the power that exposure is raised to. Gives the frames, the same without noise, and the noise's
    deviation (B,).
    """
    count = len(frames)
    frames = frames.clamp(0, 1) ** each(torch.exp(draw.normal(count, 0.25)))
    kind = draw.uniform(count)
    gain = torch.exp(draw.normal(count, 0.25))
    gain = torch.where(kind < 0.22, draw.scale(count, 0.06, 0.4), gain)
    gain = torch.where(kind > 0.84, draw.uniform(count, 1.3, 3.0), gain) ** strength
    base = draw.uniform(count, 0, 0.25) * draw.chance(count, 0.15)  # stray light
    frames = each(base) + each((gain - base).clamp(min=0.02)) * frames
    frames = _blurred(frames, draw.uniform(count, 0.0, 1.0) * (0.3 + 0.035 * size) * draw.chance(count, 0.6))
    clean = frames.clamp(0, 1)
    shot, read = draw.scale(count, 1e-5, 1e-3), draw.scale(count, 5e-4, 0.012)
    deviation = (clean * each(shot) + each(read) ** 2).sqrt()
    noise = torch.randn(frames.shape, generator=draw.generator, device=frames.device)
    noisy = ((clean + deviation * noise).clamp(0, 1) * 255).round() / 255
    return noisy, clean, deviation.mean((1, 2, 3))


def _blurred(frames: Tensor, deviation: Tensor) -> Tensor:
    """Gaussian blur with a deviation for each frame, up to 4 pixels."""
    count, _, height, width = frames.shape
    reach = 6
    at = torch.arange(-reach, reach + 1, device=frames.device)
    kernel = torch.exp(-0.5 * (at / deviation.clamp(0.05, 4.0)[:, None]) ** 2)
    kernel = kernel / kernel.sum(1, keepdim=True)
    rows = F.pad(frames.view(1, count, height, width), (reach,) * 4, mode="replicate")
    rows = F.conv2d(rows, kernel[:, None, None, :], groups=count)
    return F.conv2d(rows, kernel[:, None, :, None], groups=count).view(count, 1, height, width)
