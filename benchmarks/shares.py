"""Shares and areas under the curve of a few people, with 95 % intervals of a bootstrap that draws people."""

import numpy as np

RESAMPLES = 2000


def area(negative: np.ndarray, positive: np.ndarray) -> dict[str, object]:
    """AUC of scores of the same people, (P,), or of several pairs of such scores, (V, P), whose AUCs are averaged."""
    low, high = np.atleast_2d(negative), np.atleast_2d(positive)
    above = ((high[:, :, None] > low[:, None]) + 0.5 * (high[:, :, None] == low[:, None])).mean(0)  # (P, P)
    draws = people_drawn(low.shape[1])
    drawn = np.einsum("rp,pq,rq->r", draws, above, draws, optimize=True) / low.shape[1] ** 2
    return {"auc": round(float(above.mean()), 4), "ci95": np.percentile(drawn, (2.5, 97.5)).round(4).tolist()}


def share(hits: np.ndarray) -> dict[str, object]:
    """Percent of hits (P, ...) of P people."""
    each = hits.reshape(len(hits), -1).mean(1)
    drawn = people_drawn(len(each)) @ each / len(each)
    return {"percent": percent(hits), "ci95": (100 * np.percentile(drawn, (2.5, 97.5))).round(1).tolist()}


def people_drawn(count: int) -> np.ndarray:
    """How often each of `count` people is drawn, (RESAMPLES, count)."""
    return np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), RESAMPLES)


def percent(hits: np.ndarray) -> float:
    return round(100 * float(hits.mean()), 1)
