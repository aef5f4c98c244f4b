import pytest
import torch
from torch import nn

from eyeprentice.data.clips import Clip
from eyeprentice.judging.operations import are_spikes, count_cost
from eyeprentice.models import Model, build_model
from eyeprentice.snn import LIF, Neuron
from tests.conftest import ROOT


class Small(Model):
    """A 3x3 convolution of analogue pixels, a second of spikes, and a linear layer of spikes: counted by hand below."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 5, 3, padding=1)
        self.last = nn.Linear(2 * 4 * 4, 7)
        self.spikes = torch.zeros(1, 2, 4, 4)
        self.spikes[0, 0, 0, 0] = 1  # in a corner: reaches 2 x 2 places
        self.spikes[0, 1, 1, 2] = 2  # inside: reaches 3 x 3, twice

    def forward(self, clip: Clip, state=None):
        self.first(clip.frames[0])
        self.second(self.spikes)
        return self.last(self.spikes.flatten(1))[None], ()


def test_operations_are_those_counted_by_hand():
    torch.manual_seed(0)
    cost = count_cost(Small(), Clip(torch.rand(1, 1, 1, 4, 4), None))
    inside = 100  # of 4 x 4 places under 3 x 3, (3·4 - 2)^2 lie within the image
    assert cost.macs == inside * 1 * 2
    assert cost.acs == (4 + 2 * 9) * 5 + (1 + 2) * 7
    assert cost.effective_macs == cost.macs  # no pixel is 0
    assert cost.dense_macs == inside * 2 + inside * 2 * 5 + 32 * 7
    assert cost.energy_uj == pytest.approx((4.6 * 200 + 0.9 * 131) / 1e6)
    assert list(cost.firing_rate.values()) == pytest.approx([3 / 32, 3 / 32])


def test_a_stride_is_counted_exactly():
    class Strided(Model):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Conv2d(1, 1, 3, 2, 1, bias=False)

        def forward(self, clip: Clip, state=None):
            return self.layer(clip.frames[0])[None], ()

    # 5 -> 3 places a side, under which lie 2, 3 and 2 pixels: 7^2
    assert count_cost(Strided(), Clip(torch.rand(1, 1, 1, 5, 5), None)).macs == 49


def test_the_students_macs_are_those_counted_by_hand():
    torch.manual_seed(0)
    student = build_model("student").train()
    with torch.no_grad():
        for _ in range(10):
            student(Clip(torch.rand(4, 4, 1, 90, 90), None))
        for layer in student.layers:
            layer.norm.weight *= 4  # so that every layer spikes
    cost = count_cost(student, Clip(torch.rand(4, 2, 1, 90, 90), None))
    box = 90 * sum(min(i + 7, 89) - max(i - 7, 0) + 1 for i in range(90))  # along rows; columns are running sums
    first = 3 * 32 * sum(min(4 * i + 2, 89) - max(4 * i - 2, 0) + 1 for i in range(23)) ** 2
    neurons = 32 * 23**2 + 64 * 12**2 + 128 * 6**2 + 7  # those of the last layer do not leak, they forget
    assert cost.macs == 4 * (2 * box + first) + 3 * neurons  # no leak in the first step
    assert cost.neuron_updates == 3 * neurons
    assert 0 < cost.acs < cost.dense_macs - cost.macs
    assert len(cost.firing_rate) == 4  # the read-out, too, is given spikes: its 3x3 cells are those of the last map
    # of the first step's change to itself nothing is left, in two of three channels
    assert cost.effective_macs - 3 * neurons == pytest.approx(4 * 2 * box + (3 + 1 / 3) * first)


def test_zeros_are_multiplied_too_but_not_effective():
    class Sparse(Model):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.last = nn.Conv2d(1, 3, 3, padding=1), nn.Linear(16, 7)

        def forward(self, clip: Clip, state=None):
            self.layer(clip.frames[0])
            return self.last(clip.frames[0].flatten(1))[None], ()

    image = torch.zeros(1, 1, 1, 4, 4)
    image[0, 0, 0, 0, 0] = image[0, 0, 0, 1, 2] = 0.5  # reach 2 x 2 and 3 x 3 places
    cost = count_cost(Sparse(), Clip(image, None))
    assert cost.macs == 100 * 3 + 16 * 7
    assert cost.effective_macs == (4 + 9) * 3 + 2 * 7


def test_sparsity_weighs_every_neuron_alike():
    """A layer of 6 that fires always and one of 2 that never does: a quarter is silent, not a half."""

    class Uneven(Model):
        def __init__(self) -> None:
            super().__init__()
            self.busy, self.idle = LIF(Neuron()), LIF(Neuron())

        def forward(self, clip: Clip, state=None):
            steps, batch = clip.frames.shape[:2]
            self.busy(2 * torch.ones(steps, batch, 6))
            self.idle(torch.zeros(steps, batch, 2))
            return torch.zeros(steps, batch, 7), ()

    model = Uneven()
    model.register_parameter("weight", nn.Parameter(torch.zeros(1)))
    cost = count_cost(model, Clip(torch.rand(3, 2, 1, 4, 4), None))
    assert (cost.spikes, cost.spike_chances) == (3 * 6, 3 * 8)
    assert cost.activation_sparsity == 0.25
    assert count_cost(Small(), Clip(torch.rand(1, 1, 1, 4, 4), None)).activation_sparsity is None


def test_half_a_spike_is_none():
    assert are_spikes(torch.tensor([0.0, 1.0, 3.0]))
    assert not are_spikes(torch.tensor([0.0, 0.5]))
    assert not are_spikes(torch.tensor([0.0, -1.0]))
    assert not are_spikes(torch.tensor([0.0, 255.0]))


def test_the_page_of_costs_says_what_is_counted_before_the_first_layer():
    """Eight frames of 90x90: the box means of frames and squares along rows, and the first convolution."""
    said = " ".join((ROOT / "docs" / "deploy.md").read_text("utf-8").split())
    box = 2 * 90 * sum(min(i + 7, 89) - max(i - 7, 0) + 1 for i in range(90))
    first = 3 * 32 * sum(min(4 * i + 2, 89) - max(4 * i - 2, 0) + 1 for i in range(23)) ** 2
    assert f"{8 * first / 1e6:.1f} M of the first layer, {8 * box / 1e6:.1f} M of local contrast" in said
    inside = [
        sum(min(2 * i + 1, n - 1) - max(2 * i - 1, 0) + 1 for i in range(m)) ** 2
        for n, m in ((23, 12), (12, 6), (6, 3))
    ]
    layers = first + sum(a * b * reach for a, b, reach in zip((32, 64, 128), (64, 128, 256), inside, strict=True))
    layers += 7 * 256 * 3 * 3
    assert f"{8 * layers / 1e6:.1f} M of the 66.9 M are those of layers with weights" in said
