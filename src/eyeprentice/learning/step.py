"""A training step, and the same as a CUDA graph: launching a small model's kernels takes longer than they do."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.learning.terms import needs_features, needs_teacher, total, units_error
from eyeprentice.models import Model
from eyeprentice.words.settings import Objective, Training

Results = tuple[dict[str, Tensor], Tensor]
Step = Callable[[Clip, Tensor, int], Results]
"""(clip, labels (B,), clips of the whole batch) -> (`loss` and its terms by name, mean logits (B, 7)), of before the
step. With several processes, clip, labels and logits are this one's, and the losses are the whole batch's."""

WARM_UPS = 3
"""Steps of a shape that are taken plainly before one is recorded: libraries choose their kernels in them."""


def make_step(
    fabric: Fabric,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    teacher: Model | None,
    objective: Objective,
    settings: Training,
    units_weight: float = 0.0,
) -> Step:
    """A step on what `fabric` computes with. The teacher is run where a term needs it.

    With a `units_weight`, `model` estimates the action units of its clips as well (`MapModel.estimate`); their mean
    squared error, times the weight, is added to the loss and comes as the term `units`. Terms that compare features ask
    both for them, too. Of `settings`, label smoothing and the largest norm of the gradients count here.

    Several processes each run the networks on their own clips, and compute the loss of the whole batch. They add up
    their gradients once, after the backward pass, and not bucket by bucket within it as DDP does: so what they tell
    each other is part of the recording.

    Recorded for GPUs and AdamW. Float16 looks at the loss in every step, and PyTorch's SGD cannot be recorded: those
    step plainly.
    """
    teacher = teacher if needs_teacher(objective) else None
    learner: Any = model  # with `estimate`, where units or features are asked for
    master: Any = teacher
    deep = needs_features(objective)

    def step(clip: Clip, target: Tensor, size: int) -> Results:
        def whole(mine: Tensor, axis: int = 1) -> Tensor:
            return whole_batch(mine, axis, size, fabric)

        with torch.no_grad(), fabric.autocast():
            told: Any = None if teacher is None else master.estimate(clip) if deep else teacher(clip)
        with _unsynchronised(fabric, learner):
            estimate = learner.estimate(clip) if units_weight or deep else learner(clip)
        logits = estimate[0].float()
        belief = None if told is None else whole(told[0].float())
        features = (whole(estimate.features.float()), whole(told.features.float())) if deep else None
        labels = whole(target, 0)
        loss, terms = total(whole(logits), belief, labels, objective, features, settings.label_smoothing)
        if units_weight:
            assert clip.units is not None
            terms["units"] = units_error(whole(estimate.units.float()), whole(clip.units), labels)
            loss = loss + units_weight * terms["units"]
        optimizer.zero_grad()
        with _unsynchronised(fabric, learner):
            fabric.backward(loss)  # each process has the gradients of its own clips
        add_gradients(model, fabric)
        if settings.clip_norm:
            fabric.clip_gradients(model, optimizer, max_norm=settings.clip_norm, error_if_nonfinite=False)
        optimizer.step()
        return {name: value.detach() for name, value in {"loss": loss, **terms}.items()}, logits.detach().mean(0)

    adamw = "capturable" in optimizer.defaults
    recordable = fabric.device.type == "cuda" and adamw
    return Recorded(step) if recordable and fabric.strategy.precision.precision != "16-mixed" else step


def _unsynchronised(fabric: Fabric, learner: Any) -> AbstractContextManager[Any]:
    """Without DDP's own exchange of gradients."""
    return fabric.no_backward_sync(learner) if fabric.world_size > 1 else nullcontext()


def add_gradients(model: nn.Module, fabric: Fabric) -> None:
    """Gives every process the sum of all gradients, in one exchange: each had those of its own clips."""
    if fabric.world_size == 1:
        return
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    parts = flat.split([gradient.numel() for gradient in gradients])
    torch._foreach_copy_(gradients, [part.view_as(gradient) for part, gradient in zip(parts, gradients, strict=True)])


def whole_batch(mine: Tensor, axis: int, size: int, fabric: Fabric) -> Tensor:
    """What all processes have of a batch of `size` clips along `axis`, put together as `Batch.part` took it apart.

    A gradient reaches this process's own part alone, as it does in every other one.
    """
    if fabric.world_size == 1:
        return mine
    at = (slice(None),) * axis + (slice(fabric.global_rank, None, fabric.world_size),)
    whole = mine.new_zeros(*mine.shape[:axis], size, *mine.shape[axis + 1 :])
    whole[at] = mine.detach()
    dist.all_reduce(whole)
    whole[at] = mine
    return whole


class Recorded:
    """Records a step once for each shape of its clips, and replays it from then on.

    Processes that step together may record at different steps: a recording exchanges nothing, its replay does.
    """

    def __init__(self, step: Step) -> None:
        self.step = step
        self.taken: dict[tuple[int, ...], int] = {}
        self.graphs: dict[tuple[int, ...], Callable[[Clip, Tensor], Results]] = {}

    def forget(self) -> None:
        """Gives their memory back; several processes do so before they part, whose exchanges are recorded."""
        self.graphs.clear()
        self.taken.clear()

    def __call__(self, clip: Clip, target: Tensor, size: int) -> Results:
        shape = (*clip.frames.shape, size)
        if shape in self.graphs:
            return self.graphs[shape](clip, target)
        self.taken[shape] = self.taken.get(shape, 0) + 1
        if self.taken[shape] == WARM_UPS + 1:
            try:
                self.graphs[shape] = _record(self.step, clip, target, size)
            except torch.OutOfMemoryError:  # a recording keeps its memory for itself: this shape goes on plainly
                torch.cuda.empty_cache()
            else:
                return self.graphs[shape](clip, target)
        return _aside(lambda: self.step(clip, target, size))


def _record(step: Step, clip: Clip, target: Tensor, size: int) -> Callable[[Clip, Tensor], Results]:
    inputs = [*(part for part in clip if part is not None), target]
    kept = [torch.empty_like(given) for given in inputs]
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        parts = iter(kept)
        results = step(Clip._make(None if part is None else next(parts) for part in clip), kept[-1], size)

    def replay(clip: Clip, target: Tensor) -> Results:
        given = [*(part for part in clip if part is not None), target]
        for old, new in zip(kept, given, strict=True):
            old.copy_(new)
        graph.replay()
        return results

    return replay


def _aside(work: Callable[[], Results]) -> Results:
    """On a stream of its own, as recording demands of what comes before it."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        results = work()
    torch.cuda.current_stream().wait_stream(aside)
    return results
