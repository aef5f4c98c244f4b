"""A video of frames and what was read in them, which browsers play: WebM, or MP4 where OpenCV can encode H.264."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from eyeprentice.app.live.picture import Image, annotated, slot_for
from eyeprentice.app.live.video_clock import LONGEST_S, VideoClock
from eyeprentice.files.scratch import scratch_prefix
from eyeprentice.runtime import Moment
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note

CODECS = {".webm": ("VP80", "VP90"), ".mp4": ("avc1",)}
"""By the ending of a file, the first of these that can be encoded. VP9 takes five times as long as VP8."""


def codec_for(path: Path) -> str:
    """The codec of a video to be written at `path`; raises `InputError` if OpenCV cannot encode any that fits."""
    suffix = path.suffix.lower()
    with tempfile.TemporaryDirectory(prefix=scratch_prefix()) as folder:
        for codec in CODECS[suffix]:
            trial = _writer(Path(folder) / f"trial{suffix}", codec, 30, (320, 240))
            there = trial.isOpened()
            trial.release()
            if there:
                return codec
    if suffix == ".mp4":
        what, todo = "this OpenCV cannot encode H.264, which browsers play", f"give {path.with_suffix('.webm').name}"
        raise InputError(path, what, todo)
    raise InputError(path, "this OpenCV cannot encode WebM", "give a name that ends with .png, or use --csv")


@contextmanager
def save_video(path: Path, rate_hz: float) -> Iterator[Callable[[Moment], None]]:
    """Gives a function to call with every moment; `path` becomes a video that keeps their times.

    Its frame rate is the source's, `rate_hz`, within 1 to 120. Raises `InputError` if it cannot be written.
    """
    codec, clock = codec_for(path), VideoClock(rate_hz)
    partial = path.with_name(f"{path.stem}.partial{path.suffix}")  # by its ending the container is chosen
    writers: list[cv2.VideoWriter] = []
    slot, before, written = (0, 0), list[Moment](), 0

    def write(frames: int) -> None:
        nonlocal written
        if not frames:
            return
        image: Image = annotated(before[0], slot)
        if not writers:
            path.parent.mkdir(parents=True, exist_ok=True)
            writers.append(_writer(partial, codec, clock.rate_hz, (image.shape[1], image.shape[0])))
        for _ in range(frames):
            writers[0].write(image)
        written += frames

    def keep(moment: Moment) -> None:
        nonlocal slot
        slot = slot if before else slot_for(moment.image.shape)
        write(clock.before(moment.time_s))
        before[:] = [moment]

    try:
        yield keep
        write(clock.at_the_end())
        if writers:
            writers[0].release()
            if not _is_whole(partial, written):  # OpenCV does not say so when a disk is full
                raise InputError(path, "could not be written to its end", "free some space, or choose another place")
            partial.replace(path)
        if clock.left_out_s:
            note(f"{path}: pauses of more than {LONGEST_S:g} s are shortened, by {clock.left_out_s:,.0f} s in all")
    finally:
        for writer in writers:
            writer.release()
        partial.unlink(missing_ok=True)


def _writer(path: Path, codec: str, rate_hz: float, size: tuple[int, int]) -> cv2.VideoWriter:
    return cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), rate_hz, size)


def _is_whole(path: Path, frames: int) -> bool:
    """Whether the last of the frames of a video that was just written can be read."""
    capture = cv2.VideoCapture(str(path))
    capture.set(cv2.CAP_PROP_POS_FRAMES, frames - 1)
    there, _ = capture.read()
    capture.release()
    return bool(there)
