"""The opening between the lids of a drawn face."""

from dataclasses import dataclass

import numpy as np

from eyeprentice.synth.drawn.anatomy import Anatomy
from eyeprentice.synth.face import ACTION_UNITS, Pose
from eyeprentice.synth.image import Image


@dataclass(frozen=True)
class Lids:
    """The opening of the eye, in image widths below the line between its corners, for positions -1..1 along it."""

    upper: Image
    lower: Image
    closure: float


def shape_lids(person: Anatomy, s: Image, pose: Pose) -> Lids:
    """Lids at positions `s`, -1 (outer corner) to 1 (inner corner)."""
    unit = dict(zip(ACTION_UNITS, pose.units.tolist(), strict=True))
    arc = np.clip(1 - s * s, 0, None)
    upper = person.upper * (
        1 + 0.40 * unit["AU5"] - 0.25 * unit["AU7"] - 0.28 * unit["AU4"] - 0.40 * unit["AU9"] - 0.20 * unit["AU6"]
    )
    lower = person.lower * (1 + 0.10 * unit["AU5"] - 0.55 * unit["AU7"] - 0.40 * unit["AU6"] - 0.50 * unit["AU9"])
    lower_lid = max(lower, -0.3 * person.lower) * arc**0.9 * (1 - 0.2 * s)
    open_lid = -max(upper, 0.15 * person.upper) * arc**0.8 * (1 + person.skew * s)
    shut_lid = np.maximum(0.7 * person.lower * arc, lower_lid)
    closure = min(1.0, pose.closure + 0.25 * max(pose.gaze[1], 0.0) * (1 - pose.closure))  # lids follow the gaze
    upper_lid = shut_lid + (open_lid - shut_lid) * np.float32(1 - closure)
    return Lids(np.minimum(upper_lid, shut_lid).astype(np.float32), lower_lid.astype(np.float32), closure)
