import json as json_format
import sys
from pathlib import Path
from typing import Any

import numpy as np

from eyeprentice.app.live.saving import save_picture, save_table
from eyeprentice.app.live.telling import say_if_lost
from eyeprentice.eye.region import Place, Region
from eyeprentice.runtime import Moment, Recognizer
from eyeprentice.runtime.neutral import watch_calibrated
from eyeprentice.runtime.units import UnitNames, named, names_of
from eyeprentice.sources.frames import open_frames
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

MANNERS = {
    "followed": "found in the picture",
    "full": "the whole picture",
    "box": "a fixed part of the picture",
}


def predict(
    source: str,
    *,
    eye: str = "auto",
    json: bool = False,
    save: Path | None = None,
    csv: Path | None = None,
    model: Path | None = None,
    certain: float = 0.6,
    raw: str | None = None,
    rate: float | None = None,
    mirror: bool = False,
    neutral: str = "auto",
    unit_names: UnitNames = "facs",
) -> None:
    """Recognise the emotion in a video, a folder of pictures, a recording, a camera or raw frames, frame by frame.

    Prints one line for each frame, then a verdict for the whole source. It does not need torch, and its memory does
    not grow with the length of the video.

    Example: eyeprentice predict video.mp4 --save timeline.png

    Args:
        source: a file, a folder, a camera's number (0), or - for raw frames on standard input
        eye: auto follows the right eye of a face, or the only eye that is seen, or takes the whole picture if that is
            itself an eye, and says which; right and left follow that eye; both reads both and combines what they show;
            full takes the whole picture, as a headset's camera gives it; x,y,w,h takes a part of it
        json: print a JSON line for each frame, and one for the verdict
        save: write a video (.mp4) of the frames with their readings, or a picture (.png) of the timeline
        csv: write the readings as a table, one row for each frame
        model: a file written by export; by default the model in the package
        certain: lowest probability at which an emotion is named, in a frame and in the verdict; below it: uncertain
        raw: size of raw frames: 640x480 for grey, 640x480x3 for RGB
        rate: frame rate of the source, if the file does not state it correctly
        mirror: the frames show a left eye; only with --eye full or x,y,w,h, because the others see this themselves
        neutral: what change is measured against: auto learns from the source what the face usually looks like; none;
            a file that shows the same person with a neutral face, from the same camera; or the number of seconds at the
            beginning of the source in which the face is neutral
        unit_names: what action units are called in JSON lines and tables: facs (AU1, AU2, ...) or arkit (browInnerUp,
            ...)
    """
    if not 0 <= certain <= 1:
        raise InputError("certain", f"{certain:g} is not a probability", "give a number from 0 to 1")
    region, frames = Region.parse(eye), open_frames(source, raw, rate)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    names_of(recognizer.model.units, unit_names)  # before a frame is read
    moments = watch_calibrated(frames, recognizer, region, neutral)
    verdict = Verdict(certain)
    with save_picture(save, frames.rate_hz) as draw, save_table(csv, recognizer.model.units, unit_names) as note:
        try:
            for moment in moments:
                verdict.add(moment)
                say_if_lost(moment)
                draw(moment)
                note(moment)
                _say(moment, json, unit_names)
        except KeyboardInterrupt:  # the way to end a camera
            pass
        finally:
            verdict.say(json)
    if not verdict.read:
        raise InputError(frames.name, "no eye was found", "give the eye's place with --eye x,y,w,h, or use --eye full")


class Verdict:
    """The emotion that was believed most, on average over the frames that showed an eye.

    A single still shows no change, which is what the network reads: without a neutral face its verdict is uncertain.
    """

    def __init__(self, certain: float) -> None:
        self.certain, self.total, self.read, self.unseen = certain, np.zeros(len(EMOTIONS)), 0, 0
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

    def say(self, json: bool) -> None:
        """Prints it; nothing where no eye was seen."""
        if not self.read:
            return
        mean, frames = self.total / self.read, self.read + self.unseen
        best = int(mean.argmax())
        certain = bool(mean[best] >= self.certain) and not self.still
        named = EMOTIONS[best] if certain else "uncertain"
        if json:
            row: dict[str, Any] = {"verdict": named, "most_probable": EMOTIONS[best], "certain": certain}
            row["mean_probabilities"] = {
                name: round(float(value), 4) for name, value in zip(EMOTIONS, mean, strict=True)
            }
            row |= {"frames": frames, "frames_without_eye": self.unseen, "eye": self.manners, "still": self.still}
            print(json_format.dumps(row), flush=True)
            return
        missing = f", {self.unseen} without an eye" if self.unseen else ""
        manners = " and ".join(f"{manner} ({MANNERS[manner]})" for manner in self.manners)
        why = "; one still picture shows no change: give a neutral face with --neutral FILE" if self.still else ""
        doubt = "" if certain else f" (most probable: {EMOTIONS[best]}{why})"
        print(f"verdict: {named}{doubt}, mean probability {mean[best]:.2f} ({frames} frames{missing}); eye: {manners}")


def _box(place: Place) -> list[float]:
    """x and y of the upper left corner, width and height, in pixels."""
    box = (place.x - place.width / 2, place.y - place.height / 2, place.width, place.height)
    return [round(value, 1) for value in box]


def _say(moment: Moment, json: bool, names: UnitNames) -> None:
    reading = moment.reading
    if json:
        row: dict[str, Any] = {"frame": moment.frame, "time_s": round(moment.time_s, 4), "eye": reading is not None}
        if reading is not None and moment.place is not None:
            row |= {"eye_manner": moment.manner, "eye_box": _box(moment.place)}
            row |= {"eye_mirrored": moment.place.mirrored, "eye_quality": round(moment.quality, 3)}
            if moment.second is not None:
                row["second_eye_box"] = _box(moment.second)
            row |= {"emotion": reading.emotion, "probability": round(reading.probability, 4)}
            row |= {"certain": reading.certain, "calibration": moment.calibration, "reference_lost": moment.lost}
            row["probabilities"] = {name: round(value, 4) for name, value in reading.probabilities.items()}
            row |= {"valence": round(reading.valence, 4), "arousal": round(reading.arousal, 4)}
            row["units"] = {name: round(value, 4) for name, value in named(reading.units, names).items()}
        print(json_format.dumps(row), flush=True)
    else:
        answer = "no eye" if reading is None else str(reading)
        print(f"{moment.frame:6d} {moment.time_s:9.3f} s  {answer}", flush=sys.stdout.isatty() or moment.frame == 0)
