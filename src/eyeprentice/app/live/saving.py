"""What is kept of a stream: a table of readings, a picture of the timeline, or a video of frames and readings.

Where a file cannot be written is said when it is opened, before the first frame is read.
"""

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.app.live.picture import annotated, timeline
from eyeprentice.files.whole import check_writable, new_file
from eyeprentice.runtime import Moment
from eyeprentice.runtime.units import UnitNames, named, names_of
from eyeprentice.sources.pictures import write_picture
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

Keep = Callable[[Moment], None]


@contextmanager
def save_table(path: Path | None, units: Sequence[str] = (), names: UnitNames = "facs") -> Iterator[Keep]:
    """Gives a function to call with every moment; `path` becomes a CSV with a row for each.

    Behind the emotions come valence, arousal and the model's action `units`, by the `names` that are asked for. Raises
    `InputError` if the units have no such names.
    """
    columns = names_of(units, names)
    if path is None:
        yield _nothing
        return
    _refuse_unwritable(path)
    with _told(path), new_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        head = ["frame", "time_s", "eye", "emotion", "probability", "certain", *EMOTIONS, "valence", "arousal"]
        table.writerow([*head, *columns])

        def keep(moment: Moment) -> None:
            row: list[object] = [moment.frame, f"{moment.time_s:.4f}", moment.manner or "none"]
            if (reading := moment.reading) is not None:
                values = [*reading.probabilities.values(), reading.valence, reading.arousal]
                values += named(reading.units, names).values()
                row += [reading.emotion, f"{reading.probability:.4f}", str(reading.certain).lower()]
                row += [f"{value:.4f}" for value in values]
            table.writerow(row)

        yield keep


@contextmanager
def save_picture(path: Path | None, rate_hz: float) -> Iterator[Keep]:
    """Gives a function to call with every moment; `path` becomes a timeline (.png) or a video (.mp4)."""
    if path is None:
        yield _nothing
        return
    if path.suffix.lower() not in (".png", ".mp4"):
        raise InputError(path, "a file of a type that cannot be written", "give a name that ends with .png or .mp4")
    _refuse_unwritable(path)
    with _told(path), (_timeline if path.suffix.lower() == ".png" else _video)(path, rate_hz) as keep:
        yield keep


@contextmanager
def _timeline(path: Path, rate_hz: float) -> Iterator[Keep]:
    beliefs = array("f")  # 28 bytes a frame: 3 MB an hour

    def keep(moment: Moment) -> None:
        beliefs.extend([0.0] * len(EMOTIONS) if moment.reading is None else moment.reading.probabilities.values())

    yield keep
    if beliefs:
        write_picture(path, timeline(np.frombuffer(beliefs, np.float32).reshape(-1, len(EMOTIONS)), rate_hz))


@contextmanager
def _video(path: Path, rate_hz: float) -> Iterator[Keep]:
    partial = path.with_name(f"{path.stem}.partial.mp4")  # by its ending the codec is chosen
    writer: list[cv2.VideoWriter] = []

    def keep(moment: Moment) -> None:
        image = annotated(moment.image, moment.eye, moment.reading)
        if not writer:
            size = (image.shape[1], image.shape[0])
            path.parent.mkdir(parents=True, exist_ok=True)
            writer.append(cv2.VideoWriter(str(partial), cv2.VideoWriter.fourcc(*"mp4v"), rate_hz, size))
            if not writer[0].isOpened():
                raise InputError(path, "cannot be written", "choose another place")
        writer[0].write(image)

    try:
        yield keep
        if writer:
            writer[0].release()
            partial.replace(path)
    finally:
        for open_writer in writer:
            open_writer.release()
        partial.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """A disk that is full, in one line."""
    try:
        yield
    except BrokenPipeError:  # standard output's, not the file's
        raise
    except OSError as error:
        raise InputError(path, f"cannot be written ({error.strerror or error})", "choose another place") from None


def _refuse_unwritable(path: Path) -> None:
    if path.is_dir():
        raise InputError(path, "is a folder", "give the name of a file")
    check_writable(path)


def _nothing(moment: Moment) -> None:
    pass
