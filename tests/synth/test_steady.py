"""A seed shows the same from one version to the next: what was learnt from simulated people stays what it was.

Exact bits depend on the processor, whose libraries round differently in the last place; `benchmarks/synth_speed.py
--other` compares them on one. What is compared here moves as soon as a random number is drawn elsewhere, a muscle pulls
otherwise or a lamp stands elsewhere.
"""

from pathlib import Path

import numpy as np
import pytest

from eyeprentice.synth.cast.make import find_portraits, make_cast
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.synth.stream import simulate_stream
from eyeprentice.synth.variety import VARIETIES
from tests.synth.cast.material import write_model, write_portrait

DRAWN = {
    ("see", 0): (56.9, 13.129, 1956), ("wild", 5): (250.121, 18.827, 1772),
    ("wild-broad", 7): (108.748, 18.618, 1589), ("course", 11): (53.253, 11.938, 2536),
}  # fmt: skip
"""Variety and seed -> mean of the frames, their deviation, and how many pixels got brighter or darker."""
REENACTED = {("see", 0): (47.128, 11.434, 2209), ("wild-broad", 7): (107.848, 11.843, 1348)}


def shown(people: str, variety: str, seed: int) -> tuple[float, float, int]:
    plans = plan_sequences(2, 2, 48, seed, VARIETIES[variety], people=people)
    frames, events, _ = simulate_sequence(min(plans, key=lambda plan: plan.name.length))
    return float(frames.mean()), float(frames.std()), int((events != 127).sum())


@pytest.mark.parametrize(("variety", "seed"), DRAWN)
def test_drawn_people_are_those_of_the_versions_before(variety: str, seed: int):
    assert shown("drawn", variety, seed) == pytest.approx(DRAWN[variety, seed], rel=5e-3)


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steady")
    write_model(folder / "model.npz")
    for seed in range(2):
        write_portrait(folder / f"{seed}.png", seed=seed)
    make_cast(find_portraits([folder]), {}, folder / "model.npz", folder / "cast", jobs=1)
    return folder / "cast"


@pytest.mark.parametrize(("variety", "seed"), REENACTED)
def test_reenacted_people_are_those_of_the_versions_before(cast: Path, variety: str, seed: int):
    assert shown(str(cast), variety, seed) == pytest.approx(REENACTED[variety, seed], rel=5e-3)


def test_a_stream_is_that_of_the_versions_before():
    frames = simulate_stream(3, 4, ["fear", "happiness"], 8, 48).frames
    assert (float(frames.mean()), float(np.std(frames))) == pytest.approx((83.666, 17.344), rel=5e-3)
