"""The demo's page: it fits narrow screens, its words agree with its figures, and its dark pictures can be seen."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.operations import Size
from eyeprentice.judging.predictions import Predictions
from eyeprentice.judging.scoring import Share, score_predictions
from eyeprentice.studies.demo import tell_difference
from eyeprentice.studies.report import Example, ReportRow, brightened, film_uri, table_of, write_report
from eyeprentice.words.vocabulary import EMOTIONS
from tests.browser import chromium


def row(title: str, right: int) -> ReportRow:
    """A model that is right in the first `right` emotions of each of ten people, all under normal light."""
    names = tuple(
        SequenceName(7 * person + place + 1, f"{person + 1:03d}", "x", 20, "x", "normal", emotion, 30, 0)
        for person in range(10)
        for place, emotion in enumerate(EMOTIONS)
    )
    truth = np.array([EMOTIONS.index(name.emotion) for name in names])
    answers = np.where(truth < right, truth, (truth + 1) % 7)[None]
    scores = score_predictions(Predictions(names, answers, np.full(answers.shape, 0.5)))
    size = Size(**dict.fromkeys(Size.__dataclass_fields__, 1234567))
    return ReportRow(title, "frames and events", scores, size)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    film = film_uri(np.full((5, 32, 32), 90, np.uint8))
    examples = [Example(emotion, "Low light, shown 24 times as bright", 5, film, film) for emotion in EMOTIONS]
    words = ["minutes", "protocol", "people", "verdict", "data", "objective", "version", "command", "computed"]
    texts = {word: f"words and words of {word}, " * 4 for word in words}
    numbers = dict.fromkeys(("seed", "epochs", "tested", "few", "others"), 12)
    curves = '<svg viewBox="0 0 600 200" width="600pt" height="200pt"></svg>'
    rows = [row("teacher", 7), row("student alone", 3), row("apprenticed student", 5)]
    write_report(path, rows, {**texts, **numbers, "examples": examples, "curves": curves})
    return path


def test_the_table_tells_each_models_figures(page: Path):
    lines = {line.title: line.cells for line in table_of([row("one", 7), row("two", 3)])}
    assert lines["WAR"] == [("100.0", "100.0 to 100.0"), ("42.9", "42.9 to 42.9")]
    assert [cell[0] for cell in lines[f"recall of {EMOTIONS[0]}"]] == ["100.0", "100.0"]
    assert [cell[0] for cell in lines[f"recall of {EMOTIONS[6]}"]] == ["100.0", "0.0"]
    assert lines["under Low light"] == [("–", ""), ("–", "")]
    assert lines["parameters"] == [("1,234,567", "")] * 2
    text = page.read_text("utf-8")
    assert all(title in text for title in lines)


def test_nothing_scrolls_sideways(page: Path, playwright: Any):
    inner = (
        "[...document.querySelectorAll('main *:not(.film *)')].filter("
        "e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'auto').length"
    )
    browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
    try:
        for width in (390, 800, 1200):
            opened = browser.new_page(viewport={"width": width, "height": 800})
            opened.goto(page.as_uri())
            assert opened.evaluate("document.documentElement.scrollWidth") == width
            assert opened.evaluate(inner) == 0
    finally:
        browser.close()


@pytest.mark.parametrize(
    ("apprentice", "alone", "difference", "said"),
    [
        (
            71.66, 69.74, Share(1.92, 0.4, 3.1),
            "The apprentice's WAR, 71.7, is 1.9 points above that of the student alone, 69.7 (95 % from +0.4 to +3.1, "
            "the same people drawn for both, computed before rounding): this run shows a difference.",
        ),
        (
            67.14, 65.16, Share(1.98, -2.0, 6.0),
            "The apprentice's WAR, 67.1, is 2.0 points above that of the student alone, 65.2 (95 % from -2.0 to +6.0, "
            "the same people drawn for both, computed before rounding). The interval includes 0: this run does not "
            "show that either is better.",
        ),
        (
            60.0, 65.0, Share(-5.0, -9.0, -1.0),
            "The apprentice's WAR, 60.0, is 5.0 points below that of the student alone, 65.0 (95 % from -9.0 to -1.0, "
            "the same people drawn for both): this run shows a difference.",
        ),
        (
            65.0, 65.0, Share(0.0, -1.0, 1.0),
            "The apprentice and the student alone have the same WAR (95 % from -1.0 to +1.0, the same people drawn for "
            "both). The interval includes 0: this run does not show that either is better.",
        ),
    ],
)  # fmt: skip
def test_the_words_agree_with_the_figures_that_stand_above_them(apprentice, alone, difference, said):
    assert tell_difference(apprentice, alone, difference) == said


def test_a_picture_that_would_look_black_is_shown_brighter_and_says_how_much():
    dark = np.full((2, 8, 8), 5, np.uint8)
    dark[:, 0, 0] = 200
    shown, times = brightened(dark)
    assert times == round(100 / dark.mean())
    assert shown[0, 4, 4] == 5 * times
    assert shown[0, 0, 0] == 255
    bright = np.full((2, 8, 8), 40, np.uint8)
    assert brightened(bright)[1] == 1
    assert (brightened(bright)[0] == bright).all()
    assert brightened(np.zeros((2, 8, 8), np.uint8))[1] == 1  # nothing can be seen in it
