"""Segments of the page: those of the package, of the same readings."""

import json
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.runtime.segmenting import Segmenter, shares
from eyeprentice.words.vocabulary import EMOTIONS
from tests.page.conftest import Open
from tests.page.modules import called

SEGMENTS = """(of, [certain, rate, streams]) => streams.map((readings) => {
    const segmenter = new of.Segmenter(certain, rate);
    for (const [timeS, read] of readings) segmenter.add(timeS, read);
    const found = segmenter.segments();
    return [found.map((s) => [s.emotion, s.startS, s.endS, s.probability, s.likeliest]), [...of.shares(found)]];
})"""
Readings = list[tuple[float, list[float] | None]]


def wandering(seed: int, frames: int, rate_hz: float) -> Readings:
    """Beliefs that wander between the emotions, with eyes that are lost, and frames that are left out."""
    rng = np.random.default_rng(seed)
    logits, readings, time_s, lost = np.zeros(len(EMOTIONS)), [], 0.0, 0
    for _ in range(frames):
        logits = 0.93 * logits + rng.normal(0, 0.55, len(EMOTIONS))
        if rng.random() < 0.02:
            logits[rng.integers(len(EMOTIONS))] += 4
        lost = int(rng.integers(1, 40)) if lost == 0 and rng.random() < 0.02 else max(0, lost - 1)
        belief = np.exp(logits) / np.exp(logits).sum()
        readings.append((time_s, None if lost else belief.tolist()))
        time_s += float(rng.choice([1, 1, 1, 2, 20, 40], p=[0.6, 0.2, 0.1, 0.09, 0.005, 0.005])) / rate_hz
    return readings


@pytest.mark.parametrize(("certain", "rate_hz"), [(0.6, 30.0), (0.45, 12.5), (0.55, 60.0)])
def test_segments_are_those_of_the_package(certain: float, rate_hz: float):
    streams = [wandering(seed, frames, rate_hz) for seed, frames in enumerate((900, 900, 1, 0, 3))]
    kinds = set()
    for readings, (found, found_shares) in zip(
        streams, called("runtime/segments.ts", SEGMENTS, [certain, rate_hz, streams]), strict=True
    ):
        segmenter = Segmenter(certain, rate_hz)
        for time_s, belief in readings:
            segmenter.add(time_s, None if belief is None else dict(zip(EMOTIONS, belief, strict=True)))
        expected = segmenter.segments()
        kinds |= {segment.emotion for segment in expected}
        assert len(found) == len(expected)
        for (emotion, start, end, probability, likeliest), segment in zip(found, expected, strict=True):
            assert (emotion, likeliest) == (segment.emotion, segment.likeliest)
            assert (start, end) == (segment.start_s, segment.end_s)
            assert probability == pytest.approx(segment.probability, abs=1e-9)
        assert dict(found_shares) == pytest.approx(shares(expected), abs=1e-9)
    assert {"uncertain", "no eye"} < kinds
    assert len(kinds) > 4


def test_saved_segments_are_those_that_predict_prints(open_page: Open, pictures: list[Path], capsys):
    opened = open_page().go()
    opened.page.check("#where-full")
    opened.read_files(*pictures)
    main(["predict", str(pictures[0].parent), "--eye", "full", "--json"])
    expected = json.loads(capsys.readouterr().out.splitlines()[-1])
    saved = opened.saved()
    assert len(expected["segments"]) > 1
    assert [set(each) for each in saved["segments"]] == [set(each) for each in expected["segments"]]
    assert [each["emotion"] for each in saved["segments"]] == [each["emotion"] for each in expected["segments"]]
    for found, segment in zip(saved["segments"], expected["segments"], strict=True):
        assert found["start_s"] == pytest.approx(segment["start_s"], abs=0.07)  # two frames
        assert found["probability"] == pytest.approx(segment["probability"], abs=0.02)
    assert saved["shares"] == pytest.approx(expected["shares"], abs=0.04)


LEFT_OUT = """(of, [each, fromS, count]) => {
    const history = new of.History(0, []);
    const reading = { probabilities: [0, 0, 0, 0.9, 0.1, 0, 0], units: [] };
    const add = (timeS) => history.add(timeS, "full", reading, null);
    for (let n = 0; n < count; n++) add(n * each);
    history.cut(fromS);
    for (let n = 0; n < count; n++) add(fromS + n * each);
    return history.segments(0.6, 1 / each).map((s) => [s.emotion, s.startS, s.endS]);
}"""


def test_of_what_was_jumped_over_nothing_is_told():
    """Nobody looked there, so it is wrong that no eye was seen."""
    found = called("page/history.ts", LEFT_OUT, [0.125, 10, 8])
    assert found == [["happiness", 0, 1], ["happiness", 10, 11]]


def test_what_is_read_anew_without_a_jump_goes_on():
    assert called("page/history.ts", LEFT_OUT, [0.125, 0.75, 8]) == [["happiness", 0, 1.75]]
