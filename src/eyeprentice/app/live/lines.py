"""A moment as a line: of text for people, of JSON for programs."""

import json
import sys
from typing import Any

from eyeprentice.eye.region import Place
from eyeprentice.runtime import Moment
from eyeprentice.runtime.units import UnitNames, named


def say_line(moment: Moment, is_still: bool = False) -> None:
    """Prints it for people; a still, which shows no change, has no number."""
    answer = "no eye" if moment.reading is None else "uncertain" if is_still else str(moment.reading)
    print(f"{moment.frame:6d} {moment.time_s:9.3f} s  {answer}", flush=sys.stdout.isatty() or moment.frame == 0)


def say_json(moment: Moment, source: str, names: UnitNames) -> None:
    """Prints it for programs."""
    print(json.dumps(row_of(moment, source, names)), flush=True)


def row_of(moment: Moment, source: str, names: UnitNames) -> dict[str, Any]:
    """A moment as JSON has it; without an eye, it is short."""
    reading = moment.reading
    row: dict[str, Any] = {"source": source, "frame": moment.frame, "time_s": round(moment.time_s, 4)}
    row["eye"] = reading is not None
    if reading is None or moment.place is None:
        return row
    row |= {"eye_manner": moment.manner, "eye_box": _box(moment.place)}
    row |= {"eye_mirrored": moment.place.mirrored, "eye_quality": round(moment.quality, 3)}
    if moment.second is not None:
        row["second_eye_box"] = _box(moment.second)
    row |= {"emotion": reading.emotion, "probability": round(reading.probability, 4)}
    row |= {"certain": reading.certain, "calibration": moment.calibration, "reference_lost": moment.lost}
    row["probabilities"] = {name: round(value, 4) for name, value in reading.probabilities.items()}
    row |= {"valence": round(reading.valence, 4), "arousal": round(reading.arousal, 4)}
    row["units"] = {name: round(value, 4) for name, value in named(reading.units, names).items()}
    return row


def _box(place: Place) -> list[float]:
    """x and y of the upper left corner, width and height, in pixels."""
    return [round(value, 1) for value in place.box]
