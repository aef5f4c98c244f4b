from collections import Counter

import numpy as np
import pytest

from eyeprentice.synth.plan import EVEN, SHARES, Role, plan_roles
from eyeprentice.synth.variety import SHARE_OF_LIGHTINGS
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

SEE = SHARES["see"]


def roles_of(sequences: int, subjects: int, shares=EVEN, seed: int = 0) -> list[Role]:
    return plan_roles(sequences, subjects, shares, SHARE_OF_LIGHTINGS, np.random.default_rng(seed))


def spread(counts: Counter, wanted) -> int:
    """How far the largest of the wanted counts is from the smallest."""
    return max(counts[key] for key in wanted) - min(counts[key] for key in wanted)


@pytest.mark.parametrize(
    ("sequences", "subjects"), [(28, 6), (1, 1), (8, 8), (13, 4), (50, 7), (100, 14), (280, 40), (2405, 111)]
)
@pytest.mark.parametrize("shares", [EVEN, SEE])
def test_every_number_of_sequences_is_shared_as_evenly_as_it_can_be(sequences: int, subjects: int, shares):
    roles = roles_of(sequences, subjects, shares)
    people = range(subjects)
    assert len({(role.subject, role.emotion, role.take) for role in roles}) == sequences
    assert spread(Counter(role.subject for role in roles), people) <= 1
    counts = Counter(role.emotion for role in roles)
    for emotion, share in zip(EMOTIONS, shares, strict=True):
        assert abs(counts[emotion] - sequences * share / sum(shares)) < 1
        assert spread(Counter(role.subject for role in roles if role.emotion == emotion), people) <= 1


def test_a_few_sequences_of_a_few_people_show_all_emotions():
    assert Counter(role.emotion for role in roles_of(28, 6)) == dict.fromkeys(EMOTIONS, 4)


def test_takes_of_a_person_and_an_emotion_count_from_zero():
    takes = [role.take for role in roles_of(35, 2) if (role.subject, role.emotion) == (0, "fear")]
    assert takes == [0, 1, 2]


def test_a_person_is_recorded_under_one_light_and_for_one_part():
    roles = roles_of(2405, 111)
    assert len({(role.subject, role.lighting, role.subset) for role in roles}) == 111
    people = {role.subject: role for role in roles}.values()
    assert Counter(role.lighting for role in people) == dict(zip(LIGHTINGS, (44, 28, 23, 16), strict=True))
    assert sum(role.subset == "testing" for role in people) == 35  # 111 x 767 / 2405


def test_who_is_for_testing_is_drawn_and_nothing_else():
    one, again, other = roles_of(70, 10), roles_of(70, 10), roles_of(70, 10, seed=1)
    assert one == again
    assert [role.subset for role in one] != [role.subset for role in other]
    assert [(role.subject, role.emotion) for role in one] == [(role.subject, role.emotion) for role in other]


@pytest.mark.parametrize(("sequences", "subjects"), [(3, 5), (7, 0)])
def test_people_without_a_role_are_refused(sequences: int, subjects: int):
    with pytest.raises(InputError, match="give at least one sequence a subject"):
        roles_of(sequences, subjects)
