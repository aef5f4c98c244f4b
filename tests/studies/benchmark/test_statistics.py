from pathlib import Path

import numpy as np
import pytest

from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.scoring import Prediction, score, write_predictions
from eyeprentice.studies.benchmark.statistics import Told, figures, gap, read_told
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

NAMES = [
    SequenceName(1, f"{person:03d}", "man", 20, "Master", LIGHTINGS[person % 4], emotion, 40, 0)
    for person in range(12)
    for emotion in EMOTIONS
]


def repeats_of(share: float, seed: int, repeats: int = 3) -> list[dict[str, Prediction]]:
    """Repeats of which about a share is right."""
    rng = np.random.default_rng(seed)

    def label(name: SequenceName) -> str:
        others = [emotion for emotion in EMOTIONS if emotion != name.emotion]
        return name.emotion if rng.random() < share else str(rng.choice(others))

    return [{str(name): Prediction(label(name), 0.9) for name in NAMES} for _ in range(repeats)]


@pytest.fixture
def predicted(tmp_path: Path):
    """A run that is right in about a share of its predictions, written and read again."""

    def make(share: float, seed: int) -> Told:
        folder = tmp_path / f"{share}-{seed}"
        folder.mkdir(exist_ok=True)
        write_predictions(folder, 1, repeats_of(share, seed))
        return read_told(folder)

    return make


def test_of_one_seed_the_figures_are_those_of_score(predicted):
    ours, theirs = figures([predicted(0.7, 0)]), score(repeats_of(0.7, 0))
    assert ours.war.value == pytest.approx(theirs.war.value)
    assert ours.uar.value == pytest.approx(theirs.uar.value)
    assert (ours.war.low, ours.war.high) == pytest.approx((theirs.war.low, theirs.war.high), abs=0.5)
    assert ours.ece == pytest.approx(theirs.ece)
    assert ours.per_lighting["Low"].value == pytest.approx(theirs.per_lighting["Low"].value)


def test_seeds_that_differ_widen_the_interval(predicted):
    alike = figures([predicted(0.7, 0)] * 3)
    apart = figures([predicted(share, seed) for seed, share in enumerate((0.4, 0.7, 1.0))])
    assert apart.war.value == pytest.approx(np.mean(apart.seeds))
    assert apart.war.high - apart.war.low > 2 * (alike.war.high - alike.war.low)
    assert len(apart.seeds) == 3


def test_a_gap_is_paired(predicted):
    one = [predicted(0.9, seed) for seed in range(3)]
    other = [predicted(0.5, seed + 10) for seed in range(3)]
    share = gap(one, other)
    assert share.value == pytest.approx(figures(one).war.value - figures(other).war.value)
    assert share.low > 0
    assert gap(one, one).low == gap(one, one).high == 0
    dark = gap(one, other, "Low")
    assert dark.value != share.value


def test_runs_that_predict_other_sequences_are_not_compared(predicted):
    whole = predicted(0.5, 0)
    fewer = Told(whole.names[1:], whole.right[:, 1:], whole.confidence[:, 1:])
    with pytest.raises(ValueError, match="same sequences"):
        gap([whole], [fewer])


def test_files_that_a_test_did_not_write_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="lacks predictions"):
        read_told(tmp_path)
    (tmp_path / "test_epoch_1_1.json").write_text("[]")
    with pytest.raises(InputError, match="not as it was written"):
        read_told(tmp_path)
