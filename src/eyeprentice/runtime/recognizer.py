"""Frame after frame of one eye -> what is believed: `Recognizer().step(frame)`."""

import threading
from collections.abc import Sequence
from copy import copy
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice import limits
from eyeprentice.frames import Colour, grey
from eyeprentice.runtime.belief import uniform, updated
from eyeprentice.runtime.model import ModelError, StepModel, Tensors, open_model
from eyeprentice.vocabulary import EMOTIONS, FRAME_RATE_HZ

CERTAIN = 0.6
"""Probability from which on an emotion is named."""


@dataclass(frozen=True)
class Reading:
    """What is believed after a frame."""

    emotion: str
    """The most probable of the seven."""
    probability: float
    """Its calibrated probability, 0..1."""
    certain: bool
    """Whether that is enough to act on; False is the answer *uncertain*."""
    probabilities: dict[str, float]
    """Of all seven; they add up to 1."""
    frame: int
    """Number of the frame: since the last reset, or of its source if `read` gave it, from 0."""
    time_s: float
    """When that is, in seconds."""

    def as_dict(self) -> dict[str, Any]:
        """The same as a dictionary of built-in types, which `json.dumps` takes."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.emotion if self.certain else 'uncertain'} {self.probability:.2f}"


@dataclass
class _Phase:
    """One of the interleaved clips that a stream is read as."""

    state: Tensors
    age: int
    total: NDArray[np.float32]  # of the logits since rest


class Recognizer:
    """Recognises the emotion in a stream of frames of one eye, one call a frame.

    A model trained on every fourth frame of 30 a second is given every fourth: the frames are dealt in turn to four
    phases, each with its own state, each going back to rest after as many steps as its clips had in training, one after
    the other, so that there is always a fresh one. Every frame costs one step. What the phases say becomes one belief
    (`belief.py`). At another `rate_hz` there are as many phases as fit the same interval.

    An instance may be called from several threads; calls wait for each other.

    Args:
        model: a file that `eyeprentice export` wrote; by default the one that comes with the package
        rate_hz: frames a second
        certain: probability from which on an answer counts as certain
        mirror: whether frames show a left eye; the packaged model knows right ones
        colour: order of the channels of frames (H, W, 3): rgb, or bgr as OpenCV has it
        threads: of ONNX Runtime

    Raises `ModelError` for a model file that cannot be used, `ValueError` for settings that cannot be.
    """

    def __init__(
        self,
        model: str | PathLike[str] | None = None,
        *,
        rate_hz: float = FRAME_RATE_HZ,
        certain: float = CERTAIN,
        mirror: bool = False,
        colour: Colour = "rgb",
        threads: int = 1,
    ) -> None:
        if not 0 < rate_hz < float("inf") or not 0 <= certain <= 1:
            raise ValueError("rate_hz must be above 0, certain within 0..1")
        if colour not in ("rgb", "bgr"):
            raise ValueError(f"colour must be rgb or bgr, not {colour!r}")
        self.model: StepModel = open_model(model, threads)
        self.rate_hz, self.certain, self.mirror, self.colour = rate_hz, certain, mirror, colour
        self.stride = max(1, round((self.model.skip + 1) * rate_hz / FRAME_RATE_HZ))
        self.forgetting = min(0.5, self.model.forgetting_hz / rate_hz)
        self.sharpness = self.model.sharpness * min(1.0, FRAME_RATE_HZ / rate_hz)
        self._rest = self.model.rest()
        if self.stride * sum(array.nbytes for array in self._rest.values()) > limits.STATES_BYTES:
            raise ModelError(self.model.path, f"{self.stride} streams of it at once", "give a lower frame rate")
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forgets all that was seen."""
        with self._lock:
            self._belief = uniform(len(EMOTIONS))
            self._frame = 0
            self._phases = [_Phase(self._rest, 0, np.zeros(len(EMOTIONS), np.float32)) for _ in range(self.stride)]

    def twin(self) -> "Recognizer":
        """Another one with the same model and settings, for another eye, which has seen nothing yet."""
        other = copy(self)
        other._lock = threading.Lock()
        other.reset()
        return other

    def step(self, frame: NDArray[np.uint8]) -> Reading:
        """One more frame: uint8, grey (H, W) or (H, W, 1), or (H, W, 3) in colour, the eye and its brow filling it.

        Raises `FrameError` for anything else; the stream can go on with the next frame.
        """
        image = self._prepared(frame)
        with self._lock:
            evidence = self._evidence(image)
            self._belief = updated(self._belief, evidence, self.sharpness, self.forgetting)
            number, self._frame = self._frame, self._frame + 1
            belief = self._belief.tolist()
        return reading_of(belief, self.certain, number, number / self.rate_hz)

    def logits(self, frame: NDArray[np.uint8], state: Tensors | None = None) -> tuple[NDArray[np.float32], Tensors]:
        """The step model itself, for semantics of one's own: frame and state (None is rest) -> logits (7,), state."""
        return self.model.run(self._prepared(frame), self._rest if state is None else state)

    def _evidence(self, image: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
        """The mean logits of this frame's phase since it was at rest."""
        turn = self._frame % self.stride
        phase = self._phases[turn]
        # the phases begin anew one after the other, spread over the clip's length
        steps = self.model.steps
        if phase.age and (self._frame // self.stride - turn * steps // self.stride) % steps == 0:
            phase = _Phase(self._rest, 0, np.zeros_like(phase.total))
        logits, state = self.model.run(image, phase.state)
        phase = _Phase(state, phase.age + 1, phase.total + logits)
        self._phases[turn] = phase
        return phase.total / np.float32(phase.age)

    def _prepared(self, frame: Any) -> NDArray[np.uint8]:
        frame = _shrunk(grey(frame, self.colour), self.model.size)
        if self.mirror:
            frame = frame[:, ::-1]
        return np.ascontiguousarray(frame)[..., None]


def reading_of(belief: Sequence[float], certain: float, frame: int, time_s: float) -> Reading:
    """What probabilities (7,) of the emotions come to."""
    best = int(np.argmax(belief))
    named = dict(zip(EMOTIONS, belief, strict=True))
    return Reading(EMOTIONS[best], belief[best], belief[best] >= certain, named, frame, time_s)


def _shrunk(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The mean over the area of each of size x size pixels. Large images are halved first, which OpenCV does fast."""
    while min(image.shape) >= 4 * size:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    if image.shape != (size, size):
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return image
