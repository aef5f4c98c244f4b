"""ONNX Runtime, imported in this one place, so that its telemetry is switched off before it is loaded."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, while the library is loaded

import onnxruntime

__all__ = ["onnxruntime"]
