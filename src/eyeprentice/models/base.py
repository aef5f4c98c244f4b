"""What every model is: a clip in, logits a step out, and the state to go on from; and what several of them share."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils import _pytree as tree

from eyeprentice.data.clips import Clip
from eyeprentice.models.registration import Template, registered, template_of
from eyeprentice.snn import PerStep, State, integrate, per_step
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Training
from eyeprentice.words.vocabulary import EMOTIONS

LEVELS = 255
"""Of grey: frames are so many parts of 0..1."""


class Model(nn.Module):
    """`model(clip, state=None) -> logits (T, B, 7), state`; the mean of the logits over the steps is the prediction.

    The state is what the model keeps from one step to the next: a tree (tuples, NamedTuples, lists, dictionaries) of
    float tensors whose shapes do not change from step to step. None is rest, and so is a tree of zeros. A clip in one
    call and its steps in a call each, every state handed to the next, give the same logits: training takes the first
    way, a stream the second. A model that keeps this contract can be trained, evaluated and exported.
    """

    needs_events: bool = False
    """Whether `clip.events` must be there. Where it is False, `clip.events` may be None."""
    needs_whole_clips: bool = False
    """Whether a step's logits depend on later frames: such a model refuses a state and cannot read a stream."""
    preset: Training = Training()
    """Training settings that suit it."""

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        raise NotImplementedError


def check_answers(*answers: Tensor) -> None:
    """Raises `InputError` where a model answers with what is no number, as it does if its weights are huge."""
    if not all(bool(answer.isfinite().all()) for answer in answers):
        what = "its answers are not finite, because its weights are too large"
        raise InputError("model", what, "train the run again, with a lower learning rate")


class Estimate(NamedTuple):
    """All that a model with a map read-out says of a clip: what training may compare with more than labels."""

    logits: Tensor  # (T, B, 7)
    units: Tensor  # (T, B, U) intensities of action units; U is the setting `units`
    features: Tensor  # (T, B, F) what the read-out is given
    state: State


class MapModel(Model):
    """A model that turns every step into a map of features, which a `MapReadout` reads: the student and the teacher.

    A subclass writes `features` and sets `readout`. `model(clip)` gives the logits alone; `model.estimate(clip)` gives
    the action units and the features too, at no cost to a model that is never asked for them.
    """

    readout: "MapReadout"

    def features(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        """The read-out's input (T, B, F), and the state of all that comes before the read-out."""
        raise NotImplementedError

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        before, membrane = state or (None, None)
        features, before = self.features(clip, before)
        logits, membrane = self.readout(features, membrane)
        return logits, MapState(before, membrane)

    def estimate(self, clip: Clip, state: State = None) -> Estimate:
        """As `forward`, with everything that can be learnt from."""
        before, membrane = state or (None, None)
        features, before = self.features(clip, before)
        logits, membrane = self.readout(features, membrane)
        return Estimate(logits, self.readout.estimate_units(features), features, MapState(before, membrane))


def forget_units(model: Model) -> None:
    """Lets the outputs for action units start afresh, if there are any: for units of other names."""
    if isinstance(model, MapModel) and model.readout.units is not None:
        model.readout.units.reset_parameters()


class MapState(NamedTuple):
    """What a `MapModel` keeps."""

    before: State  # of the layers before the read-out
    readout: "ReadoutState"


def place(model: Model, device: torch.device) -> Model:
    """`model` on `device`, its weights laid out as the device likes them."""
    if device.type == "cuda" and all(weight.ndim < 5 for weight in model.parameters()):  # no 3D convolutions
        return model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.to(device)


def full_precision(device: torch.device) -> AbstractContextManager[Any]:
    """A block in which nothing is rounded to fewer bits; "meta", which has nothing to round, knows no such block."""
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)


