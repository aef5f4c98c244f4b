"""What a model says of clips of pictures: a run (or `default`), or an exported file."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eyeprentice.words.errors import InputError

Probabilities = Callable[[np.ndarray], np.ndarray]
"""Clips (N, T, S, S) of uint8 -> probabilities (N, 7), of the mean logits over the steps."""
BATCH = 64


class Asked(NamedTuple):
    """A model, and what it was trained on."""

    probabilities: Probabilities
    size: int  # of a picture's side, in pixels
    steps: int  # of a clip


def open_probabilities(model: str) -> Asked:
    """Raises `InputError` for what cannot be asked."""
    if model.endswith(".onnx"):
        from eyeprentice.runtime import Recognizer

        recognizer = Recognizer(model)

        def exported(clips: np.ndarray) -> np.ndarray:
            means = []
            for clip in clips:
                state, logits = None, []
                for frame in clip:
                    given, state = recognizer.logits(frame, state)
                    logits.append(given)
                means.append(np.mean(logits, axis=0))
            return softmax(np.array(means))

        return Asked(exported, recognizer.model.size, recognizer.model.steps)
    import torch

    from eyeprentice.data.clips import Clip
    from eyeprentice.learning.runs import load_model

    network, config = load_model(Path(model))
    network.eval()
    if network.needs_events:
        raise InputError(model, "needs events, which pictures have none of", "give a model that reads frames alone")

    @torch.no_grad()
    def trained(clips: np.ndarray) -> np.ndarray:
        parts = torch.from_numpy(clips).split(BATCH)
        frames = (part.transpose(0, 1).unsqueeze(2).float() / 255 for part in parts)
        return softmax(torch.cat([network(Clip(part, None))[0].mean(0) for part in frames]).numpy())

    return Asked(trained, config.size, config.sampling.steps)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
