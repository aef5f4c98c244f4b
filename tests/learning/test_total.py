"""The loss as a whole: weights, gates, hidden labels, and objectives that are none."""

import math

import pytest
import torch
from torch.nn import functional as F

from eyeprentice.learning.terms import HIDDEN, TERMS, check_terms, needs_features, needs_teacher, total, units_error
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Objective


@pytest.fixture
def random_case():
    torch.manual_seed(0)
    return torch.randn(4, 9, 7), torch.randn(4, 9, 7), torch.randint(0, 7, (9,))


def test_the_total_is_a_weighted_sum_and_names_its_parts(random_case):
    student, teacher, target = random_case
    objective = Objective(terms=("hckd", "tckd"), alpha=0.3, reduction="sum", gate="others")
    terms = {name: TERMS[name](student, teacher, target, objective) for name in ("hckd", "tckd")}
    label = F.cross_entropy(student.mean(0), target)
    loss, named = total(student, teacher, target, objective)
    assert loss.item() == pytest.approx((0.7 * label + 0.3 * (terms["hckd"] + terms["tckd"])).item(), rel=1e-5)
    assert list(named) == ["cross_entropy", "gate", "hckd", "tckd"]
    assert named["cross_entropy"].item() == pytest.approx(label.item())
    assert all(named[name].item() == pytest.approx(value.item()) for name, value in terms.items())


def test_every_term_has_a_weight_and_the_labels_have_one(random_case):
    student, teacher, target = random_case
    told = {"terms": ("kd", "tckd"), "alpha": 0.6, "weights": {"tckd": 0.2}, "reduction": "sum", "gate": "others"}
    k, t = (TERMS[name](student, teacher, target, Objective()).item() for name in ("kd", "tckd"))
    label = F.cross_entropy(student.mean(0), target).item()
    for more, expected in (
        ({}, 0.4 * label + 0.6 * (k + 0.2 * t)),
        ({"labels": 1.0}, label + 0.6 * (k + 0.2 * t)),
        ({"reduction": "mean"}, 0.4 * label + 0.6 * (k + 0.2 * t) / 1.2),
    ):
        assert total(student, teacher, target, Objective(**{**told, **more}))[0].item() == pytest.approx(
            expected, rel=1e-5
        )
    for wrong, complaint in (
        ({"weights": {"kd": -1.0}}, "weights.kd must be within 0..1e"),
        ({"weights": {"kd": math.nan}}, "weights.kd must be within 0..1e"),
        ({"labels": -0.5}, "labels must be within 0..1e"),
        ({"weights": {"kd": 1.0}}, "not among terms: kd"),
        ({"until": 1.5}, "until must be within 0..1"),
        ({"labels": 0.0, "weights": {"hckd": 0.0, "tckd": 0.0}}, "nothing to learn from"),
        ({"labels": 0.0, "alpha": 0.0}, "nothing to learn from"),
        ({"labels": 0.5, "terms": ()}, "labels is a weight beside terms"),
        ({"terms": ("kd", "kd")}, "one is named twice"),
        ({"tau": 1e-30}, "tau must be within"),
        ({"gate": "half"}, "gate must be none or others or all"),
    ):
        with pytest.raises(ValueError, match=complaint):
            Objective(**wrong)


@pytest.mark.parametrize("term", ["hckd", "tckd", "kd", "dkd", "twd"])
def test_where_everything_is_gated_a_mistaken_teacher_hands_on_nothing(term: str):
    """Neither HCKD's hit-or-miss nor TCKD's steps: the gradient is that of the clip in which the teacher hits alone."""
    torch.manual_seed(0)
    teacher, target = torch.randn(3, 2, 7), torch.tensor([0, 1])
    teacher[:, 0, 5] += 9  # misses
    teacher[:, 1, 1] += 9  # hits
    gradients = {}
    for gate in ("others", "all"):
        student = torch.zeros(3, 2, 7, requires_grad=True)
        objective = Objective(terms=(term,), alpha=1.0, gate=gate)
        (gradients[gate],) = torch.autograd.grad(total(student, teacher, target, objective)[0], student)
    assert gradients["others"][:, 0].abs().max() > 1e-3
    if term in ("hckd", "tckd"):  # the others have no gate
        assert gradients["all"][:, 0].abs().max() < 1e-7
    else:
        assert torch.equal(gradients["all"], gradients["others"])
    assert torch.allclose(gradients["all"][:, 1], gradients["others"][:, 1])


def test_standardised_logits_are_compared_whatever_their_scale(random_case):
    _, teacher, target = random_case
    scaled = 3 * teacher + 5
    for standardise, value in ((True, 0.0), (False, None)):
        named = total(scaled, teacher, target, Objective(terms=("kd",), standardise=standardise))[1]
        assert (named["kd"].item() == pytest.approx(0, abs=1e-5)) == (value == 0.0)


