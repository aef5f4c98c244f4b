"""The testing protocol: a clip from a random start of every testing sequence, 20 times."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor

from eyeprentice.data.clips import Sampling, random_starts
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.feed import Batch, feed
from eyeprentice.data.splits import read_split
from eyeprentice.models import Model, place
from eyeprentice.progress import progress
from eyeprentice.runs import SPLIT, Config
from eyeprentice.scoring import Prediction, Predictions
from eyeprentice.vocabulary import EMOTIONS

REPEATS = 20
BATCH = {False: 128, True: 1024}
"""Clips at once, on a processor and on a GPU."""


def held_out_sequences(dataset: Dataset, run: Path, config: Config) -> tuple[Tensor, str]:
    """What a run may be tested on, and in words why: on its own data what it was not trained on, on other data all."""
    if dataset.content != config.content:
        return torch.arange(len(dataset.names)), "all of a dataset the run was not trained on"
    (_, testing), _ = read_split(run / SPLIT, dataset.names)
    return testing.sort().values, str(config.split)


@torch.no_grad()
def predict_repeats(
    model: Model,
    dataset: Dataset,
    chosen: Tensor,
    sampling: Sampling,
    fabric: Fabric,
    repeats: int = REPEATS,
    seed: int = 0,
    title: str = "evaluating",
) -> list[Predictions]:
    """Predicts `chosen` sequences `repeats` times; the same seed draws the same starts for every model.

    Where `fabric` has several processes, each predicts its share, and all get the whole.
    """
    device, rank, world = fabric.device, fabric.global_rank, fabric.world_size
    model = place(model, device).eval()
    batches = list(_batches(dataset.lengths, chosen, sampling, repeats, seed, BATCH[device.type == "cuda"]))
    mine = [batch.part(rank, world) for batch in batches]
    whole = torch.zeros(repeats * len(chosen), len(EMOTIONS), device=device)
    first = 0
    with progress(title, len(mine)) if fabric.is_global_zero else nullcontext(lambda note: None) as advance:
        for batch, (clip, _) in zip(batches, feed(dataset.near(device), mine, sampling, device), strict=True):
            with fabric.autocast():
                logits, _ = model(clip)
            rows = slice(first + rank, first + len(batch.sequences), world)
            whole[rows] = logits.float().mean(0).softmax(-1)
            first += len(batch.sequences)
            advance("")
    if world > 1:
        fabric.all_reduce(whole, reduce_op="sum")  # every row is one process's, and 0 in the others
    scores, classes = (part.cpu().view(repeats, -1).tolist() for part in whole.max(-1))
    names = [str(dataset.names[number]) for number in chosen.tolist()]
    return [
        {name: Prediction(EMOTIONS[c], s) for name, c, s in zip(names, *repeat, strict=True)}
        for repeat in zip(classes, scores, strict=True)
    ]


def _batches(
    lengths: Tensor, chosen: Tensor, sampling: Sampling, repeats: int, seed: int, size: int
) -> Iterator[Batch]:
    """All repeats, one after another, in batches of at most `size` clips."""
    starts = []
    for repeat in range(repeats):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + repeat)
        starts.append(random_starts(lengths[chosen], sampling, generator))
    for sequences, at in zip(chosen.repeat(repeats).split(size), torch.cat(starts).split(size), strict=True):
        yield Batch(sequences, at, None)


def describe_protocol(sampling: Sampling, repeats: int, subset: str) -> str:
    """The `protocol` of `metrics.json`."""
    return f"{sampling}, one clip a sequence from a random start, {repeats} times, averaged; {subset}"
