"""From the network's cells to eyes, pairs of eyes, and the one that is wanted (docs/finder.md). Plain NumPy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.contract import Rules

Side = Literal["auto", "right", "left"]
Maps = NDArray[np.float32]


@dataclass(frozen=True)
class Eye:
    """An eye in a picture; places in pixels from the upper left corner."""

    x: float
    y: float
    size: float
    """Distance between the two eyes of the face, whether both are seen or not."""
    probability: float
    left: float
    """Probability that it is the person's left eye; 0 or 1 where both are seen."""
    openness: float
    """1 as open as in a relaxed face, 0 closed."""
    tilt: float
    """Of the line through both eyes, in radians, positive if it falls to the right."""
    paired: bool = False
    """Whether the face's other eye is seen too."""

    def moved(self, left: float, top: float, scale_x: float, scale_y: float) -> "Eye":
        """The eye in the picture of which it was seen in a part from (`left`, `top`) on, scaled."""
        size = self.size / float(np.sqrt(scale_x * scale_y))
        return replace(self, x=left + self.x / scale_x, y=top + self.y / scale_y, size=size)

    def apart(self, other: "Eye") -> float:
        """Distance between two centres, in pixels."""
        return float(np.hypot(self.x - other.x, self.y - other.y))


def decode(maps: Maps, rules: Rules = Rules()) -> list[Eye]:
    """Maps (7, h, w) as the network gives them -> eyes, the most probable one first; none is near another."""
    rows, columns = np.nonzero(maps[0] >= rules.keep)
    cells = maps[:, rows, columns].astype(np.float64)
    probability = cells[0]
    x, y = rules.cell_px * (columns + 0.5) + cells[1], rules.cell_px * (rows + 0.5) + cells[2]
    log_size = np.log(np.maximum(cells[3], 1e-3))
    free = np.ones(len(rows), bool)
    eyes: list[Eye] = []
    for best in np.argsort(-probability, kind="stable"):
        if not free[best] or len(eyes) == rules.most_eyes:
            continue
        near = free & (np.hypot(x - x[best], y - y[best]) < rules.same_sizes * cells[3, best])
        near[best] = True
        free &= ~near
        weight = probability[near] / probability[near].sum()
        mean_x, mean_y, mean_size, left, openness, tilt = (
            float(values[near] @ weight) for values in (x, y, log_size, cells[5], cells[6], cells[4])
        )
        eyes.append(Eye(mean_x, mean_y, float(np.exp(mean_size)), float(probability[best]), left, openness, tilt))
    return suppressed(eyes, rules)


def suppressed(eyes: Sequence[Eye], rules: Rules = Rules()) -> list[Eye]:
    """Without those that are near a more probable one (non-maximum suppression), the most probable one first."""
    kept: list[Eye] = []
    for eye in sorted(eyes, key=lambda eye: -eye.probability):
        if all(eye.apart(other) >= rules.same_sizes * max(eye.size, other.size) for other in kept):
            kept.append(eye)
    return kept[: rules.most_eyes]


def paired(eyes: Sequence[Eye], rules: Rules = Rules()) -> list[Eye]:
    """The same eyes; those of which two belong to a face know their sides. Pairs come first, right eye before left."""
    free, pairs = list(eyes), []
    candidates = [(a, b) for number, a in enumerate(eyes) for b in eyes[number + 1 :] if _is_pair(a, b, rules)]
    for a, b in sorted(candidates, key=lambda pair: -(pair[0].probability + pair[1].probability)):
        if a in free and b in free:
            free.remove(a)
            free.remove(b)
            right, left = (a, b) if a.x < b.x else (b, a)
            pairs += [replace(right, left=0.0, paired=True), replace(left, left=1.0, paired=True)]
    return pairs + free


def chosen(eyes: Sequence[Eye], side: Side, rules: Rules = Rules()) -> Eye | None:
    """The wanted eye of the largest face; without a pair, the largest and most probable eye of that side.

    `eyes` are as `paired` gives them. `auto` wants the right eye of a pair, and any other.
    """
    if pairs := pairs_in(eyes, rules):
        right, left = max(pairs, key=lambda pair: pair[0].size + pair[1].size)
        return left if side == "left" else right
    single = [eye for eye in eyes if eye.probability >= rules.find and _is_wanted(eye, side)]
    return max(single, key=lambda eye: eye.probability * eye.size, default=None)


def pairs_in(eyes: Sequence[Eye], rules: Rules = Rules()) -> list[tuple[Eye, Eye]]:
    """The right and the left eye of each face that is surely one; `eyes` are as `paired` gives them."""
    pairs = [(eyes[n], eyes[n + 1]) for n in range(0, sum(eye.paired for eye in eyes), 2)]
    return [pair for pair in pairs if max(eye.probability for eye in pair) >= rules.find]


def _is_wanted(eye: Eye, side: Side) -> bool:
    return side == "auto" or (eye.left >= 0.5) == (side == "left")


def _is_pair(a: Eye, b: Eye, rules: Rules) -> bool:
    right, left = (a, b) if a.x < b.x else (b, a)
    size = 0.5 * (a.size + b.size)
    apart = a.apart(b) / size
    line = float(np.arctan2(left.y - right.y, left.x - right.x))
    return (
        rules.pair_sizes[0] <= apart <= rules.pair_sizes[1]
        and max(a.size, b.size) < rules.pair_factor * min(a.size, b.size)
        and abs(line - 0.5 * (a.tilt + b.tilt)) < rules.pair_tilt_rad
    )
