"""What the finder's file takes, gives and says, for what runs it and for what trains it (docs/finder.md)."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = "2"
"""Of the file: its input, its output, its metadata and what they mean. This version reads one format."""
CELL = 8
"""Pixels of a cell's side."""
CHANNELS = ("probability", "dx", "dy", "size", "tilt", "left", "openness")
"""Of the output, in this order."""
WINDOW, FOLLOWED_SIZE = 112, 40.0
"""Pixels of the side of the window in which a known eye is looked at, and of the eye in it."""

Grey = NDArray[np.uint8]
"""A picture (H, W)."""


@dataclass(frozen=True)
class Rules:
    """How a finder's answers become an eye that is followed.

    They are part of the file (`rules` of its metadata, as JSON), because they belong to its weights: whatever runs
    it, the package or the live page, takes them from there. `Rules()` is what a new file is given. Shares named
    `_sizes` are of the eye's size. Raises `ValueError` for numbers that cannot be.
    """

    cell_px: int = CELL
    levels_px: tuple[int, int] = (256, 64)
    """Pixels of the longer side of a picture that is searched, at each of two levels."""
    multiple_px: int = 16
    least_px: int = 32
    """What the sides of the network's input are multiples of, and the least that they are."""
    window_px: int = WINDOW
    followed_px: float = FOLLOWED_SIZE
    least_window_px: int = 4
    """Pixels of its side in the picture."""
    whole: float = 0.5
    """Share of a picture's longer side: around an eye of this size a window would show mostly black, in which the
    network takes pictures of other things for eyes. The whole picture is looked at instead."""
    keep: float = 0.25
    find: float = 0.5
    """Probabilities from which on an eye that is followed is still there, and a new one is found."""
    same_sizes: float = 0.35
    """What is nearer to an eye than this is the same eye."""
    most_eyes: int = 16
    pair_sizes: tuple[float, float] = (0.6, 1.5)
    """How far apart the two eyes of a face are, of their mean size."""
    pair_factor: float = 1.5
    pair_tilt_rad: float = 0.5
    """By which factor their sizes may differ, and by how much the line through them from their tilt."""
    search_s: float = 0.1
    """From one search to the next, while there is no eye."""
    gate_sizes: float = 0.5
    """What is seen farther from the eye than this is another thing."""
    gate_factor: float = 1.5
    """By which factor its size may differ from what it was in the frame before."""
    lost_s: float = 0.3
    """So long an eye may not be seen; after that it is lost."""
    check_s: float = 1.0
    """From one search to the next for a better eye than the one that is followed."""
    side_s: float = 0.5
    """Over which the side is averaged."""
    left_at: float = 0.5
    left_sure: float = 0.25
    """Average from which on an eye is a left one, and how far beyond this it must be for a change of mind."""
    full_shape: float = 1.25
    full_found: float = 0.75
    full_kept: float = 0.5
    """A picture is an eye if its longer side is at most so many times the shorter one, and the eye's size at least the
    second share of the longer side; while it is taken for one, the size is at least the third."""
    median_frames: int = 3
    """Of which the median of what was measured is taken."""
    slack_sizes: float = 0.035
    slack_log_size: float = 0.06
    """So far the eye may be from where it is held to be; and the logarithm of its size from what it is held to be."""
    settle_s: float = 0.5
    hold_s: float = 4.0
    """So long the mean of what was measured counts; after that, how slowly what is within the slack is followed: a
    raised brow or a closed lid changes what is measured by one or two hundredths, and must not move the crop."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not all(1e-6 <= part <= 4096 for part in np.ravel(value)):  # NaN is neither
                raise ValueError(f"{name} is {value}")
        if self.cell_px != CELL:
            raise ValueError(f"its cells are of {self.cell_px} pixels")

    def as_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Rules":
        """Raises `ValueError`, with one line, for text that does not name every rule with numbers of its kind."""
        told: Any = json.loads(text[:10_000])
        if not isinstance(told, dict) or set(told) != {field.name for field in fields(cls)}:
            raise ValueError("other rules than this version's")
        rules: dict[str, Any] = {}
        for field in fields(cls):
            value, of_default = told[field.name], field.default
            if isinstance(of_default, tuple) and isinstance(value, list) and len(value) == len(of_default):
                rules[field.name] = tuple(_number(part, type(of_default[0])) for part in value)
            else:
                rules[field.name] = _number(value, type(of_default))
        return cls(**rules)


def _number(value: Any, kind: type) -> Any:
    if type(value) not in ((int,) if kind is int else (int, float)):
        raise ValueError(f"{str(value)[:20]!r} in place of a number")
    return kind(value)
