"""An epoch's clips: drawn as numbers first, then cut from the images as fast as the device asks for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from eyeprentice.data.augment import Change, augment, draw_change
from eyeprentice.data.clips import Clip, random_starts
from eyeprentice.data.dataset import Dataset, Gathered
from eyeprentice.files.processes import ahead
from eyeprentice.words.settings import Augmentation, Sampling

AHEAD = 3
"""Batches that are gathered before they are asked for."""


@dataclass(frozen=True)
class Batch:
    """B clips, not yet cut."""

    sequences: Tensor  # (B,) numbers of sequences
    starts: Tensor  # (B,) their first frames
    change: Change | None
    """How they are augmented."""

    def part(self, rank: int, world: int) -> "Batch":
        """Every `world`-th clip, from the `rank`-th on."""
        mine = slice(rank, None, world)
        change = None if self.change is None else self.change.part(mine)
        return Batch(self.sequences[mine], self.starts[mine], change)


def plan_epoch(
    dataset: Dataset,
    chosen: Tensor,
    size: int,
    sampling: Sampling,
    augmentation: Augmentation | None,
    generator: torch.Generator,
) -> list[Batch]:
    """A clip of every chosen sequence in random order, in batches of like size of at most `size`.

    None is a leftover that batch norm cannot bear. `generator` lives on the CPU: what is drawn does not depend on the
    device.
    """
    order = chosen[torch.randperm(len(chosen), generator=generator)]
    batches = []
    for sequences in order.tensor_split(-(-len(order) // size)):
        starts = random_starts(dataset.lengths[sequences], sampling, generator)
        change = None if augmentation is None else draw_change(augmentation, len(sequences), sampling.steps, generator)
        batches.append(Batch(sequences, starts, change))
    return batches


def feed(
    dataset: Dataset, batches: Sequence[Batch], sampling: Sampling, device: torch.device
) -> Iterator[tuple[Clip, Tensor]]:
    """Clips (T, B) on `device`, augmented there, with their labels (B,).

    Images that lie on the device are gathered there. From those that do not, a thread gathers pinned batches ahead, so
    that reading and copying go on while the device computes.
    """
    labels = dataset.labels.to(device)
    for batch, clip in zip(batches, _clips(dataset, batches, sampling, device), strict=True):
        clip = clip if batch.change is None else augment(clip, batch.change)
        yield clip, labels[batch.sequences.to(device, non_blocking=True)]


def _clips(dataset: Dataset, batches: Sequence[Batch], sampling: Sampling, device: torch.device) -> Iterator[Clip]:
    def gather(batch: Batch) -> Gathered:
        order = None if batch.change is None else batch.change.order
        return dataset.gather(batch.sequences, batch.starts, sampling, order)

    here = device.type != "cuda" or dataset.frames.is_cuda
    ready = map(gather, batches) if here else ahead(lambda batch: gather(batch).map(Tensor.pin_memory), batches, AHEAD)
    for gathered in ready:
        yield gathered.clip(device)
