"""The model in words: what a client needs to run it by itself."""

import json
from typing import Any

from eyeprentice.runtime.activity import OPERATIONS
from eyeprentice.runtime.model import StepModel
from eyeprentice.words.vocabulary import EMOTIONS


def described(model: StepModel, name: str) -> dict[str, Any]:
    """As `GET /api/model` tells it."""
    text = model.metadata.get(OPERATIONS)
    return {
        "name": name,
        "labels": list(EMOTIONS),
        "size": model.size,
        "steps": model.steps,
        "skip": model.skip,
        "sharpness": model.sharpness,
        "forgetting_hz": model.forgetting_hz,
        "operations": None if text is None else json.loads(text),
        "state": {name: list(array.shape) for name, array in model.rest().items()},
    }
