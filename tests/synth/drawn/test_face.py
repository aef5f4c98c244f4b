import numpy as np
import pytest

from eyeprentice.synth.camera import photograph
from eyeprentice.synth.drawn.anatomy import sample_anatomy, vary_anatomy
from eyeprentice.synth.drawn.face import DrawnFace
from eyeprentice.synth.drawn.muscles import BROWS, CHEEKS, PULL_DOWN, PULL_RIGHT
from eyeprentice.synth.drawn.skin import paint
from eyeprentice.synth.face import ACTION_UNITS, Lamp, Pose
from eyeprentice.synth.folds import FOLDING, FOLDS
from eyeprentice.synth.light import lamp_of, sample_light
from eyeprentice.synth.variety import SEE, WILD
from eyeprentice.words.vocabulary import EYE_IN_CROP, LIGHTINGS

SIZE = 128
FRONTAL = Lamp((0.0, 0.0, 1.0), 1.0)


def posed(units: dict[str, float], **rest: object) -> Pose:
    return Pose(np.array([units.get(unit, 0.0) for unit in ACTION_UNITS]), **rest)  # type: ignore[arg-type]


@pytest.fixture
def person():
    return sample_anatomy(np.random.default_rng(3))


@pytest.fixture
def face(person):
    return DrawnFace(person, SIZE)


def brow_row(face: DrawnFace, image: np.ndarray) -> float:
    """Where the brow is: the centre of what is darker than skin, in its band of rows."""
    ex, ey = face.eye
    band = slice(int((ey - 0.48) * SIZE), int((ey - 0.13) * SIZE))
    strip = image[band, int((ex - 0.1) * SIZE) : int((ex + 0.1) * SIZE)]
    dark = np.clip(0.6 * np.median(strip) - strip, 0, None).sum(axis=1)
    return band.start + float((dark * np.arange(len(dark))).sum() / dark.sum())


def eye_white(person, image: np.ndarray) -> float:
    """How much of the sclera shows."""
    ex, ey = (round(SIZE * at) for at in person.eye)
    patch = image[ey - 19 : ey + 13, ex - 26 : ex + 26]
    return float((patch > 0.9 * person.skin_tone + 0.05).sum())


def test_tables_have_a_row_for_each_action_unit_and_a_column_for_each_region():
    assert PULL_RIGHT.shape == PULL_DOWN.shape == (len(ACTION_UNITS), len(BROWS) + len(CHEEKS) + 2)
    assert FOLDING.shape == (len(FOLDS), len(ACTION_UNITS))


def test_action_units_move_what_they_are_named_after(face, person):
    neutral = face.render(posed({}), FRONTAL)
    assert brow_row(face, face.render(posed({"AU1": 1, "AU2": 1}), FRONTAL)) < brow_row(face, neutral) - 4
    assert brow_row(face, face.render(posed({"AU4": 1}), FRONTAL)) > brow_row(face, neutral) + 4
    units = ({"AU5": 1}, {}, {"AU6": 1, "AU7": 1}, {"AU43": 1})
    openness = [eye_white(person, face.render(posed(each), FRONTAL)) for each in units]
    assert openness == sorted(openness, reverse=True)
    assert openness[0] > 1.2 * openness[1]
    assert openness[3] < 0.2 * openness[1]


def test_a_blink_shuts_the_eye(face, person):
    shut = face.render(posed({}, blink=1.0), FRONTAL)
    assert eye_white(person, shut) < 0.2 * eye_white(person, face.render(posed({}), FRONTAL))


def test_skin_is_drawn_where_the_flow_says_it_went(face):
    pose = posed({"AU1": 0.6, "AU6": 0.5}, shift=(0.03, -0.02))
    before, after = face.render(posed({}), FRONTAL), face.render(pose, FRONTAL)
    flow = SIZE * face.flow(pose)
    row, column = int((face.eye[1] - 0.28) * SIZE), int((face.eye[0] + 0.1) * SIZE)
    right, down = np.round(flow[:, row, column]).astype(int)
    there = (slice(row + down - 6, row + down + 6), slice(column + right - 10, column + right + 10))
    here = (slice(row - 6, row + 6), slice(column - 10, column + 10))
    assert down < -3
    followed, stayed = (np.corrcoef(before[here].ravel(), after[at].ravel())[0, 1] for at in (there, here))
    assert followed > 0.8
    assert followed > stayed + 0.2
    middle = tuple(round(SIZE * at) for at in reversed(face.eye))
    assert np.isnan(flow[0][middle])


def test_people_differ_and_a_person_stays_the_same():
    one, again, other = (paint(sample_anatomy(np.random.default_rng(seed)), 64).albedo for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert np.abs(one - other).mean() > 0.02


def test_eyes_are_where_the_crop_has_them():
    eyes = np.array([sample_anatomy(np.random.default_rng(seed)).eye for seed in range(200)])
    assert np.abs(eyes.mean(axis=0) - EYE_IN_CROP).max() < 0.01
    assert np.abs(eyes - EYE_IN_CROP).max() <= 0.041


def test_the_old_have_folds_at_rest_and_the_young_of_see_have_none():
    people = [vary_anatomy(sample_anatomy(np.random.default_rng(s)), WILD, np.random.default_rng(s)) for s in range(60)]
    assert min(p.age for p in people) < 25
    assert max(p.age for p in people) > 65
    assert all(p.resting_folds > 0.3 for p in people if p.age > 60)
    student = sample_anatomy(np.random.default_rng(0))
    assert vary_anatomy(student, SEE, np.random.default_rng(0)) == student


def test_lightings_look_like_their_names(face):
    rng = np.random.default_rng(0)
    levels = {}
    for lighting in LIGHTINGS:
        pictures = []
        for _ in range(20):
            light = sample_light(lighting, rng)
            radiance = face.render(posed({}), lamp_of(light, rng))[None]
            pictures.append(photograph(radiance, light, rng)[0])
        levels[lighting] = np.stack(pictures).astype(float)
    assert 30 < levels["normal"].mean() < 100
    assert levels["Low"].mean() < 15
    assert (levels["Overexposed"] == 255).mean() > 0.1
    halves = np.abs(levels["HDR"][:, :, :40].mean((1, 2)) - levels["HDR"][:, :, -40:].mean((1, 2)))
    usual = np.abs(levels["normal"][:, :, :40].mean((1, 2)) - levels["normal"][:, :, -40:].mean((1, 2)))
    assert halves.mean() > 3 * usual.mean()
