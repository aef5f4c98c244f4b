"""What is recorded and when, and what a replay is given. CUDA's own part of it needs a GPU (docs/performance.md)."""

from contextlib import contextmanager

import pytest
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.learning import step as stepping


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


class Graph:
    """A CUDA graph without CUDA: a replay does again, on the tensors of the recording, what was done in it."""

    def replay(self) -> None:
        for work in self.works:
            work()


@pytest.mark.parametrize("events", [False, True])
def test_a_replay_reads_the_new_clip_and_target_from_the_recordings_own_tensors(monkeypatch, events: bool):
    @contextmanager
    def graph(recorded: Graph, **_):
        recorded.works = works
        yield

    works: list = []
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", graph)

    def step(clip: Clip, target: torch.Tensor, weight: float):
        loss, logits = torch.zeros(()), torch.zeros(2)
        sums = [part for part in clip if part is not None]
        works.append(lambda: loss.copy_(weight * sum(part.sum() for part in sums)))
        works.append(lambda: logits.copy_(target))
        return loss, logits

    def clip(value: float) -> Clip:
        frames = torch.full((2, 2, 1, 1, 1), value)
        return Clip(frames, 10 * frames if events else None)

    replay = stepping._record(step, clip(0.0), torch.zeros(2), 0.5)
    each = 0.5 * 4 * (11 if events else 1)
    for value in (1.0, 3.0):
        loss, logits = replay(clip(value), torch.tensor([value, -value]))
        assert float(loss) == each * value
        assert logits.tolist() == [value, -value]
    assert len(works) == 2  # the step itself ran once, while it was recorded
