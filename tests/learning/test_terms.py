"""Each term by itself."""

import math

import pytest
import torch
from torch.nn import functional as F

from eyeprentice.learning.terms import (
    TERMS,
    dist,
    dkd,
    esd,
    hckd,
    kd,
    masked,
    relations,
    seal,
    tckd,
    tet,
    twd,
)
from eyeprentice.words.settings import Objective

ONE = Objective(tau=1.0, beta=1.0, gamma=1.0, alpha=0.5)


def logits_of(*steps: list[float]) -> torch.Tensor:
    """Step logits (T, 1, C) from probabilities."""
    return torch.tensor(steps).log().unsqueeze(1)


@pytest.fixture
def random_case():
    torch.manual_seed(0)
    return torch.randn(4, 9, 7), torch.randn(4, 9, 7), torch.randint(0, 7, (9,))


def test_hckd_worked_out_by_hand_where_the_teacher_hits():
    teacher, student = logits_of([0.6, 0.3, 0.1]), logits_of([0.5, 0.25, 0.25])
    hit = 0.6 * math.log(0.6 / 0.5) + 0.4 * math.log(0.4 / 0.5)
    others = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    value = hckd(student, teacher, torch.tensor([0]), ONE)
    assert value.item() == pytest.approx(hit + others, rel=1e-5)


def test_hckd_of_a_missed_sample_holds_hit_or_miss_alone():
    teacher, student = logits_of([0.3, 0.6, 0.1]), logits_of([0.5, 0.25, 0.25])
    hit = 0.3 * math.log(0.3 / 0.5) + 0.7 * math.log(0.7 / 0.5)
    assert hckd(student, teacher, torch.tensor([0]), ONE).item() == pytest.approx(hit, rel=1e-5)


def test_a_missed_sample_contributes_nothing_to_the_gated_part():
    student = torch.randn(2, 3, 7, requires_grad=True)
    target = torch.tensor([0, 1, 2])
    teacher = torch.zeros(2, 3, 7)
    teacher[:, 0, 5] = 3  # misses
    teacher[:, [1, 2], [1, 2]] = 3  # hit
    with_gate = hckd(student, teacher, target, Objective(beta=1.0))
    without = hckd(student, teacher, target, Objective(beta=0.0))
    (gradient,) = torch.autograd.grad(with_gate - without, student)
    assert gradient[:, 0].abs().max() < 1e-7
    assert gradient[:, 1:].abs().amax(dim=(0, 2)).min() > 1e-4


def test_hckd_reads_the_mean_over_time():
    student, teacher, target = torch.randn(4, 5, 7), torch.randn(4, 5, 7), torch.randint(0, 7, (5,))
    means = student.mean(0, keepdim=True), teacher.mean(0, keepdim=True)
    assert hckd(student, teacher, target, ONE).item() == pytest.approx(hckd(*means, target, ONE).item(), rel=1e-5)


def test_tckd_worked_out_by_hand():
    # two steps, three classes; centred over classes: teacher (1, -1, 0) and (-1, 1, 0): similarity -1 between its steps
    teacher = torch.tensor([[[1.0, -1.0, 0.0]], [[-1.0, 1.0, 0.0]]])
    student = torch.tensor([[[1.0, -1.0, 0.0]], [[1.0, -1.0, 0.0]]])  # never changes its mind: similarity 1
    p = F.softmax(torch.tensor([-1.0, 1.0, 0.0]), 0)
    q = F.softmax(torch.tensor([1.0, -1.0, 0.0]), 0)
    steps = (0 + (p * (p / q).log()).sum()) / 2
    relations = (2 * (1 - -1) ** 2) / 4
    value = tckd(student, teacher, torch.tensor([0]), ONE)
    assert value.item() == pytest.approx(steps.item() + relations, rel=1e-5)


def test_tckd_does_not_see_what_is_added_to_all_classes_of_a_step(random_case):
    student, teacher, target = random_case
    shifted = student + torch.randn(4, 9, 1)
    same = tckd(student, teacher, target, ONE).item()
    assert tckd(shifted, teacher, target, ONE).item() == pytest.approx(same, rel=1e-4)


def test_kd_is_hintons(random_case):
    student, teacher, target = random_case
    tau = 3.0
    p, q = (F.softmax(x.mean(0) / tau, -1) for x in (teacher, student))
    expected = tau**2 * (p * (p / q).log()).sum(-1).mean()
    assert kd(student, teacher, target, Objective(tau=tau)).item() == pytest.approx(expected.item(), rel=1e-4)


def test_dkd_with_the_weight_of_its_source_is_kd(random_case):
    """KL = KL(b) + (1 - p_y)·KL(q): Zhao et al., Eq. 6; on one sample beta can stand in for the factor."""
    student, teacher, target = (x[..., :1, :] if x.ndim == 3 else x[:1] for x in random_case)
    miss = 1 - F.softmax(teacher.mean(0), -1)[0, target[0]]
    decoupled = dkd(student, teacher, target, Objective(tau=1.0, beta=float(miss)))
    assert decoupled.item() == pytest.approx(kd(student, teacher, target, Objective(tau=1.0)).item(), rel=1e-4)


