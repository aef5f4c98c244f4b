import numpy as np
import pytest
import torch

from eyeprentice.judging.units import UnitSums, described


def test_correlation_and_error_of_batches_are_those_of_numpy():
    rng = np.random.default_rng(0)
    true = rng.random((4, 10, 2)).astype(np.float32)
    estimated = (0.5 * true + 0.3 * rng.random(true.shape)).astype(np.float32)
    sums = UnitSums(2, torch.device("cpu"))
    for part in (slice(0, 3), slice(3, 10)):
        sums.add(torch.from_numpy(estimated[:, part]), torch.from_numpy(true[:, part]))
    scores = sums.scores(("AU1", "AU2"))
    for number, score in enumerate(scores.values()):
        x, y = estimated[..., number].ravel(), true[..., number].ravel()
        assert score.correlation == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-6)
        assert score.error == pytest.approx(np.abs(x - y).mean(), abs=1e-6)
    assert described(scores) == "action units, correlation (mean absolute error): AU1 0.82 (0.15), AU2 0.86 (0.17)"


def test_what_never_changes_has_no_correlation():
    sums = UnitSums(1, torch.device("cpu"))
    sums.add(torch.full((5, 7, 1), 0.3), torch.rand(5, 7, 1))
    assert sums.scores(("AU1",))["AU1"].to_json()["correlation"] is None


def test_a_perfect_estimate_has_no_error():
    sums, true = UnitSums(1, torch.device("cpu")), torch.rand(6, 3, 1)
    sums.add(true, true)
    score = sums.scores(("AU1",))["AU1"].to_json()
    assert score == {"correlation": 1.0, "error": 0.0}
