"""The one type that every recording is read into: any batches and any numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eyeprentice.sources.events.packets import EVENT, in_packets, make_events
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
