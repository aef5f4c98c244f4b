"""Which action units explain a measured motion best, and what few sets of them people use: for expressions.py.

Fields are (N, 2, 9, 9) as in motion_spread.py. Units move skin nearly in proportion to their intensity, so that a
field is fitted as a sum of one field a unit, and of shift, turn and zoom.
"""

from typing import Any

import numpy as np
from motion_spread import INNER, explained, rigid_fields
from scipy.cluster.vq import kmeans2
from scipy.optimize import lsq_linear

from eyeprentice.synth.face import ACTION_UNITS

MOST = 1.2
DOUBT = np.where(np.array(ACTION_UNITS) == "AU5", 6.5, 2.5)
"""What an intensity of 1 costs, in percent of the width: AU5 moves lids, which optical flow hardly sees."""
WORTH_NAMING = 0.1


def fit_units(field: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Intensities (8,) from 0 to MOST that explain a field (2, 9, 9) best; `units` (8, 2, 9, 9) is what each moves."""
    known = ~np.isnan(field) & ~np.isnan(units).any(0) & INNER
    design = np.concatenate([units, rigid_fields()])[:, known].T  # (cells, 12)
    costs = np.hstack([np.diag(DOUBT), np.zeros((len(DOUBT), 4))])
    bounds = np.repeat([0.0, -np.inf], (len(DOUBT), 4)), np.repeat([MOST, np.inf], (len(DOUBT), 4))
    wanted = np.concatenate([field[known], np.zeros(len(DOUBT))])
    return lsq_linear(np.vstack([design, costs]), wanted, bounds).x[: len(DOUBT)]


def prototypes(rows: np.ndarray, seed: int = 0) -> list[tuple[float, dict[str, float]]]:
    """Four to six sets of intensities that stand for the rows (N, 8), with the share of the rows that each has.

    The best of 40 runs of k-means, rounded to 0.05.
    """
    count = int(np.clip(len(rows) // 4, 4, 6))
    best = None
    for start in range(40):
        centres, label = kmeans2(rows, count, minit="++", rng=np.random.default_rng((seed, start)))
        off = ((rows - centres[label]) ** 2).sum()
        if best is None or off < best[0]:
            best = off, centres, label
    _, centres, label = best
    sizes = np.bincount(label, minlength=count)
    found = []
    for number in np.argsort(-sizes, kind="stable"):
        named = zip(ACTION_UNITS, (np.round(20 * centres[number]) / 20).tolist(), strict=True)
        found.append(
            (round(float(sizes[number] / len(rows)), 2), {n: round(v, 2) for n, v in named if v >= WORTH_NAMING})
        )
    return [each for each in found if each[0] > 0]


def fit_all(measured: dict[str, np.ndarray], units: np.ndarray) -> dict[str, Any]:
    """Emotion -> the units of each field, how much they explain, and what the rows have in common."""
    told: dict[str, Any] = {}
    for emotion, fields in measured.items():
        rows = np.array([fit_units(field, units) for field in fields])
        shares = [explained(f, np.tensordot(r, units, 1)[None])[0] for f, r in zip(fields, rows, strict=True)]
        with np.errstate(invalid="ignore"):  # a unit that nobody uses
            correlation = np.nan_to_num(np.corrcoef(rows.T))
        told[emotion] = {
            "explained": round(float(np.median(shares)), 3),
            "mean": rows.mean(0).round(2).tolist(),
            "deviation": rows.std(0).round(2).tolist(),
            "correlation": correlation.round(2).tolist(),
            "prototypes": prototypes(rows),
            "rows": rows.round(2).tolist(),
        }
    return told