def test_tet_is_the_mean_of_the_steps_cross_entropies(random_case):
    student, teacher, target = random_case
    expected = torch.stack([F.cross_entropy(step, target) for step in student]).mean()
    assert tet(student, teacher, target, ONE).item() == pytest.approx(expected.item(), rel=1e-5)


def test_esd_is_zero_where_all_steps_agree(random_case):
    student, teacher, target = random_case
    assert esd(student[:1].expand(4, -1, -1), teacher, target, ONE).item() == pytest.approx(0, abs=1e-6)
    assert esd(student, teacher, target, ONE).item() > 0.01


@pytest.mark.parametrize("term", ["hckd", "tckd", "kd", "dkd", "dist"])
def test_a_term_is_zero_when_the_student_equals_the_teacher(term: str, random_case):
    _, teacher, target = random_case
    student = teacher.clone().requires_grad_()
    value = TERMS[term](student, teacher, target, Objective())
    (gradient,) = torch.autograd.grad(value, student)
    assert value.item() == pytest.approx(0, abs=1e-6)
    assert gradient.abs().max() < 1e-6


@pytest.mark.parametrize("term", TERMS)
def test_no_term_lets_a_gradient_into_the_teacher(term: str, random_case):
    student, teacher, target = random_case
    student.requires_grad_()
    teacher.requires_grad_()
    TERMS[term](student, teacher, target, Objective()).backward()
    assert teacher.grad is None
    assert student.grad is not None
    assert student.grad.abs().sum() > 0


@pytest.mark.parametrize("term", TERMS)
def test_a_term_does_not_depend_on_the_order_of_the_batch(term: str, random_case):
    student, teacher, target = random_case
    order = torch.randperm(len(target))
    value = TERMS[term](student, teacher, target, Objective()).item()
    assert TERMS[term](student[:, order], teacher[:, order], target[order], Objective()).item() == pytest.approx(
        value, rel=1e-5
    )


def test_without_a_gate_hckd_is_dkd(random_case):
    free = Objective(gate="none")
    assert hckd(*random_case, free).item() == pytest.approx(dkd(*random_case, free).item(), rel=1e-6)
    assert hckd(*random_case, Objective()).item() != pytest.approx(dkd(*random_case, free).item(), rel=1e-2)


def test_twd_pulls_every_step_to_the_teachers_last_word(random_case):
    student, teacher, target = random_case
    told = F.log_softmax(teacher.mean(0) / 2, -1)
    expected = [F.kl_div(F.log_softmax(step / 2, -1), told, log_target=True, reduction="batchmean") for step in student]
    assert twd(student, teacher, target, Objective()).item() == pytest.approx(4 * torch.stack(expected).mean().item())


def test_seal_corrects_wrong_steps_alone(random_case):
    student, teacher, target = random_case
    right = F.one_hot(target, 7).float() * 9
    assert seal(right.expand(4, -1, -1), teacher, target, Objective()).item() == 0
    mixed = torch.stack([right, student[1], right, right])
    mixed[1] = mixed[1].scatter(1, target[:, None], -9)  # every clip is wrong in the second step
    alone = twd(mixed[1:2], teacher, target, Objective()).item()
    assert seal(mixed, teacher, target, Objective()).item() == pytest.approx(alone, rel=1e-5)


def test_dist_sees_neither_the_scale_nor_the_level_of_probabilities():
    torch.manual_seed(0)
    p = torch.rand(1, 6, 7) * 0.1 + 0.05
    p = p / p.sum(-1, keepdim=True)
    flatter = 0.5 * p + 0.5 / 7  # the same correlations
    assert dist(flatter.log(), p.log(), torch.zeros(6), ONE).item() == pytest.approx(0, abs=1e-5)
    assert kd(flatter.log(), p.log(), torch.zeros(6), ONE).item() > 1e-3


def test_masked_features_are_compared_as_relations_of_what_is_left():
    torch.manual_seed(0)
    same = torch.randn(2, 8, 4000)
    assert relations(same, same, ONE).item() == pytest.approx(0, abs=1e-6)
    assert 0 < masked(same, same, ONE).item() < 0.05  # a half of many features tells nearly the same
    few = torch.randn(2, 8, 4)
    assert masked(few, few, ONE).item() > 0.05


def test_relations_compare_which_clips_are_alike_whatever_the_features():
    student = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]])
    turned = torch.tensor([[[0.0, 2.0, 0.0], [2.0, 0.0, 0.0], [-2.0, -2.0, 0.0]]])  # the same angles in more dimensions
    assert relations(student, turned, ONE).item() == pytest.approx(0, abs=1e-6)
    opposite = torch.tensor([[[1.0], [1.0], [-2.0]]])
    # centred: student (1, 0), (0, 1), (-1, -1), cosines 0 and -1/sqrt(2); teacher 1, 1, -2: cosines 1 and -1
    expected = 3 * (2 * 1**2 + 4 * (1 - 1 / math.sqrt(2)) ** 2) / 9
    assert relations(student, opposite, ONE).item() == pytest.approx(expected, rel=1e-5)
