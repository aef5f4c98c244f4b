"""Confidence that is honest on people of another kind: a temperature, fitted to such people, that divides the logits.

A network is surer than it is right, most of all about people of a kind that it did not learn from. One number mends
most of that and changes no answer (Guo et al., *On Calibration of Modern Neural Networks*, ICML 2017). The read-out is
linear in its weights, so they are divided by the temperature: every use of the run, exported files too, has its effect.
"""

import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.data.clips import random_starts
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.loader import Batch, feed
from eyeprentice.files.whole import new_folder, write_json
from eyeprentice.judging.scoring import calibration_error
from eyeprentice.learning.runs import save_weights
from eyeprentice.learning.runs.paths import CONFIG, ENVIRONMENT, HISTORY, SPLIT, find_run
from eyeprentice.models import Model, place
from eyeprentice.models.base import MapReadout, check_answers
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Sampling
from eyeprentice.words.vocabulary import EMOTIONS

NOTE = "calibration.json"
CLIPS = 256
"""At once."""
HOTTEST = 20.0
"""Temperatures are looked for between this and one part of it."""


@dataclass(frozen=True)
class Calibration:
    """What a temperature does on the clips that it was fitted to."""

    temperature: float
    ece_before: float
    """Expected calibration error, in percent."""
    ece_after: float
    clips: int


@torch.no_grad()
def mean_logits(
    model: Model, dataset: Dataset, chosen: Tensor, sampling: Sampling, device: torch.device, repeats: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Logits (N, 7) and labels (N,) of `repeats` clips of each of the chosen sequences, from random starts."""
    model = place(model, device).eval()
    generator = torch.Generator().manual_seed(seed)
    sequences = chosen.repeat(repeats)
    starts = random_starts(dataset.lengths[sequences], sampling, generator)
    batches = [Batch(s, at, None) for s, at in zip(sequences.split(CLIPS), starts.split(CLIPS), strict=True)]
    given = [model(clip)[0].float().mean(0).cpu() for clip, _ in feed(dataset, batches, sampling, device)]
    logits = torch.cat(given)
    check_answers(logits)
    return logits, dataset.labels[sequences]


def fit_temperature(logits: Tensor, labels: Tensor) -> Calibration:
    """The temperature under which the labels are likeliest, of logits (N, 7)."""
    logits = logits.double()

    def surprise(log_temperature: float) -> float:
        return float(F.cross_entropy(logits / math.exp(log_temperature), labels))

    reach = math.log(HOTTEST)
    temperature = math.exp(minimize_scalar(surprise, bounds=(-reach, reach), method="bounded").x)
    before, after = (_error(logits / divisor, labels) for divisor in (1.0, temperature))
    return Calibration(temperature, before, after, len(labels))


def _error(logits: Tensor, labels: Tensor) -> float:
    confidence, answer = logits.softmax(-1).max(-1)
    return calibration_error(confidence.numpy(), (answer == labels).numpy())


@torch.no_grad()
def divide_logits(model: Model, temperature: float) -> None:
    """Divides what the model's read-out gives; raises `InputError` for a model without a linear one."""
    readout = linear_readout(model)
    readout.linear.weight.div_(temperature)
    readout.linear.bias.div_(temperature)


@torch.no_grad()
def shift_logit(model: Model, emotion: str, amount: float, steps: int) -> None:
    """Adds `amount` to the mean logit of an emotion over clips of `steps`: above 0, more faces are called so.

    A trained network answers as often as it met each emotion in training, which may be oftener than is wanted. Raises
    `InputError` for a model without a linear read-out.
    """
    readout = linear_readout(model)
    kept = [sum(readout.leak**age for age in range(step + 1)) for step in range(steps)]
    biases = readout.linear.bias.view(-1, len(EMOTIONS))
    biases[:, EMOTIONS.index(emotion)] += amount * steps / sum(kept)


def linear_readout(model: Model) -> MapReadout:
    """Raises `InputError` for a model without one."""
    readout = getattr(model, "readout", None)
    if not isinstance(readout, MapReadout):
        raise InputError("model", "has no linear read-out, whose logits could be changed", "calibrate another model")
    return readout


def write_calibrated(run: Path, out: Path, model: Model, calibration: Calibration, data: str) -> None:
    """A copy of a finished run in the new folder `out`, with the weights of `model`, and a note of what was fitted."""
    with new_folder(out) as folder:
        for name in (CONFIG, SPLIT, HISTORY, ENVIRONMENT):
            if (find_run(run) / name).is_file():
                shutil.copy2(find_run(run) / name, folder / name)
        if not (find_run(run) / SPLIT).is_file():  # the packaged run's card, not a split, says who was learnt from
            write_json(folder / SPLIT, {"training": [], "testing": [], "fingerprints": {}, "before": []})
        note = {"run": str(run), "data": data, "temperature": calibration.temperature, "clips": calibration.clips}
        ece = {"ece_before": calibration.ece_before, "ece_after": calibration.ece_after}
        write_json(folder / NOTE, {**note, **ece})
        save_weights(folder, model)
