"""A short soak: what holds on any machine, however busy; how long clients wait is measured by hand."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attacks import ATTACKS
from tests.soak import RATE_HZ, soak


@pytest.mark.slow
def test_honest_clients_are_answered_beside_strangers_of_every_kind_and_memory_is_bounded():
    seconds = 60 / (len(ATTACKS) + 1)
    with ThreadPoolExecutor(1) as apart:  # the browser of other tests leaves an event loop in this thread
        found, wrong = apart.submit(soak, ["nobody", *ATTACKS], seconds).result()
    assert wrong == []
    for each in found:
        for client in each["clients"]:
            assert client["sent"] == round(seconds * RATE_HZ)
            assert client["answered"] > 0, each["strangers"]
