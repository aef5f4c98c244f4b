"""The peers have the size and take the operations that they were published with."""

from dataclasses import dataclass

import pytest
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.judging.operations import count_cost, count_size
from eyeprentice.models import REGISTRY, build_model


@dataclass(frozen=True)
class Published:
    """Figures of one model, as a paper or the authors' code has them."""

    parameters: int | None
    """With `classes` outputs; None where nothing was published."""
    classes: int
    gmacs: float | None
    """Of `steps` pictures of `side` x `side`; the field's tables call them GFLOPs."""
    steps: int
    side: int
    source: str


SEEN = "SEEN's paper (arXiv 2310.04043)"
PUBLISHED: dict[str, Published] = {
    "seen": Published(6_078_655, 7, 0.907, 4, 90, "SEEN's code"),
    "eyemotion": Published(23_834_568, 1000, 5.7, 1, 299, f"Inception-v3 without its auxiliary classifier; {SEEN}"),
    "emo": Published(None, 7, 0.3, 1, 64, SEEN),
    "resnet18_lstm": Published(None, 7, 7.9, 16, 112, SEEN),
    "resnet50_gru": Published(None, 7, 17.3, 16, 112, SEEN),
    "resnet3d": Published(33_200_000, 400, 8.3, 16, 112, f"Hara et al., CVPR 2018; {SEEN}"),
    "r2plus1d": Published(31_505_325, 400, 42.4, 16, 112, f"torchvision's r2plus1d_18; {SEEN}"),
    "former_dfer": Published(18_000_000, 7, 8.3, 16, 112, f"Zhao and Liu, ACM MM 2021; {SEEN}"),
}
"""Name of a model -> what was published. Neither parameters nor sizes of the recurrent parts were, of some."""

OTHERS = {"teacher", "student", "ann"}
"""Those of this project."""
SMALLER_PICTURES = {"emo"}
"""0.22 at the published 64x64: the published figure, to one digit, is of pictures of about 75x75."""


def test_every_published_model_has_its_figures():
    assert set(PUBLISHED) == set(REGISTRY) - OTHERS


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_peer_is_as_large_and_as_costly_as_published(name: str):
    published, model = PUBLISHED[name], build_model(name)
    size = count_size(model, published.steps, published.side)
    if published.parameters is not None:
        heads = [m for m in model.modules() if isinstance(m, torch.nn.Linear) and m.out_features == 7]
        classes = (published.classes - 7) * (heads[-1].in_features + 1)
        assert size.parameters + classes == pytest.approx(published.parameters, rel=0.01)
    if name in SMALLER_PICTURES:
        assert size.macs / 1e9 == pytest.approx(0.216, abs=1e-3)
        larger = count_size(build_model(name, {"side": 75}), published.steps, 75)
        assert larger.macs / 1e9 == pytest.approx(published.gmacs, rel=0.05)
    else:
        assert size.macs / 1e9 == pytest.approx(published.gmacs, rel=0.05)


def test_the_ann_has_the_students_layers():
    ann, student = build_model("ann"), build_model("student")
    assert [p.shape for p in ann.parameters()] == [p.shape for p in student.parameters()]
    assert count_size(ann, 4, 90) == count_size(student, 4, 90)


def test_the_small_ann_takes_the_students_energy():
    """About what the trained student of docs/results.md takes, with running sums for half of local contrast."""
    small = build_model("ann", {"channels": (8, 32, 72, 72)})
    torch.manual_seed(0)
    cost = count_cost(small, Clip(torch.rand(8, 1, 1, 90, 90), None))
    assert cost.energy_uj == pytest.approx(67.4, rel=0.05)


@pytest.mark.parametrize("name", ["resnet3d", "r2plus1d", "former_dfer"])
def test_operations_of_clip_models_are_counted(name: str):
    """The exact count leaves padding out: somewhat less than the field's."""
    model = build_model(name, {"width": 0.125, "side": 48})
    clip = Clip(torch.rand(4, 2, 1, 48, 48), None)
    cost, size = count_cost(model, clip), count_size(model, 4, 48)
    assert 0.4 * size.macs < cost.dense_macs <= size.macs


def test_former_dfer_refuses_clips_that_are_too_long():
    model = build_model("former_dfer", {"width": 0.125, "side": 48, "steps": 2})
    with pytest.raises(ValueError, match="at most 2 steps"):
        model(Clip(torch.rand(3, 1, 1, 48, 48), None))
