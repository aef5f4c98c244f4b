"""How much people differ in the way they move, and whether simulated people differ as much. Fields are (N, 2, 9, 9).

A field is the motion from a relaxed face to an apex on a grid of cells, right and down, NaN where it is not known. What
a head that moved and a camera that came nearer add to it (shift, turn and zoom) is free in every comparison. Only the
inner 7x7 cells count: at the rim a crop ends, and optical flow with it.
"""

from typing import Any

import numpy as np

GRID = 9
INNER = np.zeros((2, GRID, GRID), bool)
INNER[:, 1:-1, 1:-1] = True


def rigid_fields() -> np.ndarray:
    """Motion right, motion down, a turn and a zoom around the grid's centre: (4, 2, 9, 9)."""
    down, right = np.mgrid[-1 : 1 : GRID * 1j, -1 : 1 : GRID * 1j]
    none, one = np.zeros_like(right), np.ones_like(right)
    return np.array([[one, none], [none, one], [-down, right], [right, down]])


def without_rigid(fields: np.ndarray) -> np.ndarray:
    """The fields less what of them shift, turn and zoom explain; NaN outside the inner cells too."""
    basis, left = rigid_fields().reshape(4, -1).T, np.full((len(fields), 2 * GRID * GRID), np.nan)
    for number, field in enumerate(fields.reshape(len(fields), -1)):
        known = ~np.isnan(field) & INNER.ravel()
        fitted, *_ = np.linalg.lstsq(basis[known], field[known], rcond=None)
        left[number, known] = field[known] - basis[known] @ fitted
    return left.reshape(fields.shape)


def explained(measured: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """Share of one measured field's (2, 9, 9) sum of squares that each simulated field (N, 2, 9, 9) explains: (N,).

    A simulated field counts as it is, not scaled; shift, turn and zoom are fitted and count as explained. Only cells
    that both know are compared.
    """
    field, fields = measured.reshape(-1), simulated.reshape(len(simulated), -1)
    both = ~np.isnan(fields) & (~np.isnan(field) & INNER.ravel())  # (N, 162)
    off = np.where(both, field - fields, 0)
    basis = rigid_fields().reshape(4, -1)
    gram = np.einsum("nc,ic,jc->nij", both.astype(float), basis, basis, optimize=True)
    along = off @ basis.T  # (N, 4)
    left = (off**2).sum(1) - (along * np.linalg.solve(gram, along[..., None])[..., 0]).sum(1)
    return 1 - left / np.where(both, field**2, 0).sum(1)


def rigid_alone(measured: np.ndarray) -> np.ndarray:
    """How much of each measured field shift, turn and zoom explain alone: (N,)."""
    return np.array([explained(field, np.zeros((1, *field.shape)))[0] for field in measured])


def nearest(
    measured: dict[str, np.ndarray], simulated: dict[str, np.ndarray]
) -> dict[str, list[tuple[float, str, int]]]:
    """Emotion -> for each measured field, the variance explained by its nearest simulated one, and which that is."""
    labels = [(emotion, number) for emotion, fields in simulated.items() for number in range(len(fields))]
    everything = np.concatenate(list(simulated.values()))
    found: dict[str, list[tuple[float, str, int]]] = {}
    for emotion, fields in measured.items():
        shares = [explained(field, everything) for field in fields]
        found[emotion] = [(float(share.max()), *labels[int(share.argmax())]) for share in shares]
    return found


def summary(found: dict[str, list[tuple[float, str, int]]]) -> dict[str, Any]:
    """Of `nearest`: the median explained variance, overall and by emotion, and the emotions of the nearest fields."""
    emotions = {
        emotion: {
            "explained": round(float(np.median([share for share, _, _ in rows])), 3),
            "nearest_are": {other: sum(label == other for _, label, _ in rows) for other in found},
        }
        for emotion, rows in found.items()
    }
    overall = np.median([share for rows in found.values() for share, _, _ in rows])
    same = np.mean([label == emotion for emotion, rows in found.items() for _, label, _ in rows])
    return {"explained": round(float(overall), 3), "same_emotion": round(float(same), 3), "emotions": emotions}


def breadth(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Ratio of the interquartile ranges over people, root mean square over the inner cells: of `ours` to `theirs`."""
    spreads = []
    for fields in (ours, theirs):
        few = (~np.isnan(fields)).mean(0) < 0.5
        quartiles = np.nanpercentile(np.where(few, 0, fields), (25, 75), axis=0)
        spreads.append(np.where(few | ~INNER, np.nan, quartiles[1] - quartiles[0]))
    known = ~np.isnan(spreads[0] + spreads[1])
    one, other = (np.sqrt((spread[known] ** 2).mean()) for spread in spreads)
    return round(float(one / other), 3)