def test_the_gate_is_the_share_of_clips_in_which_the_teacher_hits():
    target = torch.tensor([0, 1, 2, 3])
    teacher = F.one_hot(torch.tensor([0, 1, 2, 5]), 7).float()[None]
    _, named = total(torch.zeros(1, 4, 7), teacher, target, Objective(terms=("hckd",)))
    assert named["gate"].item() == pytest.approx(0.75)
    assert "gate" not in total(torch.zeros(1, 4, 7), teacher, target, Objective(terms=("kd",)))[1]


@pytest.mark.parametrize("objective", [Objective(terms=(), alpha=0.9), Objective(terms=("kd",), alpha=0.0)])
def test_without_terms_or_weight_for_them_the_total_is_cross_entropy(objective: Objective, random_case):
    student, _, target = random_case
    loss, named = total(student, None, target, objective)
    assert loss.item() == pytest.approx(F.cross_entropy(student.mean(0), target).item())
    assert list(named) == ["cross_entropy"]


def test_terms_that_need_no_teacher_do_without(random_case):
    student, _, target = random_case
    loss, named = total(student, None, target, Objective(terms=("tet", "esd"), alpha=1.0))
    assert loss.item() == pytest.approx((named["tet"] + named["esd"]).item() / 2)
    assert not needs_teacher(Objective(terms=("tet", "esd")))
    assert needs_teacher(Objective(terms=("tet", "kd")))
    with pytest.raises(ValueError, match="teacher"):
        total(student, None, target, Objective(terms=("tet", "kd")))


@pytest.mark.parametrize("wrong", [{"alpha": 1.5}, {"tau": 0.0}, {"beta": -1.0}])
def test_a_wrong_objective_is_refused(wrong: dict):
    with pytest.raises(ValueError, match=r"alpha|tau|beta"):
        Objective(**wrong)


def test_a_term_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=r"no such term: magic; use hckd, tckd"):
        check_terms(Objective(terms=("kd", "magic")))


def test_features_are_asked_for_by_terms_that_compare_them():
    objective = Objective(terms=("relations", "kd"))
    assert needs_features(objective)
    assert not needs_features(Objective())
    logits, target = torch.randn(2, 4, 7), torch.randint(0, 7, (4,))
    features = torch.randn(2, 4, 5, requires_grad=True), torch.randn(2, 4, 9, requires_grad=True)
    loss, named = total(logits, logits, target, objective, features)
    assert set(named) == {"cross_entropy", "relations", "kd"}
    loss.backward()
    assert features[0].grad is not None
    assert features[1].grad is None
    with pytest.raises(ValueError, match="need the features"):
        total(logits, logits, target, objective)


def test_smoothed_labels_are_spread_evenly():
    logits, target = torch.randn(1, 3, 7), torch.tensor([0, 3, 6])
    smooth = 0.9 * F.one_hot(target, 7) + 0.1 / 7
    expected = -(smooth * F.log_softmax(logits[0], -1)).sum(-1).mean()
    assert total(logits, None, target, Objective(terms=()), smoothing=0.1)[0].item() == pytest.approx(expected.item())


def test_a_hidden_label_teaches_nothing_but_the_teacher_does():
    student, teacher, target = torch.randn(2, 4, 7), torch.randn(2, 4, 7), torch.tensor([0, HIDDEN, 3, HIDDEN])
    alone, _ = total(student, None, target, Objective(terms=()))
    expected = F.cross_entropy(student.mean(0)[[0, 2]], target[[0, 2]])
    assert alone.item() == pytest.approx(expected.item(), rel=1e-5)
    told = torch.where(target == HIDDEN, teacher.mean(0).argmax(-1), target)
    for term in ("kd", "hckd", "tckd"):
        objective = Objective(terms=(term,), gate="others")
        named = total(student, teacher, target, objective)[1]
        assert named[term].item() == pytest.approx(TERMS[term](student, teacher, told, objective).item(), rel=1e-5)
    silent, _ = total(student, None, torch.full((4,), HIDDEN), Objective(terms=()))
    assert silent.item() == 0


def test_what_has_no_teacher_does_not_learn_from_a_hidden_label():
    torch.manual_seed(0)
    student, target = torch.randn(2, 4, 7), torch.tensor([0, HIDDEN, 3, HIDDEN])
    for teacher in (None, torch.randn(2, 4, 7)):
        named = total(student, teacher, target, Objective(terms=("tet",)))[1]
        expected = torch.stack([F.cross_entropy(step[[0, 2]], target[[0, 2]]) for step in student]).mean()
        assert named["tet"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert total(student, None, torch.full((4,), HIDDEN), Objective(terms=("tet",)))[1]["tet"] == 0


def test_the_gate_and_action_units_are_of_clips_whose_label_is_known():
    target = torch.tensor([0, 1, HIDDEN, HIDDEN])
    teacher = F.one_hot(torch.tensor([0, 5, 2, 2]), 7).float()[None]
    assert total(teacher, teacher, target, Objective(terms=("hckd",)))[1]["gate"] == 0.5
    units = torch.tensor([[[1.0], [0.0], [9.0], [9.0]]])
    assert units_error(torch.zeros(1, 4, 1), units, target).item() == 0.5
