"""The loop that trains the finder, its scores and threshold on people whom it did not learn from, and its folder."""

import copy
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning_fabric import Fabric
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from eyeprentice.eye.contract import CELL
from eyeprentice.files.whole import read_bytes
from eyeprentice.finder.architecture import FinderNetwork
from eyeprentice.finder.effects import Draw
from eyeprentice.finder.loss import Targets, losses, make_targets
from eyeprentice.finder.picture_bank import PictureBank
from eyeprentice.finder.scenes import NO_EYE, make_scenes
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

SCENE_SHAPES = ((112, 112), (112, 112), (64, 64), (48, 64), (64, 48), (96, 96), (128, 128), (96, 128), (144, 192))
"""Heights and widths of scenes, one after another."""
SCENE_PIXELS = 112 * 112
"""Of a scene of which a batch has as many as are asked for; of smaller ones it has more, up to twice as many."""
AVERAGING = 0.999
"""Of the averaged weights, at each step; they are what is written."""
SCORED_AT_ONCE = 128
"""Scenes that are scored at once."""
FALSE = 0.002
"""Share of scenes without an eye that may be above the threshold."""


@dataclass(frozen=True)
class FinderTraining:
    """How long and how fast the finder learns."""

    steps: int
    batch_size: int
    learning_rate: float
    seed: int
    minutes: float | None = None
    """If given, the learning rate falls with the clock where that is faster than the steps."""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 4 or not 0 < self.learning_rate <= 1:  # nor NaN
            raise InputError("finder", "steps, batch size or learning rate cannot be used", "see --help")


def train_finder(
    bank: PictureBank, plan: FinderTraining, fabric: Fabric, init: FinderNetwork | None = None
) -> tuple[FinderNetwork, list[dict[str, float]]]:
    """The network with averaged weights, and the losses of a hundred moments; it starts from `init`, if given."""
    torch.manual_seed(plan.seed)
    network = copy.deepcopy(init or FinderNetwork()).train().to(bank.device)
    averaged = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=0.01)
    model, optimizer = fabric.setup(network, optimizer)
    draw = Draw(torch.Generator(bank.device).manual_seed(plan.seed))
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
            height, width = SCENE_SHAPES[step % len(SCENE_SHAPES)]
            count = min(2 * plan.batch_size, plan.batch_size * SCENE_PIXELS // (height * width))
            with torch.no_grad():
                scenes = make_scenes(bank, max(4, count), height, width, draw)
                targets = make_targets(scenes.eyes, height // CELL, width // CELL)
            parts = losses(model(scenes.frames).float(), targets)
            loss = sum(parts.values(), torch.zeros((), device=bank.device))
            optimizer.zero_grad(set_to_none=True)
            fabric.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            average(averaged, network, min(AVERAGING, (step + 1) / (step + 10)))
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


class FinderScore(NamedTuple):
    """How well eyes are found in scenes, cell by cell, at a threshold of the probability."""

    threshold: float
    found: float
    """Share of the scenes with eyes in which a cell that shows one is above the threshold."""
    false: float
    """Share of the scenes without an eye in which any cell is."""
    place: float
    """Median distance from the true centre, in sizes, of the most probable cell that shows an eye."""
    size: float
    """Median error of the size, as a share."""
    side: float
    """Share of eyes whose side is right."""
    openness: float
    """Mean error, 0..1."""


@torch.no_grad()
def validate_finder(network: FinderNetwork, bank: PictureBank, seed: int, scenes: int) -> dict[str, FinderScore]:
    """Scores of so many scenes of each shape; the threshold is one for all of them."""
    draw = Draw(torch.Generator(bank.device).manual_seed(seed))
    answers: dict[str, tuple[Tensor, Tensor, Targets]] = {}
    for height, width in dict.fromkeys(SCENE_SHAPES):
        parts = []
        for done in range(0, scenes, SCORED_AT_ONCE):
            frames, eyes = make_scenes(bank, min(SCORED_AT_ONCE, scenes - done), height, width, draw)
            parts.append((network(frames), eyes))
        maps, eyes = (torch.cat(part) for part in zip(*parts, strict=True))
        answers[f"{width}x{height}"] = maps, eyes, make_targets(eyes, *maps.shape[2:])
    thresholds = [score_maps(*answer, None).threshold for answer in answers.values()]
    threshold = float(torch.tensor(thresholds).median())
    return {name: score_maps(*answer, threshold) for name, answer in answers.items()}


def score_maps(maps: Tensor, eyes: Tensor, targets: Targets, threshold: float | None) -> FinderScore:
    """Scores maps (B, 7, h, w); without a threshold, that at which a share `FALSE` of empty scenes is above it."""
    probability = torch.sigmoid(maps[:, 0])
    highest = probability.flatten(1).amax(1)
    empty = (eyes[..., 0] == NO_EYE).all(1)
    if threshold is None:
        threshold = float(torch.quantile(highest[empty], 1 - FALSE))
    best = torch.where(targets.shows > 0, probability, -1.0)
    shown = (targets.shows > 0).flatten(1).any(1)
    at = best.flatten(1).argmax(1)
    picked = maps.flatten(2).gather(2, at[:, None, None].expand(-1, maps.shape[1], 1))[..., 0][shown]
    true = targets.truth.flatten(2).gather(2, at[:, None, None].expand(-1, 6, 1))[..., 0][shown]
    size = targets.size.flatten(1).gather(1, at[:, None])[shown, 0]
    apart = (picked[:, 1:3] - true[:, :2]).norm(dim=1) * CELL / size
    known = torch.isfinite(true[:, 5])
    return FinderScore(
        threshold,
        float((best.flatten(1).amax(1)[shown] >= threshold).float().mean()),
        float((highest[empty] >= threshold).float().mean()),
        float(apart.median()),
        float((picked[:, 3] - true[:, 2]).abs().median()),
        float(((picked[:, 5] > 0) == (true[:, 4] > 0.5)).float().mean()),
        float((torch.sigmoid(picked[known, 6]) - true[known, 5]).abs().mean()),
    )


def write_run(
    folder: Path,
    network: FinderNetwork,
    history: list[dict[str, float]],
    scores: dict[str, FinderScore],
    plan: FinderTraining,
) -> None:
    """Weights and what is known of them, into a folder that is there."""
    weights = {name: value.contiguous().cpu() for name, value in network.state_dict().items()}
    (folder / "weights.safetensors").write_bytes(save(weights))  # unlike save_file it tells when the disk is full
    validation = {name: found._asdict() for name, found in scores.items()}
    record: dict[str, Any] = {"plan": asdict(plan), "validation": validation, "history": history}
    (folder / "finder.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def read_finder_weights(path: Path) -> FinderNetwork:
    """The network of a written folder's `weights.safetensors`; raises `InputError` if it is of another."""
    network, todo = FinderNetwork(), "give weights.safetensors of a folder that finder wrote"
    content = read_bytes(path, limits.WEIGHTS_BYTES, "the weights of a finder")
    try:
        weights = load(content)
        network.load_state_dict(weights)
    except (RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(path, f"not the weights of a finder ({reason})", todo) from None
    if not all(torch.isfinite(value).all() for value in weights.values()):
        raise InputError(path, "not the weights of a finder (a weight is not a number)", todo)
    return network.eval()
