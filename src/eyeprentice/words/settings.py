"""What decides how a run learns: frozen dataclasses of plain values that check themselves.

They import no torch, so that the command line, whose options they are, answers at once. Those with a class method
`parse` may also be written as one word (`E4-S3`, `official`).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

from eyeprentice.words import limits
from eyeprentice.words.vocabulary import LIGHTINGS

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
"""How precisely is computed, as Lightning Fabric calls it."""
SMALLEST = 16
"""Pixels of a side, below which a model sees nothing."""
LARGEST_SEED = 2**32 - 1
LARGEST_WEIGHT = 1e6
"""Of a part of a loss, of a decay or a rate: beyond it nothing is learnt, and 1e300 is no number any more."""
WIDTHS = (0.01, 100)
"""By which the channels of a model may be multiplied."""
REPEATS = 20
"""Clips of each sequence that a run is tested on."""


def check_ranges(settings: Any, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raises `ValueError` where a field is not within its range, both ends included, or is not finite."""
    for name, (least, most) in ranges.items():
        value = getattr(settings, name)
        if not (math.isfinite(value) and least <= value <= most):
            wanted = f"{least:g} or more" if most == math.inf else f"within {least:g}..{most:g}"
            raise ValueError(f"{name} must be {wanted}, not {value}")


def check_words(settings: Any, kinds: Mapping[str, Any]) -> None:
    """Raises `ValueError` where a field is none of the words that its `Literal` lists."""
    for name, kind in kinds.items():
        if getattr(settings, name) not in get_args(kind):
            raise ValueError(f"{name} must be {' or '.join(get_args(kind))}, not {getattr(settings, name)}")


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
    reference: float = 0.0
    """Share of clips whose first step is the first frame of their sequence, 0..1: the neutral face, mostly."""
    drift: float = 0.0
    """Largest change of size, as a share, by which a clip comes away from its first step, slowly or at once; shifts (in
    image widths) go half as far, turns (in radians) 1.25 times, and the picture slants as much."""
    relit: float = 0.0
    """Share of clips whose first step is seen in another light and by another lens than the others, 0..1."""

    def __post_init__(self) -> None:
        check_ranges(self, {name: (0, most) for name, most in LARGEST.items()})


LARGEST = dict.fromkeys(("scale", "stretch", "saturation"), 0.9)
LARGEST |= {"rotation": 180.0, "brow": 0.5, "shift": 0.5, "blur": 0.1, "unsteady": 0.1, "drift": 0.3}
LARGEST |= dict.fromkeys(
    ("mirror", "blurred", "noise", "occlusion", "hold", "reverse", "still", "reference", "relit"), 1.0
)
LARGEST |= dict.fromkeys(("brightness", "gamma", "contrast", "light"), 3.0)
"""Of each range of augmentation."""
STRONG = Augmentation(
    shift=0.07, rotation=12, scale=0.15, stretch=0.2, brightness=0.4, unsteady=0.03, brow=0.2, gamma=0.5,
    contrast=0.4, saturation=0.3, light=0.5, blur=0.015, blurred=0.4, noise=0.03, occlusion=0.3,
    hold=0.15, reverse=0.15, still=0.2,
)  # fmt: skip
"""For people, cameras and headsets of another kind than those that are learnt from."""


Optimizer = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "step"]
BatchNorm = Literal["shared", "own"]


