"""The testing protocol: a clip from a random start of every testing sequence, 20 times."""

from pathlib import Path

import torch
from torch import Tensor

from eyeprentice.data.clips import Sampling, random_starts
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.splits import read_split
from eyeprentice.models import Model
from eyeprentice.progress import progress
from eyeprentice.runs import SPLIT, Config
from eyeprentice.scoring import Prediction, Predictions
from eyeprentice.vocabulary import EMOTIONS

REPEATS = 20
BATCH = 128


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
    device: torch.device | str = "cpu",
    repeats: int = REPEATS,
    seed: int = 0,
    title: str = "evaluating",
) -> list[Predictions]:
    """Predicts `chosen` sequences `repeats` times; the same seed draws the same starts for every model."""
    model.to(device).eval()
    results: list[Predictions] = []
    with progress(title, repeats) as advance:
        for repeat in range(repeats):
            generator = torch.Generator().manual_seed(seed * 1_000_003 + repeat)
            starts = random_starts(dataset.lengths[chosen], sampling, generator)
            probabilities = torch.cat(
                [
                    model(dataset.clip(part, at, sampling, device)).float().mean(0).softmax(-1).cpu()
                    for part, at in zip(chosen.split(BATCH), starts.split(BATCH), strict=True)
                ]
            )
            scores, classes = probabilities.max(-1)
            results.append(
                {
                    str(dataset.names[number]): Prediction(EMOTIONS[label], value)
                    for number, label, value in zip(chosen.tolist(), classes.tolist(), scores.tolist(), strict=True)
                }
            )
            advance("")
    return results


def describe_protocol(sampling: Sampling, repeats: int, subset: str) -> str:
    """The `protocol` of `metrics.json`."""
    return f"{sampling}, one clip a sequence from a random start, {repeats} times, averaged; {subset}"
