"""Run -> file for a device: the step model, ONNX, int8, NIR, its cost. Nothing here is needed once it is there.

It may import `judging`, `learning`, `runtime`, `synth` and what these may import.
"""
