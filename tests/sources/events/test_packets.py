"""The one type that every recording is read into: any batches and any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeprentice.sources.events.packets import EVENT, combined, in_packets, make_events
from tests.sources.events.recordings import random_events


@given(
    lengths=st.lists(st.integers(0, 20), max_size=12),
    packet=st.integers(1, 15),
)
def test_batches_of_any_lengths_become_packets_of_one(lengths: list[int], packet: int):
    whole = random_events(sum(lengths))
    ends = np.cumsum(lengths, dtype=int)
    batches = [tuple(whole[end - n : end][name] for name in EVENT.names) for n, end in zip(lengths, ends, strict=True)]
    packets = list(in_packets(batches, packet))
    assert np.array_equal(np.concatenate([np.empty(0, EVENT), *packets]), whole)
    assert all(len(part) == packet for part in packets[:-1])


numbers = st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats())


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=5))
def test_any_numbers_are_events_or_are_refused(rows: list[tuple]):
    t, x, y, p = (np.array(column) for column in zip(*rows, strict=True))
    try:
        events = make_events(t, x, y, p)
    except ValueError:
        return
    assert (events["x"] == np.trunc(x)).all()
    assert (np.abs(events["t_us"] - t.astype(np.float64)) <= 1024).all()


def test_an_event_is_two_numbers_of_eight_bytes():
    assert EVENT.itemsize == 16
    assert [EVENT.fields[name][1] for name in ("t_us", "x", "y", "polarity")] == [0, 8, 10, 12]


@given(lengths=st.lists(st.integers(0, 20), max_size=12), packet=st.integers(1, 15))
def test_rows_and_columns_of_any_lengths_become_the_same_packets(lengths: list[int], packet: int):
    whole = random_events(sum(lengths))
    ends = np.cumsum(lengths, dtype=int)
    parts = [whole[end - n : end] for n, end in zip(lengths, ends, strict=True)]
    rows = [
        part.view("<i8") if number % 2 else tuple(part[name] for name in EVENT.names)
        for number, part in enumerate(parts)
    ]
    assert np.array_equal(np.concatenate([np.empty(0, EVENT), *in_packets(rows, packet)]), whole)


SIGNED = np.dtype([("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "i1")], align=True)


@pytest.mark.parametrize("place", [0, 299])
@pytest.mark.parametrize(
    ("field", "wrong", "why"),
    [
        ("x", -1, "a coordinate is negative"),
        ("y", -32768, "a coordinate is negative"),
        ("p", 2, "a polarity is none of"),
        ("p", -2, "a polarity is none of"),
        ("t", -(1 << 63), "146,000 years"),
        ("t", (1 << 62) + 1, "146,000 years"),
    ],
)
def test_rows_that_are_no_events_are_refused_as_columns_are(field: str, wrong: int, why: str, place: int):
    rows = np.zeros(300, SIGNED)
    rows["p"][150] = 1
    rows[field][place] = wrong
    with pytest.raises(ValueError, match=why):
        list(in_packets([rows[:100].view("<i8"), rows[100:].view("<i8")], 1000))
    with pytest.raises(ValueError, match=why):
        make_events(*(rows[name] for name in "txyp"))


def test_rows_before_the_clocks_zero_and_with_negative_polarities_are_read_as_columns_are():
    rows = np.zeros(300, SIGNED)
    rows["t"], rows["x"], rows["y"], rows["p"] = np.arange(-150, 150), 32767, 7, np.where(np.arange(300) % 3, -1, 1)
    (packet,) = in_packets([rows.view("<i8")], 1000)
    assert packet["t_us"].tolist() == list(range(-150, 150))
    assert packet["polarity"].tolist() == [number % 3 == 0 for number in range(300)]


@given(st.integers(1, 1000))
def test_the_largest_numbers_are_those_of_the_columns_whatever_the_number_of_events(count: int):
    events = random_events(count)
    most = combined(events, np.maximum)
    assert (most[4], most[5]) == (events["x"].max(), events["y"].max())
