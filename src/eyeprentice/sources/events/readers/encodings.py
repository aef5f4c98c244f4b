"""Which of Prophesee's encodings the words of a RAW file are in, and in which order of bytes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.readers.evt import Evt2, Evt3, Evt21
from eyeprentice.sources.events.readers.found import RefusedError
from eyeprentice.sources.events.readers.header import Header

Known = type[Evt2] | type[Evt21] | type[Evt3]
ENCODINGS: dict[str, Known] = {"EVT2": Evt2, "EVT3": Evt3, "EVT21": Evt21}
ORDERS = ("little", "big", "legacy")
"""Of bytes. Legacy: the upper half of a word of 64 bits comes first, each half in little order."""
MOST_WRONG = 0.05
"""Share of words that may make no sense in an encoding; in a wrong one it is a sixth and more."""


def encoding_of(header: Header, sample: bytes) -> tuple[Known, str]:
    """The encoding and the order of bytes: what the header says, if the data agree, and else what fits best.

    Raises `RefusedError` for a header that names another encoding or order, or that the data contradict.
    """
    named, order = header.encoding, header.order
    if named is not None and named not in ENCODINGS:
        raise RefusedError(
            f"its encoding is {named[:20]}, which is not read", f"export it as one of {', '.join(ENCODINGS)}"
        )
    if order is not None and order not in ORDERS:
        raise RefusedError(
            f"its order of bytes is '{order[:20]}', which is not known", f"give one of {', '.join(ORDERS)}"
        )
    samples = {
        (name, way): words_of(sample, encoding.SIZE, way)
        for name, encoding in ENCODINGS.items()
        for way in ORDERS
        if way in (order, "little", "big") or name == "EVT21"
    }
    nonsense = {key: _nonsense(ENCODINGS[key[0]], words) for key, words in samples.items()}
    fits = {key: nonsense[key] + _odd(ENCODINGS[key[0]], words) for key, words in samples.items()}
    best = min(fits, key=lambda key: (fits[key] > MOST_WRONG, key[0] != named, key[1] != order, fits[key]))
    if named is None and nonsense[best] > MOST_WRONG:
        raise RefusedError("its header tells no encoding, and its data fit none", "correct its header")
    if named is not None and best[0] != named:
        raise RefusedError(f"its header says {named}, but its data are {best[0]}", "correct its header")
    if order is not None and best[1] != order:
        raise RefusedError(
            f"its header says that the order of bytes is {order}, but that of its data is {best[1]}",
            "correct its header",
        )
    return ENCODINGS[best[0]], best[1]


def words_of(content: bytes, size: int, order: str) -> NDArray[Any]:
    """Whole words in the order of this machine; what is left over at the end is left out."""
    words = np.frombuffer(content, f"{'>' if order == 'big' else '<'}u{size}", len(content) // size)
    if order == "legacy" and size == 8:
        return (words << np.uint64(32)) | (words >> np.uint64(32))
    return words.astype(f"u{size}", copy=False)


def _nonsense(encoding: Known, words: NDArray[Any]) -> float:
    """Share of the words of kinds that are not defined, and a little for times that fall; 1 without any time."""
    kinds = encoding.kinds(words)
    highs = encoding.high(words[kinds == 8])
    if not len(highs):
        return 1.0
    unknown = ~np.isin(kinds, np.array(sorted(encoding.KINDS), np.uint8))
    return float(unknown.mean()) + MOST_WRONG / 2 * float((np.diff(highs) < 0).mean() if len(highs) > 1 else 0)


def _odd(encoding: Known, words: NDArray[Any]) -> float:
    """Share of the events that look like those of the other one of EVT2 and EVT2.1, which use the same kinds."""
    kinds = encoding.kinds(words)
    events = kinds <= 1
    if encoding is Evt2:  # every second word of EVT2.1 has no time, so half the events are before the one before
        both, low = events[1:] & events[:-1], (words >> 22) & 63
        return float((low[1:] < low[:-1])[both].mean()) / 2 if both.any() else 0.0
    if encoding is Evt21:  # its words hold one event at least, and begin at a column that is a multiple of 32
        pixels = words & 0xFFFFFFFF
        if not events.any():
            return float((pixels != 0).mean())  # it would be EVT2 in which a word of time comes before each event
        return float((((words >> 43) & 31 != 0) | (pixels == 0))[events].mean())
    return 0.0
