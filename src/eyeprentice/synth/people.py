"""Opens the people that a dataset is simulated of: drawn ones, of whom there is no end, or those of a cast."""

from functools import lru_cache
from pathlib import Path

from eyeprentice.synth.drawn.people import DrawnPeople
from eyeprentice.synth.face import People
from eyeprentice.synth.variety import Variety
from eyeprentice.words.errors import InputError

DRAWN = "drawn"


@lru_cache(maxsize=4)
def open_people(kind: str, seed: int, variety: Variety) -> People:
    """`drawn` people of `seed`, or those of the cast in the folder `kind`.

    What `variety` says of people is theirs; the rest is the camera's and the motion's. Raises `InputError` if `kind`
    names no people.
    """
    if kind == DRAWN:
        return DrawnPeople(seed, variety)
    if not Path(kind).is_dir():
        raise InputError(kind, "there is no such cast", f"give {DRAWN}, or a folder written by `eyeprentice cast`")
    from eyeprentice.synth.cast.people import CastPeople  # needs scipy, which drawn people do not

    return CastPeople(Path(kind), seed, variety)
