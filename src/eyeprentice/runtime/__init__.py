"""Emotions from frames, on the device: NumPy, OpenCV and ONNX Runtime, no torch.

From a video, a folder of pictures, a camera's number, or frames that a program has, with the eye found in them:

    from eyeprentice.runtime import read

    for reading in read("video.mp4"):
        print(reading.time_s, reading)

From when to when an emotion was shown:

    from eyeprentice.runtime import read, segments

    for segment in segments(read("video.mp4")):
        print(segment)

Frame by frame, as a program has them, with the eye found in them:

    from eyeprentice.runtime import Stream

    stream = Stream()
    for frame in camera:  # uint8, grey (H, W) or RGB (H, W, 3); colour="bgr" for OpenCV's order
        print(stream.push(frame))  # None where there is no eye

Frame by frame, where the eye fills the picture already:

    from eyeprentice.runtime import Recognizer

    recognizer = Recognizer()
    for frame in camera:
        print(recognizer.step(frame))
"""

from eyeprentice.runtime.belief import Reading
from eyeprentice.runtime.model import ModelError, StepModel, open_model
from eyeprentice.runtime.reading import read
from eyeprentice.runtime.recognizer import Recognizer
from eyeprentice.runtime.segmenting import Segment, Segmenter, segments, shares
from eyeprentice.runtime.stream import Stream
from eyeprentice.runtime.units import arkit
from eyeprentice.runtime.watching import Moment, watch
from eyeprentice.sources.frames import FrameError

__all__ = [
    "FrameError", "ModelError", "Moment", "Reading", "Recognizer", "Segment", "Segmenter", "StepModel", "Stream",
    "arkit", "open_model", "read", "segments", "shares", "watch",
]  # fmt: skip
