"""Whether two sequences are the same recording, whatever they are called, and however they were stored.

A fingerprint is taken from the first, the middle and the last frame: each is shrunk to 17x16 pixels, and a bit says
for each pair of neighbours in a row whether the right one is brighter (a difference hash). Compressing or resizing a
picture changes few of these bits; another picture has others.
"""

import base64
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.dataset import Dataset

SIDE, MOMENTS = 16, 3
CHUNK = 512
"""Sequences that are compared at once with all others."""

Bits = NDArray[np.bool_]


def fingerprints(dataset: Dataset) -> list[str]:
    """One for each sequence, as text."""
    found = []
    for offset, length in zip(dataset.offsets.tolist(), dataset.lengths.tolist(), strict=True):
        frames = dataset.frames[[offset, offset + length // 2, offset + length - 1]].cpu().numpy().astype(np.float32)
        small = np.stack([cv2.resize(frame, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA) for frame in frames])
        found.append(base64.b64encode(np.packbits(small[:, :, 1:] > small[:, :, :-1]).tobytes()).decode())
    return found


def unpack(texts: Sequence[str]) -> Bits:
    """(N, MOMENTS * SIDE²); raises `ValueError` on what is no fingerprint."""
    packed = np.frombuffer(b"".join(base64.b64decode(text, validate=True) for text in texts), np.uint8)
    return np.unpackbits(packed).astype(np.bool_).reshape(len(texts), MOMENTS * SIDE * SIDE)


def nearest(one: Bits, others: Bits) -> NDArray[np.float32]:
    """Share of bits in which each of `one` differs from the most alike of `others`, (N,); 1 where there is none."""
    signs = [np.where(bits, np.float32(1), np.float32(-1)) for bits in (one, others)]
    apart = np.ones(len(one), np.float32)
    for first in range(0, len(one) if len(others) else 0, CHUNK):
        rows = slice(first, first + CHUNK)
        apart[rows] = ((1 - signs[0][rows] @ signs[1].T / one.shape[1]) / 2).min(1)
    return apart
