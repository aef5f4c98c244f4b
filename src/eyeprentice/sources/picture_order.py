"""The order of pictures by their names, and times that their names tell."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from eyeprentice.sources.picture_moments import contradiction
from eyeprentice.sources.picture_names import DoubtfulError, natural_keys, spelling, take_apart, value
from eyeprentice.words.errors import InputError

_PLAIN = re.compile("[0-9]+")
_TIME = re.compile(r"(?:t|ts|time|timestamp|sec|seconds)?[\W_]*")
_RATES_HZ = (1.0, 1000.0)
"""Of names that are taken for times."""
_FEWEST_TIMES = 3
_RENAME = "rename them with numbers of one length, such as 0001 and 0002"


def in_order(folder: Path, paths: Sequence[Path]) -> tuple[Path, ...]:
    """The pictures in natural order; raises `InputError` where two have the same place, or the order is doubtful."""
    stems = [path.stem for path in paths]
    if len(set(map(len, stems))) == 1 and all(map(_PLAIN.fullmatch, stems)):
        keys = [(stem,) for stem in stems]
    else:
        try:
            keys = natural_keys(stems)
        except DoubtfulError as error:
            what = f"the order of its pictures is not clear: {error}"
            raise InputError(folder, what, _RENAME) from None
    ordered = sorted(zip(keys, paths, strict=True), key=lambda pair: (pair[0], pair[1].name))
    for (first, a), (second, b) in pairwise(ordered):
        if first == second:
            raise InputError(b, f"has the same place in the order as {a.name}", "rename or remove one of the two")
    files = tuple(path for _, path in ordered)
    if (found := contradiction([spelling(path.stem) for path in files])) is not None:
        place, why = found
        pair = f"{files[place].name} comes before {files[place + 1].name}, but {why}"
        what = f"the order of its pictures is not clear: {pair}"
        raise InputError(folder, what, _RENAME)
    return files


def times_in_names(files: Sequence[Path]) -> tuple[float, ...] | None:
    """Seconds since the first picture, where names tell times beyond doubt: decimals that rise, such as `t=0.033`.

    None for all other names, also for whole numbers, whose unit is not known, and for decimals that may count pictures
    (1.01, 1.02). `files` are as `pictures_in` gives them.
    """
    names = take_apart([path.stem for path in files])
    if len(names) < _FEWEST_TIMES or len({name.words for name in names}) > 1 or len(names[0].chains) != 1:
        return None
    before, after = names[0].words
    lengths = {len(name.chains[0]) for name in names}
    if not _TIME.fullmatch(before) or after not in ("", "s", "sec") or not {2} <= lengths <= {1, 2}:
        return None
    chains = [name.chains[0] for name in names]
    is_alike = len({chain[0] for chain in chains}) == 1 and len({len(chain[-1]) for chain in chains}) == 1
    if is_alike and all(int(b[-1]) - int(a[-1]) == 1 for a, b in pairwise(chains)):
        return None  # 1.01, 1.02: it may be the second picture of the first clip
    seconds = [float(name.signs[0] * value(name.chains[0])) for name in names]
    gaps = np.diff(seconds)
    if not (gaps > 0).all() or not _RATES_HZ[0] <= 1 / float(np.median(gaps)) <= _RATES_HZ[1]:
        return None
    return tuple(second - seconds[0] for second in seconds)
