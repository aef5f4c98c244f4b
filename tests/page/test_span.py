"""The part of the timeline that is shown: whatever is pressed, it shows what was read."""

import numpy as np

from tests.page.modules import called

PRESSED = """(of, [startS, lastS, acts]) => {
    const span = new of.Span();
    span.shown(startS, lastS);
    const shown = [];
    for (const [name, ...given] of acts) {
        span[name](...given);
        shown.push([...span.shown(startS, lastS), span.following, span.all]);
    }
    return shown;
}"""


def pressed(start: float, last: float, *acts: tuple) -> list[list]:
    return called("page/window.ts", PRESSED, [start, last, acts])


def test_it_follows_the_end_and_goes_back_to_that():
    assert pressed(0, 90, ("follow",), ("move", -0.5), ("move", -9), ("move", 9), ("follow",)) == [
        [70, 90, True, False],
        [60, 80, False, False],
        [0, 20, False, False],
        [70, 90, False, False],
        [70, 90, True, False],
    ]


def test_before_there_is_enough_to_fill_it_it_begins_with_the_first_reading():
    assert pressed(0, 4, ("follow",), ("showAll",)) == [[0, 20, True, False], [0, 4, False, True]]


def test_a_time_stays_in_its_place_when_it_is_zoomed():
    assert pressed(0, 100, ("showAll",), ("zoom", 0.5, 25), ("zoom", 0.5, 25), ("zoom", 4, 25)) == [
        [0, 100, False, True],
        [12.5, 62.5, False, False],
        [18.75, 43.75, False, False],
        [0, 100, False, True],
    ]


def test_what_is_selected_is_shown_but_half_a_second_at_least():
    assert pressed(0, 100, ("select", 10, 20), ("select", 50, 50)) == [
        [10, 20, False, False],
        [49.75, 50.25, False, False],
    ]


def test_it_can_never_be_lost():
    rng = np.random.default_rng(0)
    for start, last in ((0.0, 0.0), (0.0, 0.2), (0.0, 10.0), (1800.0, 5400.0)):
        acts = [
            [("move", float(rng.normal(0, 50))), ("zoom", float(np.exp(rng.normal(0, 3)))), ("select", *sorted(edges))][
                int(rng.integers(3))
            ]
            for edges in rng.uniform(start - 5, last + 5, (200, 2)).tolist()
        ]
        for shown_from, shown_to, following, is_all in pressed(start, last, *acts):
            assert shown_from >= start - 1e-9
            assert shown_to <= max(last, start + (20 if following else 0.5)) + 1e-9
            assert 0.5 - 1e-9 <= shown_to - shown_from <= max(20, last - start) + 1e-9
            assert not (following and is_all)