class ContrastAndChange(nn.Module):
    """What the first layer is given: local contrast, and how it changes.

    Frames (T, B, 1, H, W), 0..1 -> (T, B, C, H, W): channel 0 is `(x - mean) / (deviation + floor)` over a box of
    `window` pixels (as much of it as lies within the image). Behind it come its difference to the first step's
    (`change`) and to the previous step's (`step_change`), which are 0 in the first step. Contrast takes out the
    lighting, the change since the first step takes out the person, and the change since the previous one tells which
    way things go. Each can be switched off. As a layer of `snn`, it is `(frames, state=None) -> (maps, state)`: the
    first step is the first since rest.
    """

    def __init__(
        self,
        contrast: bool = True,
        change: bool = True,
        step_change: bool = False,
        registration: int = 0,
        window: int = 15,
        floor: float = 0.02,
    ) -> None:
        super().__init__()
        if window % 2 == 0:
            raise ValueError(f"window must be odd, not {window}")
        if registration and not change:
            raise ValueError("frames are registered to the first one only where change since that is told")
        self.registration = registration
        self.contrast, self.change, self.step_change = contrast, change, step_change
        self.window, self.floor = window, floor

    @property
    def channels(self) -> int:
        return 1 + self.change + self.step_change

    def local_contrast(self, frames: Tensor) -> Tensor:
        """Frames (N, ..., H, W), 0..1; in float32 whatever the precision, for a variance is a small difference.

        Computed in grey levels: of pictures of 8 bits, the sums of a box are whole numbers below 2^24 (`box`), which
        come out the same in whatever order a machine adds. A difference of the last bit would grow a thousandfold.
        """
        with full_precision(frames.device):
            x = frames.float() * LEVELS
            mean, square = box_means(torch.cat([x, x * x]), self.window).chunk(2)
            deviation = (square - mean * mean).clamp(min=1e-6 * LEVELS**2).sqrt()
            return (x - mean) / (deviation + self.floor * LEVELS)

    def begin(self, x: Tensor) -> "EyeState":
        """What is kept of the first frame of a clip, local contrast (B, 1, H, W), before its first step."""
        with full_precision(x.device):
            template = template_of(x) if self.registration else ()
        age = x.new_zeros(1)
        return EyeState(age, x if self.change else (), x if self.step_change else (), template)

    def forward(self, frames: Tensor, state: State = None) -> tuple[Tensor, "EyeState"]:
        x = self.local_contrast(frames) if self.contrast else frames
        begun = self.begin(_first(x))
        begun = begun if state is None else _at_first(begun, state)
        if self.registration:
            assert isinstance(begun.template, Template)
            with full_precision(x.device):
                x = registered(x, begun.template, self.registration)
        maps = [x, x - begun.first] if self.change else [x]
        if self.step_change:
            earlier = begun.previous if len(x) == 1 else torch.cat([begun.previous[None], x[:-1]])
            maps.append(x - earlier)
            begun = begun._replace(previous=_first(x[-1:]))
        return torch.cat(maps, dim=2), begun._replace(age=begun.age + len(x))


class EyeState(NamedTuple):
    """What `ContrastAndChange` keeps; () stands for what nobody asks for."""

    age: Tensor  # (1,) steps since rest
    first: State  # (B, 1, H, W) the contrast of the first frame since rest
    previous: State  # (B, 1, H, W) the contrast of the frame before, registered if frames are
    template: "Template | tuple[()]"  # what frames are registered to, of the first one


def _at_first(begun: EyeState, state: EyeState) -> EyeState:
    """What begins with the first frame, where the state is rest; the state itself later."""
    later = state.age > 0
    return tree.tree_map(lambda kept, new: torch.where(later, kept, new), state, begun)


def _first(x: Tensor) -> Tensor:
    """x[0]; the only one there is, is reshaped, which exporters make nothing of."""
    return x[0] if len(x) > 1 else x.reshape(x.shape[1:])


def box_means(x: Tensor, window: int) -> Tensor:
    """Means of (..., H, W) over a box of `window`, as much of it as lies within.

    Down the columns a box's sum is the difference of two running sums, which is exact, for grey levels and for their
    squares, in pictures of up to 258 rows.
    """
    height, width = x.shape[-2:]
    last, before, there, share = _boxes(height, width, window, x.device)
    sums = x.cumsum(-2)
    down = sums.index_select(-2, last) - sums.index_select(-2, before) * there
    return (down @ box(width, window, x.device)) * share


