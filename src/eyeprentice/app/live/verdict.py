"""What a whole source came to: the emotion that was believed most, or that nothing can be said."""

import json
from typing import Any

import numpy as np

from eyeprentice.runtime import Moment
from eyeprentice.words.errors import InputError, printable
from eyeprentice.words.vocabulary import EMOTIONS

MANNERS = {
    "followed": "found in the picture",
    "full": "the whole picture",
    "box": "a fixed part of the picture",
}
STILL = (
    "one picture shows no change, and change is what the network reads: give a video, or --neutral FILE, a picture of "
    "the same person with a neutral face"
)


class Verdict:
    """The emotion that was believed most, on average over the frames that showed an eye.

    A single still shows no change, which is what the network reads: without a neutral face its verdict is uncertain.
    """

    def __init__(self, source: str, certain: float) -> None:
        self.source, self.limit = source, certain
        self.total, self.read, self.unseen = np.zeros(len(EMOTIONS)), 0, 0
        self.manners: list[str] = []
        self._first, self._same = b"", True

    def add(self, moment: Moment) -> None:
        if moment.reading is None:
            self.unseen += 1
            return
        self.total += np.fromiter(moment.reading.probabilities.values(), np.float64)
        self.read += 1
        if self._same and moment.eye is not None:
            shown = moment.eye.tobytes()
            self._first = self._first or shown
            self._same = shown == self._first and moment.calibration != "done"
        if moment.manner is not None and moment.manner not in self.manners:
            self.manners.append(moment.manner)

    @property
    def still(self) -> bool:
        """Whether all frames showed one picture, with nothing to compare it with."""
        return self._same and bool(self._first)

    @property
    def frames(self) -> int:
        return self.read + self.unseen

    @property
    def best(self) -> tuple[str, float]:
        """The most probable emotion and its mean probability; only where an eye was seen."""
        best = int(self.total.argmax())
        return EMOTIONS[best], float(self.total[best] / self.read)

    @property
    def certain(self) -> bool:
        return self.best[1] >= self.limit and not self.still

    @property
    def named(self) -> str:
        return self.best[0] if self.certain else "uncertain"

    def row(self) -> dict[str, Any]:
        """For programs."""
        means = zip(EMOTIONS, self.total / self.read, strict=True)
        return {
            "source": self.source,
            "verdict": self.named,
            "most_probable": self.best[0],
            "certain": self.certain,
            "mean_probabilities": {name: round(float(value), 4) for name, value in means},
            "frames": self.frames,
            "frames_without_eye": self.unseen,
            "eye": self.manners,
            "still": self.still,
        }

    def text(self) -> str:
        """In words; a still has no number, for nobody should believe one."""
        missing = f", {self.unseen} without an eye" if self.unseen else ""
        count = f"({self.frames} frame{'' if self.frames == 1 else 's'}{missing})"
        eye = "eye: " + " and ".join(f"{manner} ({MANNERS[manner]})" for manner in self.manners)
        if self.still:
            return f"verdict: uncertain: {STILL} {count}; {eye}"
        emotion, probability = self.best
        doubt = "" if self.certain else f" (most probable: {emotion})"
        return f"verdict: {self.named}{doubt}, mean probability {probability:.2f} {count}; {eye}"

    def check(self) -> None:
        """Raises `InputError` where no eye was seen."""
        if not self.read:
            what, todo = "no eye was found", "give the eye's place with --eye x,y,w,h, or use --eye full"
            raise InputError(self.source, what, todo)

    def say(self, as_json: bool, with_source: bool = False) -> None:
        """Prints it; nothing where no eye was seen."""
        if self.read:
            before = f"{printable(self.source)}: " if with_source else ""
            print(json.dumps(self.row()) if as_json else before + self.text(), flush=True)
