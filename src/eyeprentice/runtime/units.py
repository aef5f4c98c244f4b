"""Action units as an answer: means of several estimates, and their names in Apple's ARKit.

ARKit calls the movements of a face blend shapes (Apple, `ARFaceAnchor.BlendShapeLocation`); avatars, glTF files and the
face tracking of OpenXR and of game engines know these names. All but `browInnerUp` are there twice, with `Left` and
`Right` behind the name: give what one eye shows to its side, or to both.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import BLINK

CLOSED = "AU43"

UnitNames = Literal["facs", "arkit"]
"""Those of the model, which are numbers of the Facial Action Coding System; or ARKit's."""

ARKIT = {
    "browInnerUp": "AU1",
    "browOuterUp": "AU2",
    "browDown": "AU4",
    "eyeWide": "AU5",
    "cheekSquint": "AU6",
    "eyeSquint": "AU7",
    "noseSneer": "AU9",
    "eyeBlink": CLOSED,
}
"""ARKit's name, without a side -> the unit of FACS. Of `eyeBlink`, a blink is the other part."""


def arkit(units: Mapping[str, float]) -> dict[str, float]:
    """Intensities by ARKit's names, 0..1, of intensities by those of FACS; none of none.

    `eyeBlink` is how far the lids are shut by AU43 and a blink together: 1 - (1 - AU43)·(1 - blink).

    Raises `InputError` if a unit that ARKit has a name for is not there.
    """
    if not units:
        return {}
    _check_arkit(tuple(units))
    shapes = {name: units[unit] for name, unit in ARKIT.items()}
    return shapes | {"eyeBlink": 1 - (1 - units[CLOSED]) * (1 - units.get(BLINK, 0.0))}


def named(units: Mapping[str, float], names: UnitNames) -> dict[str, float]:
    """The same intensities by the names that are asked for; raises `InputError` as `arkit` does."""
    return arkit(units) if names == "arkit" else dict(units)


def names_of(units: Sequence[str], names: UnitNames) -> tuple[str, ...]:
    """What `named` calls a model's `units`, in order; raises `InputError` if the model does not have what it takes."""
    if names not in get_args(UnitNames):
        raise InputError("unit names", f"'{names}' is not known", f"use {' or '.join(get_args(UnitNames))}")
    if names == "facs":
        return tuple(units)
    if not units:
        what, todo = "this model estimates no action units", "use the names facs, or a model that has learnt them"
        raise InputError("unit names", what, todo)
    _check_arkit(units)
    return tuple(ARKIT)


def mean_units(estimates: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of estimates of the same units: of both eyes, which show one face."""
    return {name: sum(one[name] for one in estimates) / len(estimates) for name in estimates[0]}


def _check_arkit(units: Sequence[str]) -> None:
    if missing := [f"{unit} ({name})" for name, unit in ARKIT.items() if unit not in units]:
        what = f"ARKit's names need {', '.join(missing)}, and the units are {', '.join(units)}"
        raise InputError("unit names", what, "use the names facs, or a model that has learnt these units")
