"""The words everything here is written in: emotions, lightings, subsets; and how an eye is framed.

Spellings and orders are those of the SEE dataset (Zhang et al., SIGGRAPH 2023).
"""

import re
from pathlib import Path
from typing import Literal

from eyeprentice.words.errors import InputError

EMOTIONS = ("angry", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
LIGHTINGS = ("normal", "Overexposed", "Low", "HDR")
FRAME_RATE_HZ = 30
"""Frames, and event frames, a second."""
EYE_IN_CROP = (0.50, 0.58)
"""Where the centre of a relaxed eye lies in what models are given: a square that is as wide as the distance between the
eyes of the face, x to the right and y down, in widths of it."""

SHARPNESS, FORGETTING_HZ = 0.5, 5.0
"""How a stream's evidence is weighed and forgotten, unless a model's file says otherwise: those of the packaged file,
fitted to simulated streams (benchmarks/stream_changes.py)."""

BLINK = "blink"
"""The action unit that tells how far a blink shuts the eye: no emotion's unit."""
UNIT_NAME = re.compile(r"[\w.-]{1,40}")
"""What an action unit may be called: names are columns of tables, and parts of a line of metadata."""

Subset = Literal["training", "testing"]


def parse_emotion(text: str, where: str | Path) -> str:
    """The emotion that `text` spells in any case; raises `InputError`, naming `where`, if there is none."""
    if (emotion := text.lower()) not in EMOTIONS:
        raise InputError(where, f"'{text}' is not an emotion", f"use one of {', '.join(EMOTIONS)}")
    return emotion
