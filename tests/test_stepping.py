"""What is recorded and when; the recording itself needs a GPU (docs/performance.md)."""

import pytest
import torch

from eyeprentice import stepping
from eyeprentice.data.clips import Clip


class Log(list):
    def step(self, clip: Clip, target: torch.Tensor, weight: float):
        self.append("plain")
        return target, target

    def record(self, step, clip, target, weight):
        self.append("recorded")

        def replay(clip, target):
            self.append("replayed")
            return target, target

        return replay


def take(recorded: stepping.Recorded, batch: int) -> None:
    target = torch.zeros(batch)
    assert recorded(Clip(torch.zeros(2, batch, 1, 4, 4), None), target, 1.0) == (target, target)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log()
    monkeypatch.setattr(stepping, "_record", log.record)
    monkeypatch.setattr(stepping, "_aside", lambda work: work())
    return log


def test_each_shape_is_stepped_plainly_first_then_recorded_once(log: Log):
    recorded = stepping.Recorded(log.step)
    for _ in range(5):
        take(recorded, 3)
    assert log == ["plain"] * 3 + ["recorded", "replayed", "replayed"]
    take(recorded, 2)
    assert log[-1] == "plain"


def test_what_does_not_fit_into_memory_goes_on_plainly(log: Log, monkeypatch: pytest.MonkeyPatch):
    def full(*_):
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(stepping, "_record", full)
    recorded = stepping.Recorded(log.step)
    for _ in range(6):
        take(recorded, 3)
    assert log == ["plain"] * 6
