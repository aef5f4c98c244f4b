"""What an apprentice learns from: the classification loss and the terms of distillation, each one pure function.

The total objective is MSKD's (Wang et al., IJCAI 2024, arXiv 2407.09521): `L = (1 - a)·L_cls + a·(sum of terms)`, with
a weight for every part where one is asked for. Its terms are `hckd` and `tckd`. The paper's full equations of those two
were not at hand: what stands here is our reading of its text, so a reader who has the paper can put their own function
into `TERMS` and name it on the command line. Added up without a gate, the two outweighed the labels and handed on the
teacher's mistakes; as a mean, with everything gated, they are the default (docs/results.md).

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
    """The loss, and what it is made of by name, each before its weight; without terms it is `L_cls` alone. Scalars.

    `(1 - a)·L_cls + a·(w_1·term_1 + w_2·term_2 + ...)`, the weights w being `objective.weights`, and 1 where none is
    given; with the reduction `mean` the sum is divided by that of the weights. `L_cls`, named `cross_entropy`, is that
    of the time-averaged logits, and `objective.labels` its weight in place of 1 - a. `gate`, where there is one, is the
    share of clips in which the teacher hits. `teacher` may be None where `needs_teacher` says so. `features` are those
    of the student and of the teacher, (T, B, F) and (T, B, F'), where `needs_features` asks for them. With a
    `smoothing` the labels of `L_cls` are 1 - smoothing + smoothing / 7 and smoothing / 7 (Szegedy et al., CVPR 2016).

    Where a target is `HIDDEN`, `L_cls`, `tet` and the share `gate` leave the clip out, and terms that have a teacher
    are given its answer for a label. Where `objective.gate` is `all` and the teacher misses, it says to the terms of
    `GATED` what the student says, from which nothing is learnt.
    """
    cross_entropy = _of_labels(student.mean(0), target, smoothing)
    if not objective.terms or objective.alpha == 0:
        return cross_entropy, {"cross_entropy": cross_entropy}
    if teacher is None and needs_teacher(objective):
        raise ValueError("these terms need a teacher's logits")
    told = (student if teacher is None else teacher).detach()
    answered = torch.where(target == HIDDEN, told.mean(0).argmax(-1), target)
    named = {"cross_entropy": cross_entropy}
    if objective.gate != "none" and GATED.intersection(objective.terms):
        named["gate"] = _hits(told, target).sum() / _labelled(target)
    certain = (
        torch.where(_hits(told, answered)[:, None] > 0, told, student.detach()) if objective.gate == "all" else told
    )
    terms = {}
    for name in objective.terms:
        if name in TEACHERLESS:
            terms[name] = TERMS[name](student, told, target, objective)
        elif name in TERMS:
            pair = student, certain if name in GATED else told
            if objective.standardise:
                pair = _standardised(pair[0]), _standardised(pair[1])
            terms[name] = TERMS[name](*pair, answered, objective)
        else:
            if features is None:
                raise ValueError("these terms need the features of both")
            terms[name] = FEATURE_TERMS[name](features[0], features[1].detach(), objective)
    weights = {name: objective.weights.get(name, 1.0) for name in terms}
    extra = sum((weights[name] * term for name, term in terms.items()), cross_entropy.new_zeros(()))
    if objective.reduction == "mean":
        extra = extra / max(sum(weights.values()), 1e-12)
    labels = 1 - objective.alpha if objective.labels is None else objective.labels
    return labels * cross_entropy + objective.alpha * extra, named | terms


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
    the distribution over the other classes. `hit_T` keeps how a mistaken teacher ranks the other classes from being
    passed on (not how sure it is of its mistake: `b` is learnt from it too, unless `objective.gate` is `all`). With
    `objective.gate` `none` it is 1.
    """
    hit, others = _decoupled(student, teacher.detach(), target, objective.tau)
    gate = 1.0 if objective.gate == "none" else _hits(teacher.detach(), target)
    return objective.tau**2 * (hit + objective.beta * gate * others).mean()


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


def dist(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Agree in how classes relate within a clip, and how clips relate within a class, not in the numbers themselves.

    `tau^2·[(1 - r(rows)) + (1 - r(columns))]`, `r` the mean Pearson correlation of the rows (columns) of the two
    matrices (B, 7) of probabilities of the time-averaged logits: DIST, Huang et al., *Knowledge Distillation from A
    Stronger Teacher*, NeurIPS 2022, with both weights 1.
    """
    p, q = (F.softmax(logits.mean(0) / objective.tau, dim=-1) for logits in (student, teacher.detach()))
    return objective.tau**2 * (2 - _correlation(p, q).mean() - _correlation(p.T, q.T).mean())


def twd(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """Every step learns the teacher's final belief, `tau^2·mean_t KL(p_T||p_S,t)`: temporal-wise decoupling, after Yu
    et al., *Efficient Logit-based Knowledge Distillation of Deep Spiking Neural Networks for Full-Range Timestep
    Deployment*, ICML 2025.

    With `tet` (its cross-entropy of every step) and `esd` (its self-distillation) it makes their whole objective.
    """
    told = _log_p(teacher.detach().mean(0, keepdim=True), objective.tau)
    return objective.tau**2 * _kl(told, _log_p(student, objective.tau)).mean()


def seal(student: Tensor, teacher: Tensor, target: Tensor, objective: Objective) -> Tensor:
    """As `twd`, but only steps that name another class than the target are corrected; the others are left as they are.

    `tau^2·sum_t,b wrong·KL(p_T||p_S,t) / sum_t,b wrong`, 0 where no step is wrong. The idea is that of Sun et al., *Not
    All Timesteps Matter Equally: Selective Alignment Knowledge Distillation* (SeAl-KD), arXiv 2605.14252; its equations
    were not at hand, so this is a reading of the abstract.
    """
    told = _log_p(teacher.detach().mean(0, keepdim=True), objective.tau)
    wrong = (student.detach().argmax(-1) != target).to(student.dtype)  # (T, B)
    apart = _kl(told, _log_p(student, objective.tau))
    return objective.tau**2 * (wrong * apart).sum() / wrong.sum().clamp(min=1)


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


def masked(student: Tensor, teacher: Tensor, objective: Objective) -> Tensor:
    """As `relations`, but a random half of the student's features is hidden: what is left has to tell as much.

    After Xu et al., *BKDSNN: Blurred Knowledge Distillation*, ECCV 2024, which restores the teacher's features from the
    masked ones by a network of its own; comparing relations needs none.
    """
    kept = (torch.rand_like(student) < 0.5).to(student.dtype)
    return relations(2 * kept * student, teacher, objective)


Term = Callable[[Tensor, Tensor, Tensor, Objective], Tensor]
TERMS: dict[str, Term] = {
    "hckd": hckd, "tckd": tckd, "kd": kd, "dkd": dkd, "dist": dist, "twd": twd, "seal": seal, "tet": tet, "esd": esd,
}  # fmt: skip
"""Terms by name; a file of the user's own may add to it (docs/extend.md)."""
FEATURE_TERMS: dict[str, Callable[[Tensor, Tensor, Objective], Tensor]] = {"relations": relations, "masked": masked}
"""Terms of the features that the two read-outs are given, (T, B, F) and (T, B, F')."""
GATED = {"hckd", "tckd"}
"""MSKD's own: `objective.gate` says what they hold back."""
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


def _standardised(logits: Tensor) -> Tensor:
    """Mean 0 and deviation 1 over the classes: Sun et al., *Logit Standardization in Knowledge Distillation*, CVPR
    2024."""
    centred = logits - logits.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()


def _correlation(a: Tensor, b: Tensor) -> Tensor:
    """Pearson's, of each row of two matrices (N, M): (N,)."""
    a, b = (F.normalize(x - x.mean(-1, keepdim=True), dim=-1) for x in (a, b))
    return (a * b).sum(-1)


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
