"""The student on its way to a device: the step model, ONNX, int8, NIR. Nothing here is needed once it is there."""
