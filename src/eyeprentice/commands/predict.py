import json as json_format
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.files import new_file
from eyeprentice.ingest.eye import Region
from eyeprentice.live.eye import Eye
from eyeprentice.live.frames import Frames, open_frames
from eyeprentice.live.picture import annotated, timeline
from eyeprentice.runtime import Reading, Recognizer
from eyeprentice.vocabulary import EMOTIONS


def predict(
    source: str,
    *,
    eye: str = "auto",
    json: bool = False,
    save: Path | None = None,
    model: Path | None = None,
    certain: float = 0.6,
    raw: str | None = None,
    rate: float | None = None,
    mirror: bool = False,
) -> None:
    """Tell the emotion in a video, a folder of pictures, a recording, a camera or raw frames, frame by frame.

    One line a frame, then a verdict for the whole. It needs no torch, and memory does not grow with the video.

    Example: eyeprentice predict video.mp4 --save timeline.png

    Args:
        source: a file, a folder, a camera's number (0), or - for raw frames on standard input
        eye: auto finds and follows it; full takes the whole picture, as a headset's camera gives it; or x,y,w,h
        json: a JSON line for each frame, and one for the verdict
        save: a video (.mp4) of the frames with what was read in them, or a picture (.png) of the timeline
        model: a file that export wrote; by default the one that comes with the package
        certain: probability from which on an emotion is named
        raw: size of raw frames, as 640x480, or 640x480x3 for RGB
        rate: frames a second, where the source does not say or says wrong
        mirror: the frames show a left eye (auto sees that itself, where it sees the face)
    """
    if not 0 <= certain <= 1 or (rate is not None and not rate > 0):
        raise InputError("predict", "certain is a probability, and a rate is above 0", "see --help")
    region, frames = Region.parse(eye), open_frames(source, raw, rate)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    finder = Eye(region, recognizer.model.size)
    total, read, unseen = np.zeros(len(EMOTIONS)), 0, 0
    with _writer(save, frames) as keep:
        try:
            for number, frame in enumerate(frames.images):
                cut = finder.cut(frame)
                reading = None if cut is None else recognizer.step(cut)
                unseen += reading is None
                if reading is not None:
                    total += np.fromiter(reading.probabilities.values(), np.float64)
                    read += 1
                keep(frame, cut, reading)
                _say(number, number / frames.rate_hz, reading, json)
        except KeyboardInterrupt:  # the way to end a camera
            pass
        finally:
            _conclude(total, read, unseen, json)
    if not read:
        raise InputError(frames.name, "no eye found in it", "name its place with --eye x,y,w,h, or --eye full")


def _say(number: int, seconds: float, reading: Reading | None, json: bool) -> None:
    if json:
        row: dict[str, Any] = {"frame": number, "time_s": round(seconds, 4), "eye": reading is not None}
        if reading is not None:
            row |= {"emotion": reading.emotion, "probability": round(reading.probability, 4)}
            row |= {"certain": reading.certain}
            row["probabilities"] = {name: round(value, 4) for name, value in reading.probabilities.items()}
        print(json_format.dumps(row), flush=True)
    else:
        answer = "no eye" if reading is None else str(reading)
        print(f"{number:6d} {seconds:9.3f} s  {answer}", flush=sys.stdout.isatty() or number == 0)


def _conclude(total: NDArray[np.float64], read: int, unseen: int, json: bool) -> None:
    """The verdict: the emotion that was believed most, on average."""
    if not read:
        return
    mean, frames = total / read, read + unseen
    best = int(mean.argmax())
    if json:
        means = {name: round(float(value), 4) for name, value in zip(EMOTIONS, mean, strict=True)}
        verdict = {"verdict": EMOTIONS[best], "mean_probabilities": means, "frames": frames}
        print(json_format.dumps(verdict | {"frames_without_eye": unseen}), flush=True)
    else:
        missing = f", {unseen} without an eye" if unseen else ""
        print(f"verdict: {EMOTIONS[best]}, mean probability {mean[best]:.2f} ({frames} frames{missing})")


Keep = Callable[[NDArray[np.uint8], NDArray[np.uint8] | None, Reading | None], None]


@contextmanager
def _writer(save: Path | None, frames: Frames) -> Iterator[Keep]:
    """Gives a function to call with every frame, its eye and its reading."""
    if save is None:
        yield lambda frame, cut, reading: None
    elif save.suffix.lower() == ".png":
        beliefs = array("f")  # 28 bytes a frame: 3 MB an hour

        def note(frame: NDArray[np.uint8], cut: NDArray[np.uint8] | None, reading: Reading | None) -> None:
            beliefs.extend([0.0] * len(EMOTIONS) if reading is None else reading.probabilities.values())

        yield note
        picture = timeline(np.frombuffer(beliefs, np.float32).reshape(-1, len(EMOTIONS)), frames.rate_hz)
        with new_file(save) as partial:
            partial.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    elif save.suffix.lower() == ".mp4":
        with _video_writer(save, frames.rate_hz) as keep:
            yield keep
    else:
        raise InputError(save, "of a kind that cannot be written", "name a .png or a .mp4")


@contextmanager
def _video_writer(save: Path, rate_hz: float) -> Iterator[Keep]:
    partial = save.with_name(f"{save.stem}.partial.mp4")  # by its ending the codec is chosen
    writer: list[cv2.VideoWriter] = []

    def keep(frame: NDArray[np.uint8], cut: NDArray[np.uint8] | None, reading: Reading | None) -> None:
        image = annotated(frame, cut, reading)
        if not writer:
            size = (image.shape[1], image.shape[0])
            save.parent.mkdir(parents=True, exist_ok=True)
            writer.append(cv2.VideoWriter(str(partial), cv2.VideoWriter.fourcc(*"mp4v"), rate_hz, size))
            if not writer[0].isOpened():
                raise InputError(save, "cannot be written", "choose another place")
        writer[0].write(image)

    try:
        yield keep
        if writer:
            writer[0].release()
            partial.replace(save)
    finally:
        for open_writer in writer:
            open_writer.release()
        partial.unlink(missing_ok=True)
