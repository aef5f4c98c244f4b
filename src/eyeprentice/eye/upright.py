"""Which way is up: how far pictures have to be turned so that the eye in them is upright (docs/finder.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.contract import Grey
from eyeprentice.eye.decoding import Eye
from eyeprentice.eye.looking import Finder
from eyeprentice.eye.region import Place, Region, whole
from eyeprentice.files.onnx_session import onnxruntime as ort
from eyeprentice.files.onnx_session import open_sealed
from eyeprentice.sources.turning import DEGREES, Degrees
from eyeprentice.words.errors import InputError

FORMAT = "1"
"""Of the file: its input, its output and what they mean."""
DEFAULT = Path(__file__).parent / "upright.onnx"
REMEDY = "install the package again"
SIDE = 48
"""Pixels of the side of what the network looks at."""
FRAMES = 5
"""Of a source, spread over what is at hand, that the measured figures are of."""
VIEW = 1.3
"""Sizes of an eye that is found in a larger picture: the side of the square around it that is looked at."""
SURE = 0.9
"""Probability from which on an answer is certain; chosen on validation people (docs/finder.md)."""

Logs = NDArray[np.float64]
"""(4,) logarithms of probabilities, of `DEGREES`."""


@dataclass(frozen=True)
class Turn:
    """By how much pictures have to be turned to be upright."""

    probabilities: tuple[float, float, float, float]
    """Of 0, 90, 180 and 270 degrees clockwise; they add up to 1."""

    @property
    def likeliest(self) -> Degrees:
        """The most probable one of `DEGREES`; 0 where others are only as probable."""
        return DEGREES[int(np.argmax(self.probabilities))]

    @property
    def doubtful(self) -> bool:
        """Whether none is clearly ahead, as in pictures without an eye."""
        return max(self.probabilities) < SURE

    @property
    def degrees(self) -> Degrees:
        """How far to turn them, clockwise; 0 where that is doubtful."""
        return 0 if self.doubtful else self.likeliest


class UprightNetwork:
    """The network: by default that of the package, opened when it is first needed."""

    def __init__(self, path: str | PathLike[str] | None = None) -> None:
        self.path = DEFAULT if path is None else Path(path)

    @cached_property
    def session(self) -> ort.InferenceSession:
        """Raises `InputError` if the file is not there, spoilt, of another format, or not ours."""
        what = "a network that tells which way is up"
        session, _ = open_sealed(self.path, what, "eyeprentice.upright", FORMAT, REMEDY)
        if [(given.name, given.shape) for given in session.get_inputs()] != [("frame", [SIDE, SIDE])]:
            raise InputError(self.path, f"takes other things than {what}", REMEDY)
        return session

    def run(self, part: Grey) -> Logs:
        """A part of a picture, (SIDE, SIDE) -> logarithms of the probabilities; `InputError` if it gives others."""
        try:
            logs = self.session.run(None, {"frame": part})[0]
        except InputError:
            raise
        except Exception as error:  # ONNX Runtime's exceptions share no base class of its own
            raise InputError(self.path, f"cannot be run ({str(error).splitlines()[0]})", REMEDY) from None
        if logs.shape != (len(DEGREES),) or not np.isfinite(logs).all():
            raise InputError(self.path, "gives other things than four numbers", REMEDY)
        return logs.astype(np.float64)


NETWORK = UprightNetwork()


def turned(frames: Sequence[Grey], finder: Finder, region: Region, network: UprightNetwork = NETWORK) -> Turn:
    """Which way up the pictures (H, W) of one source are, of a few frames at different moments.

    `region` is where the eye is in them, as they are: all of them (`full`) or a part (`box`); otherwise eyes are looked
    for, in every direction, and frames without one say nothing. No frames give four equal probabilities.
    """
    places = [(frame, _place(frame, finder, region)) for frame in frames]
    return turn_of([network.run(place.cut(frame, SIDE)) for frame, place in places if place is not None])


def turn_of(logs: Sequence[Logs]) -> Turn:
    """The geometric mean of the frames' probabilities, which add up to 1."""
    mean = np.mean(logs, axis=0) if len(logs) else np.zeros(len(DEGREES))
    share = np.exp(mean - mean.max())
    return Turn(tuple((share / share.sum()).tolist()))


def turn(frame: Grey, degrees: int) -> Grey:
    """The picture, turned clockwise by one of `DEGREES`."""
    return np.ascontiguousarray(np.rot90(frame, -degrees // 90))


def _place(frame: Grey, finder: Finder, region: Region) -> Place | None:
    """What the network looks at; None where no eye is found."""
    if not region.sides:
        return region.fixed(frame.shape, "eye")
    eye = find_eye(frame, finder)
    return None if eye is None else around(eye, frame.shape)


def find_eye(frame: Grey, finder: Finder) -> Eye | None:
    """The most probable eye of a picture that may be turned, at its place in the picture as it is."""
    best: Eye | None = None
    for degrees in DEGREES:
        for eye in finder.search(turn(frame, degrees)):
            if eye.probability >= (finder.rules.find if best is None else best.probability):
                best = _turned_back(eye, degrees, frame.shape)
    return best


def around(eye: Eye, shape: tuple[int, ...]) -> Place:
    """A square around an eye; the whole picture of `shape` (H, W) where that is no larger."""
    if VIEW * eye.size >= max(shape):
        return whole(shape)
    return Place(eye.x, eye.y, VIEW * eye.size, VIEW * eye.size)


def _turned_back(eye: Eye, degrees: int, shape: tuple[int, ...]) -> Eye:
    """An eye of a picture of `shape` (H, W) that was turned clockwise by `degrees`, where it is in the picture."""
    height, width = shape
    x, y = {
        0: (eye.x, eye.y),
        90: (eye.y, height - eye.x),
        180: (width - eye.x, height - eye.y),
        270: (width - eye.y, eye.x),
    }[degrees]
    return replace(eye, x=x, y=y)
