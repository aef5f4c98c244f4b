"""3D ResNet18: ResNet with convolutions over time.

Hara, Kataoka and Satoh, *Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs and ImageNet?*, CVPR 2018: 33.2
million parameters with 400 classes, shortcuts without parameters (type A). SEEN's authors compare with it: 8.3
GFLOPs for 16 pictures of 112x112, and on SEE WAR 49.1 (arXiv 2310.04043). Time is halved as often as width is, so
that a clip of four steps has one left after the second stage.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import every_step, pictures, refuse_state
from eyeprentice.models.residual import CHANNELS
from eyeprentice.snn import State
from eyeprentice.words.vocabulary import EMOTIONS


@dataclass(frozen=True)
class ResNet3DSettings:
    """The defaults make 33,033,671 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 112
    """Pixels that frames are resized to."""


class ResNet3D(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), the same in every step, and ()."""

    needs_whole_clips = True

    def __init__(self, settings: ResNet3DSettings) -> None:
        super().__init__()
        self.side = settings.side
        channels = [scaled(number, settings.width) for number in CHANNELS]
        self.stem = nn.Sequential(
            nn.Conv3d(3, channels[0], 7, (1, 2, 2), 3, bias=False),
            nn.BatchNorm3d(channels[0]),
            nn.ReLU(),
            nn.MaxPool3d(3, 2, 1),
        )
        inputs, blocks = channels[0], []
        for number, outputs in enumerate(channels):
            blocks += [Block3D(inputs, outputs, 2 if number else 1), Block3D(outputs, outputs, 1)]
            inputs = outputs
        self.stages = nn.Sequential(*blocks, nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self.output = nn.Linear(inputs, len(EMOTIONS))

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        refuse_state(state, "3D ResNet18")
        x = pictures(clip, self.side).permute(1, 2, 0, 3, 4)  # (B, 3, T, 112, 112)
        return every_step(self.output(self.stages(self.stem(x))), clip), ()


class Block3D(nn.Module):
    """The basic block over time: (B, C, T, H, W) -> (B, C', T/stride, H/stride, W/stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride, self.more = stride, outputs - inputs
        self.branch = nn.Sequential(
            nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm3d(outputs),
            nn.ReLU(),
            nn.Conv3d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm3d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        s = self.stride
        kept = F.pad(x[:, :, ::s, ::s, ::s], (0, 0, 0, 0, 0, 0, 0, self.more))  # zeros in the channels that are new
        return F.relu(self.branch(x) + kept)
