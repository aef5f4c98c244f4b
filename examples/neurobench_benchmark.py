"""A trained model under NeuroBench (Yik et al., Nature Communications 2025): our model and data as its wrappers, its
metrics, and two of ours as its own.

Example: python examples/neurobench_benchmark.py runs/student data/simulated

NeuroBench declares more than this needs (numba, torchaudio), so:
pip install snntorch tqdm && pip install --no-deps neurobench
"""

import argparse
import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

try:
    from neurobench.benchmarks import Benchmark
    from neurobench.hooks.neuron import NeuronHook
    from neurobench.metrics.abstract.workload_metric import AccumulatedMetric
    from neurobench.metrics.static import ConnectionSparsity, Footprint, ParameterCount
    from neurobench.metrics.workload import ActivationSparsity, ClassificationAccuracy, SynapticOperations
    from neurobench.models import NeuroBenchModel
except ModuleNotFoundError as error:
    todo = "pip install snntorch tqdm && pip install --no-deps neurobench"
    print(f"error: {error.name}: is not installed; {todo}", file=sys.stderr)
    sys.exit(2)

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from eyeprentice.data.clips import Clip, random_starts
from eyeprentice.data.dataset import open_dataset
from eyeprentice.judging.evaluation import held_out_sequences
from eyeprentice.judging.operations import PJ_A_MAC, PJ_AN_AC
from eyeprentice.learning.runs import load_model
from eyeprentice.models import Model
from eyeprentice.snn import LIF
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


class SpikeHook(NeuronHook):
    """Of a layer that gives (spikes, membrane)."""

    def hook_fn(self, layer: nn.Module, input: Any, output: tuple[Tensor, Tensor]) -> None:
        self.activation_outputs.append(output[0])


class OurModel(NeuroBenchModel):
    """Frames (B, T, 1, H, W), 0..1 -> the mean of the steps' logits (B, 7), by which the emotion is called."""

    def __init__(self, net: Model) -> None:
        super().__init__()
        self.net = net.eval()

    @torch.no_grad()
    def __call__(self, batch: Tensor) -> Tensor:
        return self.net(Clip(batch.transpose(0, 1), None))[0].mean(0)

    def __net__(self) -> Model:
        return self.net

    def register_hooks(self) -> None:
        super().register_hooks()
        spiking = {name: layer for name, layer in self.net.named_modules() if isinstance(layer, LIF)}
        self.activation_hooks += [SpikeHook(layer, name) for name, layer in spiking.items()]


class UAR(AccumulatedMetric):
    """Unweighted average recall, 0..1: the mean over the emotions that were shown."""

    def __init__(self) -> None:
        super().__init__(requires_hooks=False)
        self.reset()

    def reset(self) -> None:
        self.shown, self.right = torch.zeros(2, len(EMOTIONS))

    def __call__(self, model: NeuroBenchModel, preds: Tensor, data: tuple[Tensor, Tensor]) -> float:
        truth = data[1]
        self.shown += truth.bincount(minlength=len(EMOTIONS))
        self.right += truth[preds == truth].bincount(minlength=len(EMOTIONS))
        return self.compute()

    def compute(self) -> float:
        there = self.shown > 0
        return (self.right[there] / self.shown[there]).mean().item()


class EnergyMicrojoules(SynapticOperations):
    """Of a clip, at 45 nm (Horowitz 2014), for the operations that NeuroBench counts, without those on zeros."""

    def compute(self) -> float:
        counted = super().compute()
        return (PJ_A_MAC * counted["Effective_MACs"] + PJ_AN_AC * counted["Effective_ACs"]) / 1e6


STATIC = [ParameterCount, Footprint, ConnectionSparsity]
WORKLOAD = [ClassificationAccuracy, UAR, ActivationSparsity, SynapticOperations, EnergyMicrojoules]


def clips_of(run: Path, data: Path, batch: int = 32) -> tuple[Model, DataLoader]:
    """A run's model, and (frames (B, T, 1, H, W), labels (B,)) of a clip of every sequence it was not trained on.

    Raises `InputError`.
    """
    model, config = load_model(run)
    if model.needs_events:
        raise InputError(run, "needs event frames, and this example gives frames alone", "choose another run")
    dataset = open_dataset(data, config.size, events=False)
    tested, _ = held_out_sequences(dataset, run, config)
    starts = random_starts(dataset.lengths[tested], config.sampling, torch.Generator().manual_seed(0))
    frames = dataset.clip(tested, starts, config.sampling).frames.transpose(0, 1)
    return model, DataLoader(TensorDataset(frames, dataset.labels[tested]), batch)


def benchmark(model: Model, clips: DataLoader) -> dict[str, Any]:
    """NeuroBench's results. It prints a metric that fails and calls it 0: here that is an error."""
    harness = Benchmark(OurModel(model), clips, [], [lambda logits: logits.argmax(-1)], [STATIC, WORKLOAD])
    with redirect_stdout(StringIO()) as said:
        results = harness.run()
    if "Error running" in said.getvalue():
        raise RuntimeError(said.getvalue())
    return results


def main(run: Path, data: Path) -> None:
    try:
        print(json.dumps(benchmark(*clips_of(run, data)), indent=1, default=float))
    except InputError as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a finished run, or default")
    parser.add_argument("data", type=Path, help="dataset in SEE's layout")
    main(**vars(parser.parse_args()))