@dataclass(frozen=True)
class Training:
    """Training settings."""

    epochs: int = 60
    """Number of epochs; an epoch has one clip of every training sequence."""
    batch_size: int = 32
    """Number of clips in a training step."""
    optimizer: Optimizer = "adamw"
    """sgd uses a momentum of 0.9."""
    learning_rate: float = 3e-3
    """Highest learning rate of the run."""
    weight_decay: float = 0.05
    """Weight decay; adamw does not apply it to biases and batch norms."""
    clip_norm: float = 0.0
    """Largest norm of the gradients of a step; larger ones are scaled down to it. 0 means no limit."""
    schedule: Schedule = "cosine"
    """cosine rises during a tenth of the run and then falls to 0; step multiplies by 0.94 every epoch, as SEEN does."""
    seed: int = 0
    """Random seed of the weights, the order of clips, their first frames and the augmentation."""
    augmentation: Augmentation | Literal["strong"] | None = field(default_factory=Augmentation)
    """strong is for people and cameras that differ from those of the training set; null means none."""
    batch_norm: BatchNorm = "shared"
    """With several processes: shared normalises over the whole batch, so that the number of processes does not change
    the result; own lets each process normalise over its share."""
    label_smoothing: float = 0.0
    """Share of a label that is spread evenly over the emotions, 0..1."""
    unlabelled: float = 0.0
    """Share of the training sequences whose labels are hidden, 0..1: of these, only the teacher can be learnt from."""
    units_weight: float = 0.0
    """Weight of a second loss, the squared error of the action units, if the dataset has them; 0 means none. Above 0,
    the model gives them beside the emotions."""
    moment_labels: float = 0.0
    """If the dataset has action units: a training clip in which no unit reaches this intensity is labelled neutral,
    because its emotion cannot be seen yet. 0.12 is above a relaxed face; 0 means off. Testing keeps the labels."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        check_ranges(self, {"epochs": (1, limits.EPOCHS), "batch_size": (1, limits.BATCH), "seed": (0, LARGEST_SEED)})
        check_ranges(self, dict.fromkeys(("weight_decay", "clip_norm", "units_weight"), (0, LARGEST_WEIGHT)))
        check_ranges(self, {"learning_rate": (0, LARGEST_WEIGHT)})
        check_ranges(self, dict.fromkeys(("label_smoothing", "unlabelled", "moment_labels"), (0, 1)))
        for name in ("label_smoothing", "unlabelled"):
            if getattr(self, name) == 1:
                raise ValueError(f"{name} must be below 1, or nothing is learnt from labels")
        check_words(self, {"optimizer": Optimizer, "schedule": Schedule, "batch_norm": BatchNorm})

    @property
    def changes(self) -> Augmentation | None:
        """The ranges of augmentation, whatever they were called."""
        return STRONG if isinstance(self.augmentation, str) else self.augmentation


Gate = Literal["none", "others", "all"]
Reduction = Literal["sum", "mean"]


@dataclass(frozen=True)
class Objective:
    """Distillation loss: its terms and their weights."""

    terms: tuple[str, ...] = ("hckd", "tckd")
    """Any of hckd, tckd, kd, dkd, dist, twd and seal, which compare logits with the teacher's; relations and masked,
    which compare features; tet and esd, which need no teacher; or terms of your own (docs/extend.md). [] means
    cross-entropy alone. docs/method.md says what each is."""
    alpha: float = 0.5
    """Weight of the distillation terms, 0..1."""
    labels: float | None = None
    """Weight of cross-entropy with the labels beside the terms; null means 1 - alpha. Where no term is learnt from, it
    is 1."""
    weights: dict[str, float] = field(default_factory=dict)
    """Weight of each term by its name, such as {"tckd": 0.2} or --weights.tckd 0.2; 1 where none is given."""
    reduction: Reduction = "mean"
    """mean divides the sum of the terms by the sum of their weights, so that more terms do not outweigh the labels;
    sum adds them up."""
    tau: float = 2.0
    """Temperature: logits are divided by it, and the terms multiplied by its square (Hinton et al., 2015); tet,
    relations and masked do not depend on it."""
    beta: float = 2.0
    """Weight of the part of hckd and dkd that compares the wrong classes with each other."""
    gamma: float = 1.0
    """Weight of the part of tckd that compares the similarity between steps."""
    gate: Gate = "all"
    """What hckd and tckd hold back where the teacher is wrong: everything that it says of the clip (all), the part of
    hckd that compares the wrong classes (others), or nothing (none). The other terms have no gate."""
    standardise: bool = False
    """Whether logits are brought to mean 0 and deviation 1 before they are compared with the teacher's (Sun et al.,
    2024); false unless it is given."""
    until: float = 1.0
    """Share of the epochs, 0..1, after which cross-entropy with the labels is the whole loss."""

    def __post_init__(self) -> None:
        check_ranges(
            self, {"alpha": (0, 1), "until": (0, 1), "beta": (0, LARGEST_WEIGHT), "gamma": (0, LARGEST_WEIGHT)}
        )
        check_words(self, {"gate": Gate, "reduction": Reduction})
        if not 1e-3 <= self.tau <= 1e3:
            raise ValueError(f"tau must be within 0.001..1000, not {self.tau}")
        given = {"labels": self.labels, **{f"weights.{name}": weight for name, weight in self.weights.items()}}
        for name, weight in given.items():
            if weight is not None and not 0 <= weight <= LARGEST_WEIGHT:
                raise ValueError(f"{name} must be within 0..{LARGEST_WEIGHT:g}, not {weight}")
        if len(set(self.terms)) < len(self.terms):
            raise ValueError("terms: one is named twice")
        if self.labels is not None and not self.terms:
            raise ValueError("labels is a weight beside terms, and there are none")
        terms = self.alpha * sum(self.weights.get(name, 1.0) for name in self.terms)
        if self.labels == 0 and not terms:
            raise ValueError("labels and terms all have the weight 0: there is nothing to learn from")
        if unknown := sorted(set(self.weights) - set(self.terms)):
            raise ValueError(f"weights are given for a term that is not among terms: {unknown[0]}")


@dataclass(frozen=True)
class Sampling:
    """Clips, Ex-Sy: `x` frames, with `y` frames left out between two of them; they span `x + (x - 1)·y` frames."""

    steps: int = 8
    """Frames of a clip."""
    skip: int = 1
    """Frames left out between two of them."""

    IN_A_WORD: ClassVar = ("steps", "skip")
    """What `parse` reads."""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.skip < 0:
            raise ValueError(f"{self}: at least one step, and no negative skip")
        if self.steps > limits.STEPS or self.skip > limits.SKIP:
            raise ValueError(f"{self}: at most {limits.STEPS} steps, and {limits.SKIP} frames skipped")

    @classmethod
    def parse(cls, text: str) -> "Sampling":
        """Reads `E4-S3`; raises `ValueError`."""
        if (match := re.fullmatch(r"E([1-9][0-9]{0,8})-S([0-9]{1,8})", text)) is None:
            raise ValueError(f"{text!r} is not a sampling: write it like E4-S3, 4 frames with 3 skipped between two")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"E{self.steps}-S{self.skip}"

    @property
    def span(self) -> int:
        """Frames from the first step to the last, both counted."""
        return self.steps + (self.steps - 1) * self.skip


SplitKind = Literal["subjects", "official", "lighting", "file"]


@dataclass(frozen=True)
class Split:
    """Split: who is learnt from, on whom a choice is made, and who is tested on."""

    kind: SplitKind = "subjects"
    """subjects tests on people who are not in the training set; official follows the annotation file, and in SEE shares
    people between the two sets; lighting tests under a lighting that is not in the training set; file reads a split
    file. In one word, the name of a file is enough: --split RUN/split.json."""
    folds: int = 5
    """Number of parts that the people are divided into; they hold emotions and lightings in like shares."""
    fold: int = 0
    """Number of the part (of lighting: of the lighting) that is tested on, from 0."""
    seed: int = 0
    """Random seed of the parts."""
    file: str | None = None
    """Of the kind file: the split file, such as the split.json of another run."""
    validation: float = 0.1
    """Share of the people who are not tested on, 0..0.5, who are not learnt from either; the accuracy shown during
    training is theirs, and what you choose by it is not chosen on the test people. 0 means none; where it makes less
    than one person, it is one."""
    people: int = 0
    """The most people to learn from, drawn at random; 0 means all who are left."""

    IN_A_WORD: ClassVar = ("kind", "file")
    """What `parse` reads."""

    def __post_init__(self) -> None:
        check_words(self, {"kind": SplitKind})
        if self.folds < 2:
            raise ValueError(f"{self.folds} folds: there must be one to learn from and one to test on")
        if not 0 <= self.fold < (len(LIGHTINGS) if self.kind == "lighting" else self.folds):
            raise ValueError(f"fold {self.fold} of {self.folds}: folds are counted from 0")
        check_ranges(self, {"validation": (0, 0.5), "people": (0, math.inf), "seed": (0, LARGEST_SEED)})
        check_ranges(self, {"folds": (-math.inf, limits.ENTRIES)})
        if (self.kind == "file") != (self.file is not None):
            raise ValueError("a split of the kind file needs the name of the file, and the other kinds have none")

    @classmethod
    def parse(cls, text: str) -> "Split":
        """Reads a kind, or the name of a split file; raises `ValueError`."""
        if text.endswith(".json"):
            return cls("file", file=text)
        if text == "file" or text not in get_args(SplitKind):
            raise ValueError(f"no such split: {text}; use {', '.join(get_args(SplitKind)[:3])} or a split file")
        return replace(cls(), kind=text)  # type: ignore[arg-type]

    def __str__(self) -> str:
        match self.kind:
            case "official":
                return "official split"
            case "lighting":
                return f"learnt under the other lightings, tested under {LIGHTINGS[self.fold]}"
            case "file":
                return f"split file {self.file}"
        return f"people disjoint, fold {self.fold} of 0 to {self.folds - 1}"
