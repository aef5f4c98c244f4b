"""A model file's seal: its own SHA-256, as the last of its ONNX metadata, so that a spoilt file is known by its bytes.

ONNX files are protocol buffers, whose messages may be appended to: the seal is one more entry of `metadata_props` at
the end, always 76 bytes long. Any ONNX tool reads it as `sha256`.
"""

import hashlib

_KEY = b"sha256"
_HEAD = b"\x72\x4a" + b"\x0a\x06" + _KEY + b"\x12\x40"  # field 14, 74 bytes: {1: key of 6 bytes, 2: value of 64}
LENGTH = len(_HEAD) + 64


def sealed(model: bytes) -> bytes:
    """The file with its seal."""
    return model + _HEAD + hashlib.sha256(model).hexdigest().encode()


def is_whole(file: bytes) -> bool | None:
    """Whether a sealed file is as it was written; None if it has no seal."""
    model, seal = file[:-LENGTH], file[-LENGTH:]
    if not seal.startswith(_HEAD):
        return None
    return seal[len(_HEAD) :] == hashlib.sha256(model).hexdigest().encode()
