"""How well a model estimates action units: correlation and mean absolute error of each, over all frames that it saw.

Only sums are kept, so that memory does not grow with the frames.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class UnitScore:
    """Of one action unit, whose intensity is 0..1."""

    correlation: float
    """Pearson's, of estimated and true intensities; NaN where one of them never changes."""
    error: float
    """Mean absolute difference."""

    def to_json(self) -> dict[str, Any]:
        """None for NaN, which JSON does not have."""
        return {
            "correlation": None if math.isnan(self.correlation) else round(self.correlation, 4),
            "error": round(self.error, 4),
        }


class UnitSums:
    """`add(estimated, true)` batch after batch, then `scores(names)`.

    `sums` (7, U) are of: frames, x, y, x·x, y·y, x·y and |x - y|, with x estimated and y true. Sums of several
    processes can be added.
    """

    def __init__(self, units: int, device: torch.device) -> None:
        kind = torch.float32 if device.type == "mps" else torch.float64
        self.sums = torch.zeros(7, units, dtype=kind, device=device)

    def add(self, estimated: Tensor, true: Tensor) -> None:
        """Intensities (..., U) of as many frames."""
        x, y = (part.to(self.sums.dtype).flatten(0, -2) for part in (estimated, true))
        rows = (torch.ones_like(x), x, y, x * x, y * y, x * y, (x - y).abs())
        self.sums += torch.stack([row.sum(0) for row in rows])

    def scores(self, names: tuple[str, ...]) -> dict[str, UnitScore]:
        """Of each unit, by its name."""
        count, x, y, xx, yy, xy, apart = self.sums.double().cpu()
        spread = ((count * xx - x * x).clamp(min=0) * (count * yy - y * y).clamp(min=0)).sqrt()
        least = 1e-9 * count * count  # of what never changes, rounding leaves a little
        correlation = torch.where(spread > least, (count * xy - x * y) / spread, math.nan)
        rows = zip(names, correlation.tolist(), (apart / count).tolist(), strict=True)
        return {name: UnitScore(r, error) for name, r, error in rows}


def described(scores: dict[str, UnitScore]) -> str:
    """A line for people."""
    shown = {
        name: "–" if math.isnan(score.correlation) else f"{score.correlation:.2f}" for name, score in scores.items()
    }
    rows = [f"{name} {shown[name]} ({score.error:.2f})" for name, score in scores.items()]
    return f"action units, correlation (mean absolute error): {', '.join(rows)}"
