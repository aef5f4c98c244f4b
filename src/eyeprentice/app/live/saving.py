"""What is kept of streams: a table of readings, a picture of the timeline, or a video of frames and readings.

Where a file cannot be written is said when it is opened, before the first frame is read.
"""

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from eyeprentice.app.live.given import is_endless
from eyeprentice.app.live.picture import timeline
from eyeprentice.app.live.video import CODECS, save_video
from eyeprentice.files.whole import check_writable, new_file
from eyeprentice.runtime import Moment, Segment, Segmenter
from eyeprentice.runtime.units import UnitNames, named, names_of
from eyeprentice.sources.pictures import write_picture
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

Keep = Callable[[Moment], None]
HEAD = ("source", "frame", "time_s", "eye", "emotion", "probability", "certain", *EMOTIONS, "valence", "arousal")


class Table:
    """A CSV file with a row for each moment of each source; without a file, nothing is kept."""

    def __init__(self, file: TextIO | None, columns: Sequence[str], names: UnitNames) -> None:
        self._file, self._names = file, names
        if file is not None:
            csv.writer(file).writerow([*HEAD, *columns])

    @contextmanager
    def of(self, source: str) -> Iterator[Keep]:
        """Gives a function to call with every moment of a source; if the block raises, its rows are taken back."""
        if (file := self._file) is None:
            yield _nothing
            return
        table, start = csv.writer(file), file.tell()
        try:
            yield lambda moment: table.writerow(self._row(source, moment))
        except BaseException:
            file.seek(start)
            file.truncate()
            raise

    def _row(self, source: str, moment: Moment) -> list[object]:
        row: list[object] = [source, moment.frame, f"{moment.time_s:.4f}", moment.manner or "none"]
        if (reading := moment.reading) is not None:
            values = [*reading.probabilities.values(), reading.valence, reading.arousal]
            values += named(reading.units, self._names).values()
            row += [reading.emotion, f"{reading.probability:.4f}", str(reading.certain).lower()]
            row += [f"{value:.4f}" for value in values]
        return row


def refuse_overwriting(written: Sequence[Path | None], sources: Sequence[str], *read: Path) -> None:
    """Raises `InputError` where what is to be written would take the place of what is read, or of each other.

    A picture is not written into a folder of pictures that is read either: it would be one of them the next time.
    """
    files = [*(Path(name) for name in sources if not is_endless(name)), *read]
    for number, path in enumerate(kept := [path for path in written if path is not None]):
        if any(_same(path, other) for other in files):
            raise InputError(path, "is read, and would be overwritten", "give the file to write another name")
        if any(_same(path, other) for other in kept[:number]):
            raise InputError(path, "two files are to be written in this one place", "give each a name of its own")
        if path.suffix.lower() == ".png" and any(_same(path.parent, other) for other in files):
            raise InputError(path, "lies among the pictures that are read", "write it into another folder")


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)  # links, and names in another case, too
    except OSError:  # one of them does not exist yet
        return path.resolve() == other.resolve()


@contextmanager
def save_table(path: Path | None, units: Sequence[str] = (), names: UnitNames = "facs") -> Iterator[Table]:
    """Gives a table; `path` becomes a CSV with a row for each moment of each source.

    Behind the emotions come valence, arousal and the model's action `units`, by the `names` that are asked for. Raises
    `InputError` if the units have no such names.
    """
    columns = names_of(units, names)
    if path is None:
        yield Table(None, columns, names)
        return
    _refuse_unwritable(path)
    with _told(path), new_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        yield Table(file, columns, names)


@contextmanager
def save_segments(path: Path | None) -> Iterator[Callable[[str, Sequence[Segment]], None]]:
    """Gives a function to call with every source and its segments; `path` becomes a CSV with a row for each segment."""
    if path is None:
        yield lambda source, found: None
        return
    _refuse_unwritable(path)
    with _told(path), new_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ("source", "start_s", "end_s", "emotion", "probability", "likeliest"))
        table.writeheader()
        yield lambda source, found: table.writerows({"source": source, **one.as_dict()} for one in found)


@contextmanager
def save_picture(path: Path | None, rate_hz: float, certain: float) -> Iterator[Keep]:
    """Gives a function to call with every moment; `path` becomes a timeline (.png) or a video (.webm, .mp4)."""
    if path is None:
        yield _nothing
        return
    kind = path.suffix.lower()
    if kind != ".png" and kind not in CODECS:
        todo = "give a name that ends with .png, .webm or .mp4"
        raise InputError(path, "a file of a type that cannot be written", todo)
    _refuse_unwritable(path)
    with _told(path), _timeline(path, rate_hz, certain) if kind == ".png" else save_video(path, rate_hz) as keep:
        yield keep


@contextmanager
def _timeline(path: Path, rate_hz: float, certain: float) -> Iterator[Keep]:
    beliefs, times = array("f"), array("d")  # 36 bytes a frame: 4 MB an hour

    segmenter = Segmenter(certain, rate_hz)

    def keep(moment: Moment) -> None:
        believed = None if moment.reading is None else moment.reading.probabilities
        segmenter.add(moment.time_s, believed)
        beliefs.extend([0.0] * len(EMOTIONS) if believed is None else believed.values())
        times.append(moment.time_s)

    yield keep
    if times:
        believed = np.frombuffer(beliefs, np.float32).reshape(-1, len(EMOTIONS))
        times_s = np.frombuffer(times, np.float64)
        write_picture(path, timeline(believed, times_s, 1 / rate_hz, segmenter.segments()))


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
