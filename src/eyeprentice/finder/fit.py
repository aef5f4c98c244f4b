"""The loop that trains the finder, and the choice of its threshold on people whom it did not learn from."""

import copy
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from eyeprentice.finder.network import FinderNetwork
from eyeprentice.finder.pool import Pool
from eyeprentice.finder.scenes import Draw, make_scenes
from eyeprentice.finder.targets import Score, losses, make_targets, score
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

SHAPES = ((112, 112), (112, 112), (64, 64), (48, 64), (64, 48), (96, 96), (128, 128), (96, 128), (144, 192))
"""Heights and widths of scenes, one after another."""
PIXELS = 112 * 112
"""Of a scene of which a batch has as many as are asked for; of smaller ones it has more, up to twice as many."""
KEEP = 0.999
"""Of the averaged weights, at each step; they are what is written."""
SCORED = 128
"""Scenes that are scored at once."""
FALSE = 0.002
"""Share of scenes without an eye that may be above the threshold."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast the finder learns."""

    steps: int
    batch_size: int
    learning_rate: float
    seed: int
    minutes: float | None = None
    """If given, the learning rate falls with the clock where that is faster than the steps."""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 4 or self.learning_rate <= 0:
            raise InputError("finder", "steps, batch size or learning rate are too small", "see --help")


def train(
    pool: Pool, plan: Plan, fabric: Fabric, init: FinderNetwork | None = None
) -> tuple[FinderNetwork, list[dict[str, float]]]:
    """The network with averaged weights, and the losses of a hundred moments; it starts from `init`, if given."""
    torch.manual_seed(plan.seed)
    network = copy.deepcopy(init or FinderNetwork()).train().to(pool.device)
    averaged = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=0.01)
    model, optimizer = fabric.setup(network, optimizer)
    draw = Draw(torch.Generator(pool.device).manual_seed(plan.seed))
    history: list[dict[str, float]] = []
    began, warm = time.monotonic(), max(1, min(200, plan.steps // 20))
    with progress("training the finder", plan.steps) as advance:
        for step in range(plan.steps):
            done = step / plan.steps
            if plan.minutes is not None:
                done = max(done, (time.monotonic() - began) / (60 * plan.minutes))
            if done >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = plan.learning_rate * min(1.0, (step + 1) / warm, (1 - done) / 0.6)
            height, width = SHAPES[step % len(SHAPES)]
            count = min(2 * plan.batch_size, plan.batch_size * PIXELS // (height * width))
            with torch.no_grad():
                scenes = make_scenes(pool, max(4, count), height, width, draw)
                targets = make_targets(scenes.eyes, height // 8, width // 8)
            parts = losses(model(scenes.frames).float(), targets)
            loss = sum(parts.values(), torch.zeros((), device=pool.device))
            optimizer.zero_grad(set_to_none=True)
            fabric.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            average(averaged, network, min(KEEP, (step + 1) / (step + 10)))
            note = ""
            if step % max(1, plan.steps // 100) == 0:
                history.append({"step": step, **{name: round(float(part.detach()), 4) for name, part in parts.items()}})
                note = " ".join(f"{name} {value:.3f}" for name, value in list(history[-1].items())[1:])
            advance(note)
    return averaged.eval(), history


@torch.no_grad()
def average(averaged: nn.Module, network: nn.Module, keep: float) -> None:
    """Moves the averaged weights, and the norms' statistics with them, towards those of the network."""
    mine, new = averaged.state_dict(), network.state_dict()
    floats = [name for name in mine if mine[name].is_floating_point()]
    torch._foreach_lerp_([mine[name] for name in floats], [new[name] for name in floats], 1 - keep)


@torch.no_grad()
def validate(network: FinderNetwork, pool: Pool, seed: int, scenes: int) -> dict[str, Score]:
    """Scores of so many scenes of each shape; the threshold is one for all of them."""
    draw = Draw(torch.Generator(pool.device).manual_seed(seed))
    seen: dict[str, list[tuple[Tensor, Tensor]]] = {}
    for shape in dict.fromkeys(SHAPES):
        for done in range(0, scenes, SCORED):
            frames, eyes = make_scenes(pool, min(SCORED, scenes - done), *shape, draw)
            seen.setdefault(f"{shape[1]}x{shape[0]}", []).append((network(frames), eyes))
    joined = {name: (torch.cat([m for m, _ in rows]), torch.cat([e for _, e in rows])) for name, rows in seen.items()}
    targets = {name: make_targets(eyes, *maps.shape[2:]) for name, (maps, eyes) in joined.items()}
    firsts = [score(*joined[name], targets[name], None, FALSE).threshold for name in joined]
    threshold = float(torch.tensor(firsts).median())
    return {name: score(*joined[name], targets[name], threshold, FALSE) for name in joined}


def write_run(
    folder: Path, network: FinderNetwork, history: list[dict[str, float]], scores: dict[str, Score], plan: Plan
) -> None:
    """Weights and what is known of them, into a folder that is there."""
    save_file(
        {name: value.contiguous().cpu() for name, value in network.state_dict().items()}, folder / "weights.safetensors"
    )
    validation = {name: found._asdict() for name, found in scores.items()}
    record: dict[str, Any] = {"plan": asdict(plan), "validation": validation, "history": history}
    (folder / "finder.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def read_weights(path: Path) -> FinderNetwork:
    """The network of a written folder's `weights.safetensors`; raises `InputError` if it is of another."""
    network = FinderNetwork()
    try:
        network.load_state_dict(load_file(path))
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        what = f"not the weights of a finder ({str(error).splitlines()[0]})"
        raise InputError(path, what, "give weights.safetensors of a folder that finder wrote") from None
    return network.eval()
