"""What an apprentice learns from: the classification loss and the terms of distillation, each one pure function.

The total objective is MSKD's (Wang et al., IJCAI 2024, arXiv 2407.09521): `L = (1 - a)·L_cls + a·(sum of terms)`. Its
terms are `hckd` and `tckd`. The paper's full equations of those two were not at hand: what stands here is our reading
of its text, so a reader who has the paper can put their own function into `TERMS` and name it on the command line. The
default is plain `kd`, because our reading of the two made students worse (docs/results.md).

Every term takes step logits of the student and of the teacher (T, B, 7) and targets (B,) of class indices, and gives
a scalar. None lets a gradient into the teacher. Those that have a teacher are 0 where the student equals it, `esd` is
0 where the steps agree, and `tet` is a loss of the labels, as `L_cls` is.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Objective

HIDDEN = -1
"""The target of a clip whose label is hidden."""


def total(
    student: Tensor,
    teacher: Tensor | None,
    target: Tensor,
    objective: Objective,
    features: tuple[Tensor, Tensor] | None = None,
    smoothing: float = 0.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """`(1 - a)·L_cls + a·(sum of terms)`, and what it is made of by name; without terms `L_cls` alone. Scalars.

    `L_cls`, named `cross_entropy`, is that of the time-averaged logits. With `hckd` comes `hckd_gate`, the share of
    clips in which the teacher hits. `teacher` may be None where `needs_teacher` says so. `features` are those of the
    student and of the teacher, (T, B, F) and (T, B, F'), where `needs_features` asks for them. With a `smoothing` the
    labels of `L_cls` are 1 - smoothing + smoothing / 7 and smoothing / 7 (Szegedy et al., CVPR 2016).

    Where a target is `HIDDEN`, `L_cls`, `tet` and the gate leave the clip out, and terms that have a teacher are given
    its answer for a label.
    """
    cross_entropy = _of_labels(student.mean(0), target, smoothing)
    if not objective.terms or objective.alpha == 0:
        return cross_entropy, {"cross_entropy": cross_entropy}
    if teacher is None and needs_teacher(objective):
        raise ValueError("these terms need a teacher's logits")
    told = (student if teacher is None else teacher).detach()
    answered = torch.where(target == HIDDEN, told.mean(0).argmax(-1), target)
    terms = {}
    for name in objective.terms:
        if name in TERMS:
            known = target if name in TEACHERLESS else answered
            terms[name] = TERMS[name](student, told, known, objective)
        else:
            if features is None:
                raise ValueError("these terms need the features of both")
            terms[name] = FEATURE_TERMS[name](features[0], features[1].detach(), objective)
    extra = sum(terms.values(), cross_entropy.new_zeros(()))
    named = {"cross_entropy": cross_entropy, **terms}
    if "hckd" in terms:
        named["hckd_gate"] = _hits(told, target).sum() / _labelled(target)
    return (1 - objective.alpha) * cross_entropy + objective.alpha * extra, named


def units_error(estimated: Tensor, units: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of action units (T, B, U), over the clips whose label is known: units are hidden with it."""
    known = target != HIDDEN
    return ((estimated - units).square().mean((0, 2)) * known).sum() / _labelled(target)


def check_terms(objective: Objective) -> None:
    """Raises `InputError` where a term is not in `TERMS`."""
    if unknown := [term for term in objective.terms if term not in TERMS and term not in FEATURE_TERMS]:
        known = ", ".join([*TERMS, *FEATURE_TERMS])
        raise InputError("terms", f"no such term: {unknown[0]}", f"use {known}, or --extend with your own")


def needs_teacher(objective: Objective) -> bool:
    """Whether anything in the loss depends on a teacher."""
    return objective.alpha > 0 and any(term not in TEACHERLESS for term in objective.terms)


def needs_features(objective: Objective) -> bool:
    """Whether anything in the loss compares features."""
    return objective.alpha > 0 and any(term in FEATURE_TERMS for term in objective.terms)


def hckd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Hit consistency: agree on whether this is a hit; learn how the other classes relate where the teacher hits.

    `tau^2·mean[KL(b_T||b_S) + beta·hit_T·KL(q_T||q_S)]` on the time-averaged logits, with `b = (p_y, 1 - p_y)` and `q`
    the distribution over the other classes. The gate keeps the teacher's mistakes from being passed on.
    """
    hit, others = _decoupled(student, teacher.detach(), target, objective.tau)
    return objective.tau**2 * (hit + objective.beta * _hits(teacher.detach(), target) * others).mean()


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
    """Cross-entropy at every step: Deng et al., *Temporal Efficient Training*, arXiv 2202.11946, Eq. 9.

    The mean over the clips whose label is known; 0 where there is none.
    """
    return _of_labels(student.flatten(0, 1), target.repeat(len(student)))


def esd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Every step learns from the mean of all of them, `tau^2·mean_t KL(p_mean||p_t)`: after arXiv 2501.15925."""
    ensemble = _log_p(student.detach().mean(0, keepdim=True), objective.tau)
    return objective.tau**2 * _kl(ensemble, _log_p(student, objective.tau)).mean()


def relations(student: Tensor, teacher: Tensor, objective: Objective) -> Tensor:
    """Clips that are alike to the teacher should be alike to the student: no map between their features is needed.

    `B·mean((S_S - S_T)^2)`, `S` the (B, B) cosine similarities between the clips of a batch, of features averaged over
    time and centred over the batch: after Tung and Mori, *Similarity-Preserving Knowledge Distillation*, ICCV 2019.
    """
    alike = []
    for features in (student, teacher):
        means = features.float().mean(0)
        rows = F.normalize(means - means.mean(0), dim=-1)
        alike.append(rows @ rows.T)
    return len(alike[0]) * (alike[0] - alike[1]).square().mean()


Term = Callable[[Tensor, Tensor, Tensor, Objective], Tensor]
TERMS: dict[str, Term] = {"hckd": hckd, "tckd": tckd, "kd": kd, "dkd": dkd, "tet": tet, "esd": esd}
"""Terms by name; a file of the user's own may add to it (docs/extend.md)."""
FEATURE_TERMS: dict[str, Callable[[Tensor, Tensor, Objective], Tensor]] = {"relations": relations}
"""Terms of the features that the two read-outs are given, (T, B, F) and (T, B, F')."""
TEACHERLESS = {"tet", "esd"}
"""Those that read the student's logits alone: a teacher is not run for them, and a label may be `HIDDEN`."""


def _of_labels(logits: Tensor, target: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of logits (N, 7) with the targets (N,) that are known; 0 if there is none."""
    total = F.cross_entropy(logits, target, ignore_index=HIDDEN, label_smoothing=smoothing, reduction="sum")
    return total / _labelled(target)


def _labelled(target: Tensor) -> Tensor:
    """How many targets are known, or 1 if there is none: what a mean over them divides by."""
    return (target != HIDDEN).sum().clamp(min=1)


def _hits(teacher: Tensor, target: Tensor) -> Tensor:
    """1 where the time-averaged logits (T, B, 7) are highest at the target, else 0: (B,); never what is `HIDDEN`."""
    return (teacher.mean(0).argmax(-1) == target).to(teacher.dtype)


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