@cache
def _boxes(height: int, width: int, window: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of the box around each row, the last row (H,), the one before its first (H,) and whether there is one (H, 1); and
    one over the pixels in each box, (H, W)."""
    at, half = torch.arange(height, device=device), window // 2
    last, before = (at + half).clamp(max=height - 1), at - half - 1
    rows, columns = (box(length, window, device).sum(1) for length in (height, width))
    return last, before.clamp(min=0), (before >= 0).float()[:, None], 1 / (rows[:, None] * columns)


@cache
def box(length: int, window: int, device: torch.device) -> Tensor:
    """The sum over a box of `window`, as much of it as lies within, as a matrix (length, length) of zeros and ones."""
    at = torch.arange(length, device=device)
    return ((at[:, None] - at).abs() <= window // 2).float()


class CellMeans(nn.AdaptiveAvgPool2d):
    """The mean of each of cells x cells parts of a map; a map of that very size stays as it is."""

    def forward(self, x: Tensor) -> Tensor:
        return x if x.shape[-2:] == (self.output_size, self.output_size) else super().forward(x)


class MapReadout(nn.Module):
    """Logits from where things are: features averaged over a coarse map, a linear layer, and neurons that never fire.

    Features (T, B, F), state -> logits (T, B, 7), which are the membranes, and a `ReadoutState`. With `step_weights`
    above 1 that many first steps have weights of their own (later ones share the last of these), so that the order of
    the steps counts. A second linear layer estimates the intensities of `units` action units from the same features.
    """

    def __init__(
        self, channels: int, cells: int, leak: float, dropout: float = 0.0, units: int = 0, step_weights: int = 1
    ) -> None:
        super().__init__()
        if units < 0:
            raise ValueError(f"units must be 0 or more, not {units}")
        if not 1 <= step_weights <= limits.STEPS:
            raise ValueError(f"step_weights must be within 1..{limits.STEPS}, not {step_weights}")
        self.cells, self.leak, self.step_weights = cells, leak, step_weights
        self.pool = PerStep(CellMeans(cells), nn.Flatten(), nn.Dropout(dropout))
        self.linear = nn.Linear(channels * cells**2, step_weights * len(EMOTIONS))
        self.units = nn.Linear(channels * cells**2, units) if units else None

    def pooled(self, maps: Tensor) -> Tensor:
        """Maps (T, B, C, H, W) -> features (T, B, F), F = C·cells². With `cells` 1 this is the global average."""
        return self.pool(maps)[0]

    def forward(self, features: Tensor, state: State = None) -> tuple[Tensor, "ReadoutState"]:
        potential, steps = state or (None, None)
        currents, steps = self._currents(features, steps)
        logits, potential = integrate(currents, potential, self.leak)
        return logits, ReadoutState(potential, steps)

    def _currents(self, features: Tensor, steps: State) -> tuple[Tensor, State]:
        """(T, B, 7), and how many steps there were since rest."""
        if self.step_weights == 1:
            return per_step(self.linear, features), ()
        steps = torch.zeros_like(self.linear.bias[:1]) if steps is None else steps
        number = (steps + torch.arange(len(features), device=steps.device)).clamp(max=self.step_weights - 1).long()
        weights, biases = (part.unflatten(0, (self.step_weights, -1))[number] for part in self.linear.parameters())
        currents = [F.linear(x, weights[t], biases[t]) for t, x in enumerate(features)]
        return torch.stack(currents), steps + len(features)

    def estimate_units(self, features: Tensor) -> Tensor:
        """Features (T, B, F) -> intensities (T, B, U), each step by itself; 0..1 is what they are trained towards."""
        return features.new_zeros(*features.shape[:2], 0) if self.units is None else per_step(self.units, features)


class ReadoutState(NamedTuple):
    """What a `MapReadout` keeps."""

    potential: Tensor  # (B, 7) of neurons that never fire
    steps: State  # (1,) since rest; () where all steps have the same weights


def on_off(events: Tensor) -> Tensor:
    """Events (T, B, 1, H, W), -1..1 -> brighter and darker as two channels, each 0..1; events of 1 are exactly 1."""
    return torch.cat([events.clamp(min=0), (-events).clamp(min=0)], dim=2)


def scaled(channels: int, width: float) -> int:
    """`channels` times `width`, to the nearest multiple of 8, at least 8."""
    return max(8, round(channels * width / 8) * 8)
