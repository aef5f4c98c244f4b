"""Frame after frame of one eye -> what is believed: `Recognizer().step(frame)`."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.runtime.belief import Reading, reading_of, uniform, updated
from eyeprentice.runtime.model import ModelError, StepModel, Tensors, open_model
from eyeprentice.runtime.phases import Phases
from eyeprentice.runtime.usual import HABITS, Usual, fit, learnt, log_neutral, median, reference
from eyeprentice.sources.frames import Colour, FrameError, check_colour, grey
from eyeprentice.sources.pace import Pace
from eyeprentice.words.vocabulary import EMOTIONS, FRAME_RATE_HZ

CERTAIN = 0.6
"""Probability from which on an emotion is named."""
Calibration = Literal["none", "collecting", "automatic", "done"]
"""Whether it is known what change is measured against, and from whom: from the stream itself, or from the user."""
NEUTRAL_FRAMES = 300
"""So many frames of a neutral face are used at most: of more, as many at even distances."""


@dataclass
class _Collecting:
    """Frames of a neutral face while it is shown."""

    wanted: int
    """Ticks."""
    seen: int = 0
    images: list[NDArray[np.uint8]] = field(default_factory=list)  # (S, S, 1)

    def add(self, image: NDArray[np.uint8], ticks: int) -> bool:
        """One more, `ticks` after the one before; whether these are all."""
        before, self.seen = self.seen, self.seen + (ticks if self.images else 1)
        if _crossed(before, self.seen, _every(self.wanted)):
            self.images.append(image)
        return self.seen >= self.wanted


def _crossed(before: int, now: int, every: int) -> bool:
    """Whether one of the numbers 0, every, 2·every, ... is in before..now-1."""
    return (before - 1) // every < (now - 1) // every


def _every(frames: int) -> int:
    """Of so many frames of a neutral face, every how many-th is used."""
    return max(1, -(-frames // NEUTRAL_FRAMES))


class Recognizer:
    """Recognises the emotion in a stream of frames of one eye, one call a frame.

    A model trained on every fourth frame of 30 a second is given every fourth: the frames are dealt in turn to four
    phases, each with its own state (`phases.py`). Every frame costs one step. What the phases say becomes one belief
    (`belief.py`). At another `rate_hz` there are as many phases as fit the same interval. Action units, if the model
    estimates them, are the mean of what each phase last said.

    What counts is when frames were taken (`sources/pace.py`): give their times if they may be uneven. After a gap, the
    phases whose turns were missed are left out; a frame that comes far too early repeats what was said.

    An instance may be called from several threads; calls wait for each other.

    Args:
        model: a file that `eyeprentice export` wrote, or one that is open; by default the one of the package
        rate_hz: usual frames a second
        certain: probability from which on an answer counts as certain
        mirror: whether frames show a left eye; the packaged model knows right ones
        colour: order of the channels of frames (H, W, 3): rgb, or bgr as OpenCV has it
        threads: of ONNX Runtime
        neutral: frames of the person's neutral face, see `calibrate`; or `auto`: what the face usually looks like is
            learnt from the stream (`usual.py`)

    Raises `ModelError` for a model file that cannot be used, `ValueError` for settings that cannot be.
    """

    habits = HABITS
    """How what the face usually looks like is learnt."""

    def __init__(
        self,
        model: str | PathLike[str] | StepModel | None = None,
        *,
        rate_hz: float = FRAME_RATE_HZ,
        certain: float = CERTAIN,
        mirror: bool = False,
        colour: Colour = "rgb",
        threads: int = 1,
        neutral: Sequence[NDArray[np.uint8]] | Literal["auto"] | None = None,
    ) -> None:
        if not 0 < rate_hz < float("inf") or not 0 <= certain <= 1:
            raise ValueError("rate_hz must be above 0, certain within 0..1")
        check_colour(colour)
        if isinstance(neutral, str) and neutral != "auto":
            raise ValueError(f"neutral must be frames, 'auto' or None, not {neutral!r}")
        self.model = model if isinstance(model, StepModel) else open_model(model, threads)
        self.rate_hz, self.certain, self.mirror, self.colour = rate_hz, certain, mirror, colour
        self._phases, self._rest = Phases(self.model, Pace(rate_hz).rate_hz), self.model.rest()
        self._lock = threading.RLock()
        self.neutral: NDArray[np.uint8] | None = None
        """What change is measured against, (S, S) as the network is given it; None if that is not known."""
        self.automatic = isinstance(neutral, str)
        """Whether it is learnt from the stream while nobody calibrates."""
        self.lost = 0
        """How often what change was measured against did not fit any more, and was forgotten."""
        self._collecting: _Collecting | None = None
        self._twin: Recognizer | None = None
        self.calibrate(() if neutral is None or isinstance(neutral, str) else neutral)

    def reset(self) -> None:
        """Forgets all that was seen, except what change is measured against."""
        with self._lock:
            self._belief, self._frame = uniform(len(EMOTIONS)), 0
            self._pace = Pace(self.rate_hz)
            self._phases.tick = -1
            self._phases.begin_anew()

    def calibrate(self, frames: Sequence[NDArray[np.uint8]]) -> None:
        """From now on, change is measured against a neutral face; what was believed is forgotten.

        `frames` show the person with a neutral face, as `step` is given them; one is enough, a few seconds are better,
        because blinks do not count then. Their median, pixel by pixel, becomes the frame that every phase begins with:
        to the network a phase is a clip whose first frame is neutral, so it takes one step less. No frames undo a
        calibration.

        Raises `FrameError` for what is no frame.
        """
        self._calibrate([self._prepared(frame) for frame in frames[:: _every(len(frames))]])

    @property
    def phases(self) -> int:
        """How many clips a stream is read as."""
        return self._phases.count

    @property
    def state(self) -> Tensors:
        """What the last step left, for those who look at what the network does."""
        return self._phases.state

    def begin_neutral(self, seconds: float) -> None:
        """The face is neutral from now on: the frames of the next `seconds` calibrate, as soon as they were read."""
        with self._lock:
            self._collecting = _Collecting(max(1, round(seconds * self._pace.rate_hz)))
        if self._twin is not None:
            self._twin.begin_neutral(seconds)

    def end_neutral(self) -> bool:
        """Calibrates with the frames since `begin_neutral`, if that did not happen yet; whether there were any."""
        with self._lock:
            collecting, self._collecting = self._collecting, None
            if collecting is not None and collecting.images:
                self._calibrate(collecting.images)
        others = self._twin is not None and self._twin.end_neutral()
        return self.neutral is not None or others

    def forget_neutral(self) -> None:
        """Undoes a calibration, and ends one that is going on."""
        with self._lock:
            self._collecting = None
            self._calibrate([])
        if self._twin is not None:
            self._twin.forget_neutral()

    @property
    def calibration(self) -> Calibration:
        """What is known of the neutral face; where there is a twin, the least that is known of both eyes."""
        return least_known([self.own_calibration] + ([] if self._twin is None else [self._twin.own_calibration]))

    @property
    def own_calibration(self) -> Calibration:
        """The same of this eye alone."""
        if self._collecting is not None:
            return "collecting"
        if self.neutral is None:
            return "none"
        return "done" if self._given else "automatic"

    def twin(self) -> "Recognizer":
        """Another one with the same model and settings, for the other eye; the same one whenever it is asked for.

        A calibration stays with the eye that it is of; frames that calibrate from now on do so for both, each its own.
        """
        if self._twin is None:
            self._twin = Recognizer(
                self.model, rate_hz=self.rate_hz, certain=self.certain, mirror=self.mirror, colour=self.colour
            )
            self._twin.automatic = self.automatic
            if self._collecting is not None:
                self._twin._collecting = _Collecting(self._collecting.wanted)
        self._twin.reset()
        return self._twin

    def step(self, frame: NDArray[np.uint8], time_s: float | None = None) -> Reading:
        """One more frame: uint8, grey (H, W) or (H, W, 1), or (H, W, 3) in colour, the eye and its brow filling it.

        `time_s` is when it was taken, counted from any moment; give it for all frames of a stream, or for none, which
        then come evenly. Raises `FrameError` for anything else, and for a time before that of the frame before; the
        stream can go on with the next frame.
        """
        image = self._prepared(frame)
        with self._lock:
            number = self._frame
            time_s = number / self.rate_hz if time_s is None else time_s
            try:
                ticks = self._pace.ticks(time_s)
            except ValueError as error:
                raise FrameError(str(error)) from None
            self._frame += 1
            if ticks:
                self._read(image, ticks)
            belief, units = self._said
        return reading_of(belief, self.certain, number, time_s, units)

    def _read(self, image: NDArray[np.uint8], ticks: int) -> None:
        seconds = ticks / self._pace.rate_hz
        evidence = self._evidence(image, ticks)
        sharpness = self.model.sharpness * min(1.0, FRAME_RATE_HZ * seconds)
        sharpness *= 1 if self.neutral is None else self.habits.sharpness
        forgetting = min(0.5, self.model.forgetting_hz * seconds)
        self._belief = updated(self._belief, evidence, sharpness, forgetting)
        self._said = self._belief.tolist(), self._phases.units()
        self._look_for_usual(image, ticks)
        if self._collecting is not None and self._collecting.add(image, ticks):
            images, self._collecting = self._collecting.images, None
            self._calibrate(images)

    def _evidence(self, image: NDArray[np.uint8], ticks: int) -> NDArray[np.floating[Any]]:
        """What a frame says by itself: the mean logits (7,) of its phase."""
        return self._phases.step(image, ticks)

    def logits(self, frame: NDArray[np.uint8], state: Tensors | None = None) -> tuple[NDArray[np.float32], Tensors]:
        """The step model itself, for semantics of one's own: frame and state (None is rest) -> logits (7,), state.

        Raises `ModelError` for a state that is not this model's, and `FrameError` for what is no frame.
        """
        if state is not None:
            self._check_state(state)
        return self.model.run(self._prepared(frame), self._rest if state is None else state)

    def _check_state(self, state: Tensors) -> None:
        for name in sorted({*self._rest, *state}):
            given, wanted = (np.shape(tensors[name]) if name in tensors else None for tensors in (state, self._rest))
            if given != wanted:
                what = f"was given a state that is not its own ({name}: {given or 'none'}, not {wanted or 'none'})"
                raise ModelError(self.model.path, what, "give the state that its last step returned, or None")

    def _calibrate(self, images: list[NDArray[np.uint8]]) -> None:
        """By images (S, S, 1), at most `NEUTRAL_FRAMES`."""
        neutral = median(images)[..., 0] if images else None
        with self._lock:
            self._given, self._usual, self._looks, self._strange_s = neutral is not None, Usual(), 0, 0.0
            self._begin_with(neutral)
            self.reset()

    def _begin_with(self, neutral: NDArray[np.uint8] | None) -> None:
        """Phases that begin from now on begin with this picture (S, S), or at rest."""
        self._phases.begin_with(neutral)
        self.neutral = neutral

    def _look_for_usual(self, image: NDArray[np.uint8], ticks: int) -> None:
        """A few times a second: whether what change is measured against still fits, and what is learnt of it."""
        habits, rate_hz = self.habits, self._pace.rate_hz
        every = max(1, round(rate_hz / habits.sample_hz))
        before, self._looks = self._looks, self._looks + (ticks if self._looks else 1)
        if not _crossed(before, self._looks, every) or self._collecting is not None:
            return
        picture = image[..., 0]
        if self.neutral is not None:
            fits = fit(picture, self.neutral) >= habits.least_fit
            self._strange_s = 0.0 if fits else self._strange_s + every / rate_hz
            if self._strange_s >= habits.lost_s:
                self._given, self._usual, self._strange_s, self.lost = False, Usual(), 0.0, self.lost + 1
                self._begin_with(None)
                self._phases.begin_anew()
        if self.automatic and not self._given and not self._strange_s:
            usual = learnt(self._usual, picture, self._judged(image), (self._looks - 1) / rate_hz, habits)
            if usual != self._usual:
                self._usual = usual
                self._begin_with(reference(usual, habits))

    def _judged(self, image: NDArray[np.uint8]) -> float:
        """How neutral a picture (S, S, 1) looks by itself: the log probability, where nothing changes."""
        state, total = self._rest, np.zeros(len(EMOTIONS), np.float32)
        for _ in range(self.model.steps):
            logits, state = self.model.run(image, state)
            total += logits
        return log_neutral(total / np.float32(self.model.steps))

    def _prepared(self, frame: Any) -> NDArray[np.uint8]:
        frame = _shrunk(grey(frame, self.colour), self.model.size)
        if self.mirror:
            frame = frame[:, ::-1]
        return np.ascontiguousarray(frame)[..., None]


def least_known(calibrations: Sequence[Calibration]) -> Calibration:
    """Of several eyes, the one of which the least is known."""
    return min(calibrations, key=("collecting", "none", "automatic", "done").index)


def _shrunk(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The mean over the area of each of size x size pixels. Large images are halved first, which OpenCV does fast."""
    while min(image.shape) >= 4 * size:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    if image.shape != (size, size):
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return image
