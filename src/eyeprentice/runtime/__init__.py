"""Emotions from frames, on the device: NumPy, OpenCV and ONNX Runtime, no torch.

From a video, a folder of pictures, a camera's number, or frames that a program has, with the eye found in them:

    from eyeprentice.runtime import read

    for reading in read("video.mp4"):
        print(reading.time_s, reading)

Frame by frame, where the eye fills the picture already:

    from eyeprentice.runtime import Recognizer

    recognizer = Recognizer()
    for frame in camera:  # uint8, grey (H, W) or RGB (H, W, 3); colour="bgr" for OpenCV's order
        print(recognizer.step(frame))
"""

from eyeprentice.runtime.belief import Reading
from eyeprentice.runtime.model import ModelError
from eyeprentice.runtime.reading import read
from eyeprentice.runtime.recognizer import Recognizer
from eyeprentice.runtime.units import arkit
from eyeprentice.runtime.watching import Moment, watch
from eyeprentice.sources.frames import FrameError

__all__ = ["FrameError", "ModelError", "Moment", "Reading", "Recognizer", "arkit", "read", "watch"]
