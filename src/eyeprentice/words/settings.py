"""What a run is told: frozen dataclasses of plain values that check themselves.

They import no torch, so that the command line, whose options they are, answers at once.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
"""How precisely is computed, as Lightning Fabric calls it."""
SMALLEST = 16
"""Pixels of a side, below which a model sees nothing."""
REPEATS = 20
"""Clips of each sequence that a run is tested on."""


LARGEST = dict.fromkeys(("mirror", "blurred", "occlusion", "hold", "reverse", "still"), 1.0)
LARGEST |= {"saturation": 0.9, "brow": 0.5, "blur": 0.1, "unsteady": 0.1}
"""Of some of the ranges of augmentation."""


@dataclass(frozen=True)
class Augmentation:
    """Ranges, each drawn once a clip; 0 switches one off."""

    shift: float = 0.06
    """Largest shift, in image widths."""
    rotation: float = 8.0
    """Largest rotation, in degrees."""
    scale: float = 0.10
    """Largest change of size."""
    stretch: float = 0.05
    """Largest change of the ratio of width to height."""
    mirror: float = 0.0
    """Share of clips that are mirrored, 0..1."""
    brightness: float = 0.4
    """Largest change of the frames' brightness, in natural log units; events know no brightness."""
    unsteady: float = 0.0
    """Deviation of a shift (in image widths), a turn (in radians) and a change of size (as a share) that differ from
    step to step, in half of the clips: as in crops that were cut frame by frame where an eye finder saw the eye."""
    brow: float = 0.0
    """Largest part of the picture that is cut off above, so that the brow is not seen."""
    gamma: float = 0.0
    """Largest change of the logarithm of gamma."""
    contrast: float = 0.0
    """Largest change of contrast, in natural log units."""
    saturation: float = 0.0
    """Largest part of the range of grey that turns white, 0..1."""
    light: float = 0.0
    """Largest slope of the light over half a picture, and largest strength of a spot of light, in natural log units."""
    blur: float = 0.0
    """Largest deviation of a blur, in image widths; between round and along one direction."""
    blurred: float = 1.0
    """Share of clips that are blurred, if `blur` is on, 0..1."""
    noise: float = 0.0
    """Largest deviation of the noise of each pixel in each step, of a range of 1."""
    occlusion: float = 0.0
    """Share of clips with a grey box in the way, 0..1; of two boxes, each by itself."""
    hold: float = 0.0
    """Share of clips in which time stands still for some steps, 0..1."""
    reverse: float = 0.0
    """Share of clips that run backwards, 0..1."""
    still: float = 0.0
    """Share of clips that show one moment in all steps, as a picture or an expression that is kept does, 0..1."""

    def __post_init__(self) -> None:
        for name, most in LARGEST.items():
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be within 0..{most:g}, not {getattr(self, name)}")


STRONG = Augmentation(
    shift=0.07, rotation=12, scale=0.15, stretch=0.08, brightness=0.4, unsteady=0.012, brow=0.2, gamma=0.5,
    contrast=0.4, saturation=0.3, light=0.5, blur=0.015, blurred=0.4, noise=0.03, occlusion=0.3,
    hold=0.15, reverse=0.15, still=0.2,
)  # fmt: skip
"""For people, cameras and headsets of another kind than those that are learnt from."""


@dataclass(frozen=True)
class Training:
    """Training settings."""

    epochs: int = 60
    """Number of epochs; an epoch has one clip of every training sequence."""
    batch_size: int = 32
    """Number of clips in a training step."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    """sgd uses a momentum of 0.9."""
    learning_rate: float = 3e-3
    """Highest learning rate of the run."""
    weight_decay: float = 0.05
    """Weight decay; adamw does not apply it to biases and batch norms."""
    schedule: Literal["cosine", "step"] = "cosine"
    """cosine rises during a tenth of the run and then falls to 0; step multiplies by 0.94 every epoch, as SEEN does."""
    seed: int = 0
    """Random seed of the weights, the order of clips, their first frames and the augmentation."""
    augmentation: Augmentation | Literal["strong"] | None = field(default_factory=Augmentation)
    """strong is for people and cameras that differ from those of the training set; null means none."""
    batch_norm: Literal["shared", "own"] = "shared"
    """With several processes: shared normalises over the whole batch, so that the number of processes does not change
    the result; own lets each process normalise over its share."""
    label_smoothing: float = 0.0
    """Share of a label that is spread evenly over the emotions, 0..1."""
    unlabelled: float = 0.0
    """Share of the training sequences whose labels are hidden, 0..1: of these, only the teacher can be learnt from."""
    units_weight: float = 0.0
    """Weight of a second loss, the squared error of the action units, if the dataset has them; 0 means none."""
    moment_labels: float = 0.0
    """If the dataset has action units: a training clip in which no unit reaches this intensity is labelled neutral,
    because its emotion cannot be seen yet. 0.12 is above a relaxed face; 0 means off. Testing keeps the labels."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        for name in ("weight_decay", "units_weight", "moment_labels"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        for name in ("label_smoothing", "unlabelled"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be within 0..1, not {getattr(self, name)}")
        if self.moment_labels > 1:
            raise ValueError(f"moment_labels is an intensity, within 0..1, not {self.moment_labels}")
        if self.optimizer not in ("adamw", "sgd") or self.schedule not in ("cosine", "step"):
            raise ValueError("the optimizer is adamw or sgd, the schedule cosine or step")
        if self.batch_norm not in ("shared", "own"):
            raise ValueError("batch norm is shared or own")

    @property
    def changes(self) -> Augmentation | None:
        """The ranges of augmentation, whatever they were called."""
        return STRONG if isinstance(self.augmentation, str) else self.augmentation

    def with_seed(self, seed: int) -> "Training":
        return replace(self, seed=seed)


SEEN_RECIPE = Training(
    epochs=180, optimizer="sgd", learning_rate=0.015, weight_decay=1e-3, schedule="step", augmentation=None
)
"""The published recipe of SEEN (Zhang et al., SIGGRAPH 2023)."""


@dataclass(frozen=True)
class Objective:
    """Distillation loss: its terms and their weights."""

    terms: tuple[str, ...] = ("kd",)
    """Any of kd, hckd, tckd, dkd, tet, esd and relations, or terms of your own (docs/extend.md); [] means cross-entropy
    alone."""
    alpha: float = 0.5
    """Weight of the distillation terms, 0..1; cross-entropy with the labels has the weight 1 - alpha."""
    tau: float = 2.0
    """Temperature: logits are divided by it, and the terms are multiplied by its square (Hinton et al., 2015)."""
    beta: float = 2.0
    """Weight of the part of hckd and dkd that compares the wrong classes with each other."""
    gamma: float = 1.0
    """Weight of the part of tckd that compares the similarity between steps."""

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"alpha must be within 0..1, not {self.alpha}")
        if not self.tau > 0:
            raise ValueError(f"tau must be above 0, not {self.tau}")
        if not self.beta >= 0 or not self.gamma >= 0:
            raise ValueError(f"beta and gamma must be 0 or more, not {self.beta} and {self.gamma}")
