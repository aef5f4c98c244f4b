"""Who is drawn: the anatomy of one eye region, drawn anew for every person.

Lengths are in widths of the image, with x to the right and y down; the eye is a right one as a camera facing it sees
it, so that its inner corner, and the nose, lie on the image's right.
"""

from dataclasses import dataclass, replace

import numpy as np

from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.variety import Variety, draw_reach

SEXES = ("man", "woman")
DEGREES = ("undergraduate", "Master", "Doctor")


@dataclass(frozen=True)
class Anatomy:
    """What a drawn person looks like at rest. Lengths are in widths of the picture, whose y points down."""

    sex: str
    age: int
    degree: str
    eye: tuple[float, float]
    """Centre of the eye."""
    half_width: float
    """From the centre of the eye to a corner."""
    tilt: float
    """How much higher the outer corner is than the inner one, in radians."""
    upper: float
    lower: float
    """Height of the upper and depth of the lower lid above and below the corners, with the eye relaxed."""
    skew: float
    """Where the upper lid is highest: above 0 towards the nose."""
    crease: float
    """Distance of the lid crease above the lid's margin; 0 for a monolid."""
    iris: float
    """Radius."""
    pupil: float
    """Radius as a share of the iris's."""
    iris_tone: float
    sclera_tone: float
    skin_tone: float
    """Reflectances, 0..1."""
    brow_height: float
    """From the centre of the eye up to the brow."""
    brow_arch: float
    brow_slope: float
    brow_length: float
    brow_thickness: float
    brow_density: float
    brow_tone: float
    lash_length: float
    lash_density: float
    wrinkles: float
    """How readily skin folds, 0..1."""
    bag: float
    """How much shows under the eye."""
    bulge: float
    """How far the eyeball stands out of its socket, around 1."""
    mobility: tuple[float, ...]
    """How strongly this person shows each of `ACTION_UNITS`, around 1."""
    texture_seed: int
    liner: float = 0.0
    """How much the roots of the lashes are painted, 0..1.5."""
    resting_folds: float = 0.0
    """How much every fold shows without any muscle's help, 0..1."""
    socket: float = 1.0
    """How deep the eye's socket is, around 1."""
    eye_shadow: float = 0.0
    """How much the upper lid is darkened, 0..1."""


RANGES = {
    "half_width": (0.195, 0.25), "tilt": (-0.02, 0.16), "upper": (0.072, 0.106), "lower": (0.030, 0.052),
    "skew": (-0.15, 0.25), "crease": (0.022, 0.055), "iris": (0.070, 0.090), "pupil": (0.30, 0.50),
    "iris_tone": (0.06, 0.26), "sclera_tone": (0.62, 0.82), "skin_tone": (0.36, 0.62), "brow_height": (0.25, 0.34),
    "brow_arch": (0.01, 0.05), "brow_slope": (-0.03, 0.06), "brow_length": (0.54, 0.72),
    "brow_thickness": (0.032, 0.058), "brow_density": (0.6, 1.0), "brow_tone": (0.05, 0.16),
    "lash_length": (0.018, 0.038), "lash_density": (0.6, 1.0), "wrinkles": (0.35, 1.0), "bag": (0.1, 0.7),
    "bulge": (0.7, 1.3),
}  # fmt: skip
"""Between what men's measures are drawn, in this order; 35 % have no crease."""
OF_WOMEN = {"brow_thickness": (0.024, 0.042), "lash_length": (0.030, 0.055)}
"""What is drawn between other limits for women."""


def sample_anatomy(rng: np.random.Generator) -> Anatomy:
    """Draws a person. SEE's are students of 19 to 28, three men in five."""
    sex = SEXES[int(rng.random() > 0.6)]
    age, degree = int(rng.integers(19, 29)), DEGREES[rng.choice(3, p=(0.68, 0.2, 0.12))]
    eye = rng.uniform(0.46, 0.54), rng.uniform(0.54, 0.62)
    measures = {
        name: 0.0 if name == "crease" and rng.random() < 0.35 else rng.uniform(*limits)
        for name, limits in (RANGES | OF_WOMEN if sex == "woman" else RANGES).items()
    }
    mobility = tuple(rng.uniform(0.85, 1.2, len(ACTION_UNITS)))
    return Anatomy(sex, age, degree, eye, **measures, mobility=mobility, texture_seed=int(rng.integers(2**31)))


def vary_anatomy(anatomy: Anatomy, variety: Variety, rng: np.random.Generator) -> Anatomy:
    """The same person, older, made up, with other sockets, or seen by infrared light."""
    if rng.random() < variety.ages:
        age = int(rng.integers(18, 76))
        wrinkles = float(np.clip(0.3 + (age - 18) / 45 + rng.normal(0, 0.15), 0.2, 1.8))
        resting = float(np.clip((age - 32) / 70, 0, 0.6))
        anatomy = replace(anatomy, age=age, wrinkles=wrinkles, resting_folds=resting)
    if rng.random() < variety.make_up:
        anatomy = replace(anatomy, liner=rng.uniform(0.3, 1.5), eye_shadow=rng.uniform(0.0, 0.5))
    out = 0.9 * variety.sockets * rng.uniform(-1, 1)
    if rng.random() < variety.infrared:  # melanin absorbs little near 850 nm: pale skin, brows and irises
        anatomy = replace(
            anatomy, skin_tone=rng.uniform(0.5, 0.6), brow_tone=rng.uniform(0.2, 0.3), iris_tone=rng.uniform(0.25, 0.4),
            sclera_tone=rng.uniform(0.5, 0.6),
        )  # fmt: skip
    reach = draw_reach(variety, rng)
    anatomy = replace(anatomy, mobility=tuple(reach * unit for unit in anatomy.mobility))
    return replace(anatomy, bulge=anatomy.bulge * float(np.exp(out)), socket=float(np.exp(-1.2 * out)))
