"""How much simulated scenes differ from one another: as SEE's, recorded in one headset; as corpora of posed
expressions; or wild, as users' own videos.

`SEE` adds nothing to what people, motion and sensors are. `CORPUS` is what research corpora of posed expressions and
ordinary video in mostly good light differ in. `WILD` adds what users' own videos differ in:
ages, glasses and make-up, deep-set and bulging eyes, left eyes, camera pose and distance, crops without the brow, a
lamp that moves, subtle, slow and mixed expressions, and what cheap cameras and codecs do to frames. `COURSE` is a task
that needs time and light: pairs of emotions look the same in a picture, and frames saturate or drown in noise. `BROAD`
and `WILD_BROAD` are `CORPUS` and `WILD` with expressions and relaxed faces that differ as much as people's do, which
the packaged weights learnt from. Each axis can be set by itself.
"""

from dataclasses import dataclass, replace

import numpy as np

SHARE_OF_LIGHTINGS = (0.40, 0.25, 0.21, 0.14)
"""Of subjects, in the order of LIGHTINGS: SEE's are recorded under one each (those of its testing set: 36 22 19 12)."""


@dataclass(frozen=True)
class Variety:
    """Shares are of people or sequences, 0..1; strengths multiply the widest range there is."""

    ages: float = 0.0
    """Strength: at 1, ages from 18 to 75, with the wrinkles that go with them."""
    glasses: float = 0.0
    make_up: float = 0.0
    sockets: float = 0.0
    """Strength: deep-set to bulging eyes."""
    left_eyes: float = 0.0
    pose: float = 0.0
    """Strength: turned, tilted, nearer and farther cameras."""
    without_brow: float = 0.0
    moving_light: float = 0.0
    subtle: float = 0.0
    """Strength: at 1, expressions down to a third of their intensity."""
    slow: float = 0.0
    mixed: float = 0.0
    """Share of sequences in which a weaker second emotion shows too."""
    interlaced: float = 0.0
    compressed: float = 0.0
    low_resolution: float = 0.0
    infrared: float = 0.0
    """Share of people seen by infrared light, as in many headsets."""
    display: float = 0.0
    """Share of sequences of cameras that code for a display (gamma 2.2), as all but scientific ones do."""
    posed: float = 0.0
    """Share of sequences that are short, rise slowly from a relaxed face and end at the apex, as in corpora."""

    reach: float = 0.0
    """Strength: at 1, skin moves by 0.7 to 1.6 times as much as that of the median person."""
    lightings: tuple[float, ...] = SHARE_OF_LIGHTINGS
    """Shares of people under each of LIGHTINGS."""
    course: float = 0.0
    """Share of sequences whose emotion shows in its course alone (`synth/expressions.py`)."""
    hard_light: float = 0.0
    """Strength: at 1, the bright lightings are 1.7 times as bright and the dark one is 0.7 times as bright."""
    breadth: float = 0.0
    """Share of sequences whose units are drawn from ranges, each by itself, instead of as a pattern."""
    measured: float = 0.0
    """Share of sequences whose units are put together as measured people put them."""
    resting: float = 0.0
    """Strength: at 1, relaxed faces differ too: brows that lie low, lids that hang (`synth/expressions.py`)."""
    retaken: float = 0.0
    """Share of sequences whose first frame was taken on another day: neutral, in other light, by a camera that stands
    a little elsewhere."""


SEE = Variety()
WILD = Variety(
    ages=1.0, glasses=0.25, make_up=0.3, sockets=1.0, left_eyes=0.5, pose=1.0, without_brow=0.15, moving_light=0.3,
    subtle=1.0, slow=0.25, mixed=0.2, interlaced=0.08, compressed=0.35, low_resolution=0.25, infrared=0.1,
    display=0.7, posed=0.4, reach=1.0,
)  # fmt: skip
CORPUS = Variety(
    ages=1.0, glasses=0.1, make_up=0.2, sockets=0.6, pose=0.6, without_brow=0.05, moving_light=0.15, subtle=0.4,
    slow=0.1, mixed=0.05, interlaced=0.05, compressed=0.25, low_resolution=0.2, infrared=0.1, display=0.85,
    posed=0.6, reach=1.0, lightings=(0.70, 0.10, 0.08, 0.12),
)  # fmt: skip
COURSE = Variety(course=1.0, hard_light=1.0, subtle=0.2, lightings=(0.25, 0.25, 0.25, 0.25))
WILD_COURSE = replace(WILD, course=1.0, subtle=0.5, slow=0.0, mixed=0.0, posed=0.0)
BROAD = replace(CORPUS, breadth=0.55, measured=0.1, resting=1.0, retaken=0.3)
WILD_BROAD = replace(WILD, breadth=0.55, measured=0.1, resting=1.0, retaken=0.3)
VARIETIES = {
    "see": SEE, "corpus": CORPUS, "wild": WILD, "broad": BROAD, "wild-broad": WILD_BROAD, "course": COURSE,
    "wild-course": WILD_COURSE,
}  # fmt: skip


def draw_reach(variety: Variety, rng: np.random.Generator) -> float:
    """Draws how far a person's skin moves, relative to the median person's."""
    return float(np.exp(variety.reach * rng.uniform(np.log(0.7), np.log(1.6))))
