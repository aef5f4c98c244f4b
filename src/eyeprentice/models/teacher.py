"""The teacher: a hybrid that sees frames and events.

A spiking SEW-ResNet-18 reads the event frames, a ResNet-18 of ordinary neurons reads the grey frames. Their feature
maps are laid side by side at every step, and one read-out gives the step's logits. Without one of the two branches it
is the ablation that sees `frames` only or `events` only.

He et al., *Deep Residual Learning*, CVPR 2016; Fang et al., *Deep Residual Learning in SNNs*, NeurIPS 2021.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import ContrastAndChange, MapModel, MapReadout, on_off, scaled
from eyeprentice.models.residual import CHANNELS, ResidualBlock, block_shapes, resnet18
from eyeprentice.snn import Chain, Neuron, PerStep, SEWBlock, Shift, SpikingConvolution, State, per_step
from eyeprentice.words import limits
from eyeprentice.words.settings import WIDTHS, check_ranges


@dataclass(frozen=True)
class TeacherSettings:
    """The teacher's shape; the defaults make 22,414,407 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    inputs: Literal["both", "frames", "events"] = "both"
    """What it sees. With frames it is an ordinary ResNet-18 that needs no event camera."""
    step_change: bool = True
    """Whether it also sees how frames differ from the frame of the previous step."""
    registration: int = 0
    """Iterations in which each frame is moved, turned and scaled onto the clip's first one before they are compared; 0
    means that none is moved."""
    shift: float = 0.125
    """Share of the channels that each residual block of the frames' branch is given one step late, 0..1."""
    cells: int = 3
    """The read-out keeps a map of cells x cells; 1 is the global average."""
    leak: float = 0.5
    """How much of a spiking neuron's membrane is left after a step, 0..1."""
    readout_leak: float = 0.5
    """The same of the read-out's neurons, which never fire."""
    dropout: float = 0.1
    """Share of the read-out's features that training leaves out."""
    units: int = 0
    """Action units that the read-out estimates beside the emotions, as a second target of training; 0 is none."""

    def __post_init__(self) -> None:
        if self.inputs not in ("both", "frames", "events"):
            raise ValueError(f"inputs must be both, frames or events, not {self.inputs}")
        check_ranges(self, dict.fromkeys(("shift", "leak", "readout_leak", "dropout"), (0, 1)))
        counts = {"cells": (1, limits.SIDE), "registration": (0, limits.ITERATIONS)}
        check_ranges(self, {"width": WIDTHS, **counts})


class TeacherState(NamedTuple):
    """What the teacher keeps before its read-out."""

    eye: State  # an `EyeState`; () without frames
    frames: State  # what the blocks of the frames' branch will be given one step late; () without frames
    events: State  # membranes of the spiking branch; () without events


class Teacher(MapModel):
    """Frames, 0..1, and events, -1..1 (T, B, 1, H, W) -> logits (T, B, 7) and the state to go on from.

    ResNet-18 (He et al., CVPR 2016), whose blocks are given some channels one step late, on local contrast and change;
    SEW-ResNet-18 with ADD (Fang et al., NeurIPS 2021) on brighter and darker events. Their maps, side by side
    (T, B, 1024, H/32, W/32), are what a `MapReadout` reads. An ordinary network on frames beside a spiking one on
    events is MSKD's idea (arXiv 2407.09521).
    """

    def __init__(self, settings: TeacherSettings) -> None:
        super().__init__()
        self.needs_events = settings.inputs != "frames"
        self.eye = ContrastAndChange(step_change=settings.step_change, registration=settings.registration)
        branches: dict[str, nn.Module] = {}
        if settings.inputs != "events":
            branches["frames"] = frame_branch(self.eye.channels, settings.width, settings.shift)
        if settings.inputs != "frames":
            branches["events"] = event_branch(2, settings.width, Neuron(leak=settings.leak))
        self.branches = nn.ModuleDict(branches)
        channels = len(branches) * scaled(CHANNELS[-1], settings.width)
        self.readout = MapReadout(channels, settings.cells, settings.readout_leak, settings.dropout, settings.units)

    def features(self, clip: Clip, state: State = None) -> tuple[Tensor, TeacherState]:
        eye, late, events = state or (None, None, None)
        maps, left = [], TeacherState((), (), ())
        if "frames" in self.branches:
            x, eye = self.eye(clip.frames, eye)
            x, late = self.branches["frames"](x, late)
            maps.append(x)  # (T, B, 512, 3, 3) analogue
            left = left._replace(eye=eye, frames=late)
        if "events" in self.branches:
            if clip.events is None:
                raise ValueError("this teacher needs events")
            x, events = self.branches["events"](on_off(clip.events), events)
            maps.append(x)  # (T, B, 512, 3, 3) sums of spikes
            left = left._replace(events=events)
        return self.readout.pooled(torch.cat(maps, dim=2)), left


def frame_branch(inputs: int, width: float, shift: float) -> Chain:
    """ResNet-18 without its head, with a memory: (T, B, C, H, W) -> (T, B, 512, H/32, W/32), state."""
    stem, *blocks = resnet18(inputs, width)
    return Chain(PerStep(stem), *(ShiftedBlock(block, shift) for block in blocks if isinstance(block, ResidualBlock)))


class ShiftedBlock(nn.Module):
    """A residual block whose branch is given a share of its channels one step late: Lin et al., TSM, ICCV 2019.

    (T, B, C, H, W) -> (T, B, C', H', W'), and what the next step will be given.
    """

    def __init__(self, block: ResidualBlock, share: float) -> None:
        super().__init__()
        self.block = block
        self.shift = Shift(int(share * block.inputs))

    def forward(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        moved, state = self.shift(x, state)
        return F.relu(per_step(self.block.branch, moved) + per_step(self.block.shortcut, x)), state


def event_branch(inputs: int, width: float, neuron: Neuron) -> Chain:
    """SEW-ResNet-18 without its head: event frames (T, B, C, H, W) -> summed spikes (T, B, 512, H/32, W/32), state."""
    channels = [scaled(number, width) for number in CHANNELS]
    stem = [SpikingConvolution(inputs, channels[0], 7, 2, neuron), PerStep(nn.MaxPool2d(3, 2, 1))]
    return Chain(*stem, *(SEWBlock(*shape, neuron) for shape in block_shapes(channels)))
