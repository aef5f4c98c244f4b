"""A moment as OSC messages: under our own addresses, or those that avatars know.

The tables of `docs/osc.md` list all of them, which a test compares. The parameters of avatars are those of
VRCFaceTracking's *Unified Expressions* (`v2/...`) and its older eye parameters, which EyeTrackVR sends too. Which
parameters there are and how they are computed of a face's parts is public there; what we have is the movement of one
eye region, so that both sides are given the same value.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from eyeprentice.eye.region import Place
from eyeprentice.runtime import Moment
from eyeprentice.runtime.units import ARKIT, arkit, names_of
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

Convention = Literal["eyeprentice", "vrcft", "eyetrackvr"]
"""Our own addresses; VRCFaceTracking's; EyeTrackVR's."""
Value = int | float | str | Sequence[float]
Message = tuple[str, Value]
"""An address, and the value or values there: int is OSC's `i`, float `f`, str `s`."""

ROOT, AVATAR = "/eyeprentice", "/avatar/parameters"
CLOSED_AMOUNT = "/tracking/eye/EyesClosedAmount"
MOST_FRAMES = 1 << 31
"""OSC's integers have 32 bits: the number of a frame begins anew after two years at 30 a second."""


def check_convention(convention: Convention, units: Sequence[str]) -> None:
    """Raises `InputError` for a convention that is not known, or that needs `units` which the model does not have."""
    if convention not in get_args(Convention):
        raise InputError("osc-as", f"'{convention}' is not known", f"use {', '.join(get_args(Convention))}")
    if convention == "eyeprentice":
        return
    try:
        names_of(units, "arkit")
    except InputError:
        what = f"{convention} gives an avatar movements of the eye region, and this model does not estimate all of them"
        raise InputError("osc-as", what, "use eyeprentice, or a model that has learnt the action units") from None


def messages_of(moment: Moment, convention: Convention = "eyeprentice") -> list[Message]:
    """All that is sent of a moment; without an eye an avatar is sent nothing, and keeps what it shows."""
    if convention == "eyeprentice":
        return _own(moment)
    if moment.reading is None:
        return []
    shapes = arkit(moment.reading.units)
    return _vrcft(shapes) if convention == "vrcft" else _eyetrackvr(shapes)


def _own(moment: Moment) -> list[Message]:
    reading, place = moment.reading, moment.place
    told: list[Message] = [("frame", moment.frame % MOST_FRAMES), ("calibration", moment.calibration)]
    told += [("reference_lost", int(moment.lost)), ("eye/seen", int(reading is not None))]
    if reading is not None and place is not None:
        told += [("eye/manner", moment.manner or ""), ("eye/box", _box(place)), ("eye/left", int(place.mirrored))]
        told += [("eye/quality", float(moment.quality))]
        if moment.second is not None:
            told += [("eye/second_box", _box(moment.second))]
        told += [("emotion", reading.emotion), ("emotion_number", EMOTIONS.index(reading.emotion))]
        told += [("probability", reading.probability), ("certain", int(reading.certain))]
        told += [(f"probabilities/{name}", value) for name, value in reading.probabilities.items()]
        told += [("valence", reading.valence), ("arousal", reading.arousal)]
        told += [(f"units/{name}", value) for name, value in reading.units.items()]
        if set(ARKIT.values()) <= set(reading.units):
            shapes = arkit(reading.units)
            told += [(f"arkit/{name}", value) for name, value in shapes.items()]
            told += [("eye/openness", 1 - shapes["eyeBlink"])]
    return [(f"{ROOT}/{name}", value) for name, value in told]


def _box(place: Place) -> tuple[float, ...]:
    """x and y of the upper left corner, width and height, in pixels."""
    box = (place.x - place.width / 2, place.y - place.height / 2, place.width, place.height)
    return tuple(map(float, box))


Part = Callable[[Mapping[str, float]], float]
"""Of ARKit's shapes (without a side), each 0..1."""

SIDED: dict[str, Part] = {
    "EyeLid": lambda s: 0.75 * (1 - s["eyeBlink"]) + 0.25 * s["eyeWide"],
    "EyeOpen": lambda s: 1 - s["eyeBlink"],
    "EyeClosed": lambda s: s["eyeBlink"],
    "EyeWide": lambda s: s["eyeWide"],
    "EyeSquint": lambda s: s["eyeSquint"],
    "BrowInnerUp": lambda s: s["browInnerUp"],
    "BrowOuterUp": lambda s: s["browOuterUp"],
    "BrowUp": lambda s: 0.6 * s["browOuterUp"] + 0.4 * s["browInnerUp"],
    "BrowLowerer": lambda s: s["browDown"],
    "BrowPinch": lambda s: s["browDown"],
    "BrowDown": lambda s: s["browDown"],
    "BrowExpression": lambda s: (s["browInnerUp"] + s["browOuterUp"]) / 2 - s["browDown"],
    "CheekSquint": lambda s: s["cheekSquint"],
    "NoseSneer": lambda s: s["noseSneer"],
}
"""Of Unified Expressions, for the right and the left side of the face."""
WHOLE = frozenset(SIDED) - {"BrowUp", "BrowDown", "BrowLowerer", "BrowPinch"}
"""Those that are there for both sides together, too, with the same value."""


def _vrcft(shapes: Mapping[str, float]) -> list[Message]:
    told: list[Message] = []
    for name, part in SIDED.items():
        value = part(shapes)
        told += [(f"{AVATAR}/v2/{name}{side}", value) for side in ("Right", "Left", *([""] if name in WHOLE else []))]
    return told


def _eyetrackvr(shapes: Mapping[str, float]) -> list[Message]:
    """What EyeTrackVR sends of the lids: the older parameter, the newer one, and VRChat's own."""
    is_open = 1 - shapes["eyeBlink"]
    squeezed = max(-1.0, 0.8 * is_open + 0.2 * shapes["eyeWide"] - shapes["eyeSquint"])
    told: list[Message] = [(f"{AVATAR}/{side}EyeLidExpandedSqueeze", squeezed) for side in ("Right", "Left")]
    told += [(f"{AVATAR}/v2/EyeLid{side}", SIDED["EyeLid"](shapes)) for side in ("Right", "Left", "")]
    return [*told, (CLOSED_AMOUNT, shapes["eyeBlink"])]
