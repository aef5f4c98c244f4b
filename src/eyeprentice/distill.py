"""What an apprentice learns from: the classification loss and the terms of distillation, each one pure function.

The total objective is MSKD's (Wang et al., IJCAI 2024, arXiv 2407.09521): `L = (1 - a)·L_cls + a·(sum of terms)`, with
the terms `hckd` and `tckd`. The paper's full equations of those two were not at hand: what stands here is our reading
of its text, so a reader who has the paper can put their own function into `TERMS` and name it on the command line.

Every term takes step logits of the student and of the teacher (T, B, 7) and targets (B,) of class indices, and gives
a scalar. None lets a gradient into the teacher; all are 0 where student equals teacher (`esd`: where steps agree).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Objective:
    """The total objective: which terms, and how they are weighed."""

    terms: tuple[str, ...] = ("hckd", "tckd")
    """Any of hckd, tckd, kd, dkd, tet and esd; empty for cross-entropy alone."""
    alpha: float = 0.5
    """Share of the terms in the loss, 0..1; the rest is cross-entropy with the label."""
    tau: float = 2.0
    """Temperature: logits are divided by it, and what comes of them multiplied by its square (Hinton et al., 2015)."""
    beta: float = 2.0
    """Weight of the relations among the other classes, in `hckd` and `dkd`."""
    gamma: float = 1.0
    """Weight of the similarity between steps, in `tckd`."""

    def __post_init__(self) -> None:
        if unknown := [term for term in self.terms if term not in TERMS]:
            raise ValueError(f"no such term: {unknown[0]}; use {', '.join(TERMS)}")
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"alpha must be within 0..1, not {self.alpha}")
        if not self.tau > 0:
            raise ValueError(f"tau must be above 0, not {self.tau}")

    @property
    def needs_teacher(self) -> bool:
        return self.alpha > 0 and any(term not in TEACHERLESS for term in self.terms)


def total(student: Tensor, teacher: Tensor | None, target: Tensor, objective: Objective) -> Tensor:
    """`(1 - a)·L_cls + a·(sum of terms)`; without terms, `L_cls` alone. Scalar.

    `L_cls` is the cross-entropy of the time-averaged logits.
    """
    loss = F.cross_entropy(student.mean(0), target)
    if not objective.terms:
        return loss
    if teacher is None:
        if objective.needs_teacher:
            raise ValueError("these terms need a teacher's logits")
        teacher = student
    extra = sum(
        (TERMS[term](student, teacher.detach(), target, objective) for term in objective.terms), loss.new_zeros(())
    )
    return (1 - objective.alpha) * loss + objective.alpha * extra


def hckd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Hit consistency: agree on whether this is a hit; learn how the other classes relate where the teacher hits.

    `tau^2·mean[KL(b_T||b_S) + beta·hit_T·KL(q_T||q_S)]` on the time-averaged logits, with `b = (p_y, 1 - p_y)` and `q`
    the distribution over the other classes. The gate keeps the teacher's mistakes from being passed on.
    """
    hit, others = _decoupled(student, teacher.detach(), target, objective.tau)
    teacher_hits = (teacher.detach().mean(0).argmax(-1) == target).to(others.dtype)
    return objective.tau**2 * (hit + objective.beta * teacher_hits * others).mean()


def tckd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Temporal consistency: follow how the teacher's belief evolves.

    `tau^2·mean_t KL(p_T,t||p_S,t) + gamma·||G_T - G_S||_F^2 / T^2` (mean over the batch), where `G` is the T x T matrix
    of cosine similarities between the step logits, each centred over its classes.
    """
    teacher = teacher.detach()
    steps = _kl(_log_p(teacher, objective.tau), _log_p(student, objective.tau)).mean()
    difference = _similarity(teacher) - _similarity(student)
    return objective.tau**2 * steps + objective.gamma * difference.square().mean()


def kd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Plain distillation of the time-averaged logits, `tau^2·KL(p_T||p_S)`: Hinton et al., arXiv 1503.02531."""
    teacher_log_p = _log_p(teacher.detach().mean(0), objective.tau)
    return objective.tau**2 * _kl(teacher_log_p, _log_p(student.mean(0), objective.tau)).mean()


def dkd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Decoupled distillation, `hckd` without its gate: Zhao et al., CVPR 2022, Eq. 7 with alpha = 1."""
    hit, others = _decoupled(student, teacher.detach(), target, objective.tau)
    return objective.tau**2 * (hit + objective.beta * others).mean()


def tet(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Cross-entropy at every step: Deng et al., *Temporal Efficient Training*, arXiv 2202.11946, Eq. 9."""
    return F.cross_entropy(student.flatten(0, 1), target.repeat(len(student)))


def esd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Every step learns from the mean of all of them, `tau^2·mean_t KL(p_mean||p_t)`: after arXiv 2501.15925."""
    ensemble = _log_p(student.detach().mean(0, keepdim=True), objective.tau)
    return objective.tau**2 * _kl(ensemble, _log_p(student, objective.tau)).mean()


Term = Callable[[Tensor, Tensor, Tensor, Objective], Tensor]
TERMS: dict[str, Term] = {"hckd": hckd, "tckd": tckd, "kd": kd, "dkd": dkd, "tet": tet, "esd": esd}
TEACHERLESS = ("tet", "esd")


def _log_p(logits: Tensor, tau: float) -> Tensor:
    return F.log_softmax(logits / tau, dim=-1)


def _kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    """KL(p||q) over the last axis."""
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def _decoupled(student: Tensor, teacher: Tensor, target: Tensor, tau: float) -> tuple[Tensor, Tensor]:
    """KL of hit-or-miss and KL among the other classes, each (B,), on the time-averaged logits."""
    (student_hit, student_others), (teacher_hit, teacher_others) = (
        _split(logits.mean(0) / tau, target) for logits in (student, teacher)
    )
    return _kl(teacher_hit, student_hit), _kl(teacher_others, student_others)


def _split(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, C) -> log (p_y, 1 - p_y) (B, 2), and the log distribution over the other classes (B, C - 1).

    The others are counted from the target on, so that all shapes are known beforehand.
    """
    classes = logits.shape[-1]
    around = (target[:, None] + torch.arange(classes, device=target.device)) % classes
    hit, others = logits.gather(1, around).split([1, classes - 1], dim=1)
    hit_or_miss = torch.cat([hit, others.logsumexp(-1, keepdim=True)], dim=1)
    return F.log_softmax(hit_or_miss, dim=-1), F.log_softmax(others, dim=-1)


def _similarity(logits: Tensor) -> Tensor:
    """Cosine similarities between steps: (T, B, C) -> (B, T, T)."""
    centred = F.normalize((logits - logits.mean(-1, keepdim=True)).transpose(0, 1), dim=-1)
    return centred @ centred.transpose(1, 2)
