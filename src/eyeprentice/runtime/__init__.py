"""Emotions from frames, on the device: NumPy, OpenCV and ONNX Runtime, no torch.

from eyeprentice.runtime import Recognizer

recognizer = Recognizer()
for frame in camera:  # uint8, grey (H, W) or RGB (H, W, 3), the eye filling it
    print(recognizer.step(frame))
"""

from eyeprentice.runtime.model import ModelError
from eyeprentice.runtime.recognizer import FrameError, Reading, Recognizer

__all__ = ["FrameError", "ModelError", "Reading", "Recognizer"]
