"""EMO: a narrow residual network for one picture of an eye.

Wu et al., *EMO: Real-Time Emotion Recognition from Single-Eye Images for Resource-Constrained Eyewear Devices*,
MobiSys 2020: a 3x3 convolution to 16 channels and four stages of three residual blocks with 16, 32, 64 and 128
channels on 64x64 pictures, then the global average. SEEN's authors give 0.3 GFLOPs and on SEE WAR 63.1 pretrained,
53.2 without (arXiv 2310.04043).

Left out: the classifier that every user trains on pictures of their own (nobody tested here has been seen before),
and passing results on between similar frames, which saves time in use and changes nothing in a test. Chosen: frames
are read one by one, and the mean of their logits is the prediction.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import pictures
from eyeprentice.models.residual import ResidualBlock, block_shapes
from eyeprentice.snn import State, convolution
from eyeprentice.words import limits
from eyeprentice.words.settings import SMALLEST, WIDTHS, Training, check_ranges
from eyeprentice.words.vocabulary import EMOTIONS

CHANNELS = (16, 32, 64, 128)


@dataclass(frozen=True)
class EMOSettings:
    """The defaults make 1,093,719 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 64
    """Pixels that frames are resized to."""

    def __post_init__(self) -> None:
        check_ranges(self, {"width": WIDTHS, "side": (SMALLEST, limits.SIDE)})


class EMO(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), each step by itself, and ()."""

    preset = Training(batch_size=64, learning_rate=1e-3)

    def __init__(self, settings: EMOSettings) -> None:
        super().__init__()
        self.side = settings.side
        channels = [scaled(number, settings.width) for number in CHANNELS]
        blocks = [ResidualBlock(*shape) for shape in block_shapes(channels, (3, 3, 3, 3))]
        self.network = nn.Sequential(
            convolution(3, channels[0], 3), nn.BatchNorm2d(channels[0]), nn.ReLU(), *blocks,
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], len(EMOTIONS)),
        )  # fmt: skip

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        seen = pictures(clip, self.side)
        return self.network(seen.flatten(0, 1)).unflatten(0, seen.shape[:2]), ()
