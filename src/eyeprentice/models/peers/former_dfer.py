"""Former-DFER: ResNet-18 with attention over the places of a frame, then attention over the frames of a clip.

Zhao and Liu, *Former-DFER: Dynamic Facial Expression Recognition Transformer*, ACM MM 2021: 18 million parameters.
One transformer layer (8 heads of 32, 512 hidden units) between the third and the fourth stage of ResNet-18, and
three (8 heads of 64, 1,024 hidden units) over the frames, whose class token is read. SEEN's authors compare with it:
8.3 GFLOPs for 16 pictures of 112x112, and on SEE WAR 65.8, pretrained on faces (arXiv 2310.04043). Written from the
paper's description and the authors' settings; here it is not pretrained, because no other model is.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import every_step, pictures, refuse_state
from eyeprentice.models.residual import CHANNELS, resnet18
from eyeprentice.snn import State
from eyeprentice.words import limits
from eyeprentice.words.settings import SMALLEST, WIDTHS, Training, check_ranges
from eyeprentice.words.vocabulary import EMOTIONS

HEADS = 8


@dataclass(frozen=True)
class FormerDFERSettings:
    """The defaults make 18,031,943 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 112
    """Pixels that frames are resized to."""
    steps: int = 16
    """The longest clip."""

    def __post_init__(self) -> None:
        check_ranges(self, {"width": WIDTHS, "side": (SMALLEST, limits.SIDE), "steps": (1, limits.STEPS)})


class FormerDFER(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), the same in every step, and ()."""

    needs_whole_clips = True
    preset = Training(batch_size=64, learning_rate=3e-4)

    def __init__(self, settings: FormerDFERSettings) -> None:
        super().__init__()
        self.side = settings.side
        third, last = (scaled(number, settings.width) for number in CHANNELS[-2:])
        trunk = resnet18(3, settings.width)
        self.early = nn.Sequential(*trunk[:-2])
        cells = -(-settings.side // 16)
        self.places = nn.Parameter(torch.randn(cells**2, third))
        self.spatial = TransformerLayer(third, third // HEADS, 2 * third)
        self.late = nn.Sequential(*trunk[-2:], nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.token = nn.Parameter(torch.randn(1, 1, last))
        self.moments = nn.Parameter(torch.randn(settings.steps + 1, last))
        self.temporal = nn.Sequential(*(TransformerLayer(last, last // HEADS, 2 * last) for _ in range(3)))
        self.output = nn.Linear(last, len(EMOTIONS))

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        refuse_state(state, "Former-DFER")
        steps, batch = clip.frames.shape[:2]
        if steps >= len(self.moments):
            raise ValueError(f"this Former-DFER reads at most {len(self.moments) - 1} steps, not {steps}")
        maps = self.early(pictures(clip, self.side).flatten(0, 1))  # (T·B, 256, 7, 7)
        tokens = self.spatial(maps.flatten(2).transpose(1, 2) + self.places)  # (T·B, 49, 256)
        frames = self.late(tokens.transpose(1, 2).reshape(maps.shape))  # (T·B, 512)
        frames = frames.unflatten(0, (steps, batch)).transpose(0, 1)  # (B, T, 512)
        told = torch.cat([self.token.expand(batch, -1, -1), frames], dim=1) + self.moments[: steps + 1]
        return every_step(self.output(self.temporal(told)[:, 0]), clip), ()


class TransformerLayer(nn.Module):
    """Attention and two linear layers, each after a layer norm and added to its input: (N, L, C) -> (N, L, C)."""

    def __init__(self, channels: int, head: int, hidden: int) -> None:
        super().__init__()
        self.head = head
        self.before_attention, self.before_linear = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.asked = nn.Linear(channels, 3 * HEADS * head, bias=False)
        self.joined = nn.Linear(HEADS * head, channels)
        self.linear = nn.Sequential(nn.Linear(channels, hidden), nn.GELU("tanh"), nn.Linear(hidden, channels))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attend(self.before_attention(x))
        return x + self.linear(self.before_linear(x))

    def attend(self, x: Tensor) -> Tensor:
        split = self.asked(x).unflatten(-1, (3, HEADS, self.head)).permute(2, 0, 3, 1, 4)  # (3, N, heads, L, head)
        query, key, value = split.flatten(1, 2)  # (N·heads, L, head)
        weights = (query @ key.transpose(1, 2) * self.head**-0.5).softmax(-1)
        told = (weights @ value).unflatten(0, (len(x), HEADS)).transpose(1, 2).flatten(2)
        return self.joined(told)
