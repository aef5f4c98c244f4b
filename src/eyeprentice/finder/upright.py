"""The network that tells which way is up: architecture, training, scores, and its file (docs/finder.md)."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice import __version__
from eyeprentice.eye.upright import FORMAT, SIDE
from eyeprentice.files.seal import sealed
from eyeprentice.files.whole import new_file
from eyeprentice.finder.architecture import NOISE
from eyeprentice.finder.effects import Draw, each
from eyeprentice.finder.graph import IR, OPSET, Graph
from eyeprentice.finder.picture_bank import PictureBank
from eyeprentice.finder.scenes import EYE, NO_EYE
from eyeprentice.finder.training import average
from eyeprentice.finder.upright_scenes import make_uprights
from eyeprentice.words.progress import progress

BOX = 15
"""Pixels of the side of the box in which local contrast is measured."""
WIDTHS = (12, 24, 32, 32)
"""Channels of the four convolutions of stride 2."""
AVERAGING = 0.995
"""Of the averaged weights, at each step."""
TURNS = 4
AT_ONCE = 256
"""Pictures that are made at once."""


class UprightNetwork(nn.Module):
    """frames (B, 1, SIDE, SIDE), 0..1 -> (B, 4): log-probabilities that they are upright when they have been turned
    clockwise by 0, 90, 180 and 270 degrees.

    One number says how upright a picture looks. It is computed of the picture turned in all four ways, so none of
    them is preferred to another.
    """

    def __init__(self) -> None:
        super().__init__()
        inputs, kernels = (1, *WIDTHS[:-1]), (5, 3, 3, 3)
        self.layers = nn.ModuleList(
            nn.Conv2d(i, o, k, stride=2, padding=k // 2, bias=False)
            for i, o, k in zip(inputs, WIDTHS, kernels, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in WIDTHS)
        self.head = nn.Conv2d(WIDTHS[-1], 1, SIDE // 2 ** len(WIDTHS))

    def forward(self, frames: Tensor) -> Tensor:
        return self.of_contrast(local_contrast(frames))

    def of_contrast(self, contrast: Tensor) -> Tensor:
        """The same, of the local contrast of frames."""
        x = torch.cat([torch.rot90(contrast, -turn, (2, 3)) for turn in range(TURNS)])
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = F.relu(norm(layer(x)))
        return F.log_softmax(self.head(x).view(TURNS, -1).T, dim=1)


def local_contrast(frames: Tensor) -> Tensor:
    """(B, 1, S, S) -> the same, with mean 0 and deviation 1 in boxes around each pixel."""
    moments = torch.cat([frames, frames * frames], dim=1)
    moments = F.avg_pool2d(moments, BOX, stride=1, padding=BOX // 2, count_include_pad=False)
    mean, square = moments[:, :1], moments[:, 1:]
    return (frames - mean) / torch.sqrt(F.relu(square - mean * mean) + NOISE)


@dataclass(frozen=True)
class UprightTraining:
    """How long and how fast it learns."""

    minutes: float
    """Of training itself; making the pictures takes two or three more."""
    pictures: int = 60_000
    """Made once, and then shown again and again."""
    steps: int = 20_000
    """At most; training ends with the clock or with these."""
    batch_size: int = 128
    learning_rate: float = 0.004
    seed: int = 0


def train_upright(bank: PictureBank, plan: UprightTraining) -> UprightNetwork:
    """The network with averaged weights."""
    torch.manual_seed(plan.seed)
    network, averaged = UprightNetwork().to(bank.device), UprightNetwork().to(bank.device)
    averaged.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=0.02)
    draw = Draw(torch.Generator(bank.device).manual_seed(plan.seed))
    pictures, states = make_pool(bank, plan.pictures, draw)
    began = time.monotonic()
    with progress("learning which way is up", plan.steps) as advance:
        for step in range(plan.steps):
            done = max(step / plan.steps, (time.monotonic() - began) / (60 * plan.minutes))
            if done >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = plan.learning_rate * min(1.0, (step + 1) / 50, (1 - done) / 0.7)
            chosen = draw.below(len(pictures), plan.batch_size)
            contrast = pictures[chosen].float()
            contrast = torch.where(each(draw.chance(len(contrast), 0.5)), contrast.flip(3), contrast)
            loss = upright_loss(network.of_contrast(contrast), states[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            average(averaged, network, min(AVERAGING, (step + 1) / (step + 10)))
            advance(f"loss {float(loss.detach()):.3f}" if step % 50 == 0 else "")
    return averaged.eval()


@torch.no_grad()
def make_pool(bank: PictureBank, count: int, draw: Draw) -> tuple[Tensor, Tensor]:
    """The local contrast of `count` pictures, (N, 1, SIDE, SIDE) float16, and their states, (N,)."""
    parts = []
    with progress("making pictures", count) as advance:
        for begin in range(0, count, AT_ONCE):
            made = make_uprights(bank, min(AT_ONCE, count - begin), draw)
            parts.append((local_contrast(made.frames).half(), made.state))
            for _ in made.state:
                advance("")
    pictures, states = (torch.cat(part) for part in zip(*parts, strict=True))
    return pictures, states


def upright_loss(logs: Tensor, state: Tensor) -> Tensor:
    """Of log-probabilities (B, 4) for upright pictures; where there is no eye, all four should be equally probable."""
    wrong = torch.where(state == NO_EYE, -logs.mean(1), -logs[:, 0])
    asked = ((state == EYE) | (state == NO_EYE)).float()
    return (wrong * asked).sum() / asked.sum().clamp(min=1)


@torch.no_grad()
def share_right(network: UprightNetwork, bank: PictureBank, count: int, seed: int) -> float:
    """Share of pictures with an eye of which the most probable turn is the right one, of single frames."""
    draw = Draw(torch.Generator(bank.device).manual_seed(seed))
    frames, state = make_uprights(bank, count, draw)
    return float((network(frames).argmax(1) == 0)[state == EYE].float().mean())


def build_upright(network: UprightNetwork, metadata: dict[str, str]) -> onnx.ModelProto:
    """The graph: `frame` uint8 (SIDE, SIDE) -> `upright` float32 (4)."""
    g = Graph()
    grey = g.one("Div", g.one("Cast", "frame", to=TensorProto.FLOAT), g.constant(255.0))
    grey = g.one("Unsqueeze", grey, g.constant([0, 1], np.int64))
    moments = g.one("Concat", grey, g.one("Mul", grey, grey), axis=1)
    moments = g.one("AveragePool", moments, kernel_shape=[BOX] * 2, strides=[1, 1], pads=[BOX // 2] * 4)
    mean, square = g.node("Split", moments, g.constant([1, 1], np.int64), outputs=2, axis=1)
    variance = g.one("Relu", g.one("Sub", square, g.one("Mul", mean, mean)))
    x = g.one("Div", g.one("Sub", grey, mean), g.one("Sqrt", g.one("Add", variance, g.constant(NOISE))))
    across = g.one("Transpose", x, perm=[0, 1, 3, 2])
    turned = [x, _reversed(g, across, [3]), _reversed(g, x, [2, 3]), _reversed(g, across, [2])]
    y = g.one("Concat", *turned, axis=0)
    for layer, norm in zip(network.layers, network.norms, strict=True):
        y = g.one("Relu", g.convolve(y, layer, norm))  # type: ignore[arg-type]
    y = g.one("Reshape", g.convolve(y, network.head, None), g.constant([TURNS], np.int64))
    g.node("LogSoftmax", y, result="upright", axis=0)
    frame = helper.make_tensor_value_info("frame", TensorProto.UINT8, [SIDE, SIDE])
    upright = helper.make_tensor_value_info("upright", TensorProto.FLOAT, [TURNS])
    graph = helper.make_graph(g.nodes, "upright", [frame], [upright], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="eyeprentice")
    model.ir_version = IR
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    return model


def _reversed(g: Graph, x: str, axes: list[int]) -> str:
    ends = g.constant([-1] * len(axes), np.int64), g.constant([-(2**31)] * len(axes), np.int64)
    return g.one("Slice", x, *ends, g.constant(axes, np.int64), g.constant([-1] * len(axes), np.int64))


def write_upright(path: Path, network: UprightNetwork, training: str) -> None:
    """Writes the file, sealed."""
    metadata = {"eyeprentice.upright": FORMAT, "eyeprentice.version": __version__, "training": training}
    with new_file(path) as partial:
        partial.write_bytes(sealed(build_upright(network.cpu().eval(), metadata).SerializeToString()))
