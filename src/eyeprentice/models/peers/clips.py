"""How a clip of grey frames becomes what networks for colour pictures of one size were made for."""

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.data.clips import Clip
from eyeprentice.snn import State

MEAN, DEVIATION = 0.2262, 0.1189
"""Of SEE's frames, as SEEN normalises them."""


def pictures(clip: Clip, side: int) -> Tensor:
    """Grey frames (T, B, 1, H, W), 0..1 -> normalised pictures (T, B, 3, side, side), grey in each of three channels.

    Frames of another size are resized (bilinear). No frame holds more than it did before: a network that was
    published for larger pictures is given the size that it was made for, not more to see.
    """
    frames = ((clip.frames - MEAN) / DEVIATION).flatten(0, 1)
    if frames.shape[-2:] != (side, side):
        frames = F.interpolate(frames, (side, side), mode="bilinear", align_corners=False, antialias=False)
    return frames.expand(-1, 3, -1, -1).unflatten(0, clip.frames.shape[:2])


def refuse_state(state: State, name: str) -> None:
    """Raises `ValueError` where a model that reads a clip as a whole is given a state to go on from."""
    if state is not None:
        raise ValueError(f"{name} reads a clip as a whole: it cannot go on from a state")


def every_step(logits: Tensor, clip: Clip) -> Tensor:
    """The logits (B, 7) of a clip as those of each of its steps, (T, B, 7)."""
    return torch.stack([logits] * len(clip.frames))
