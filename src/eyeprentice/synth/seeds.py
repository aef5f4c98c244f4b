"""Random numbers that depend on what they are drawn for and on nothing else, so that parts can be made in any order."""

import numpy as np


def random_numbers(*key: int) -> np.random.Generator:
    """A generator of its own for each key; the first number is the dataset's seed."""
    return np.random.default_rng(np.random.SeedSequence(key[0], spawn_key=key[1:]))
