"""The Triton kernels, run by its interpreter where there is no GPU, held to the unrolled form."""

import itertools

import pytest
import torch

from eyeprentice.snn import Arctan, Neuron, Rectangular, Sigmoid, Triangular, lif_multi_step, lif_unrolled

fused = pytest.importorskip("eyeprentice.snn.fused", reason="triton is not installed")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def gradients(function, currents, membrane, neuron, upstream):
    inputs = [t.clone().requires_grad_() for t in (currents, membrane)]
    spikes, last = function(*inputs, neuron)
    return spikes, last, torch.autograd.grad((spikes, last), inputs, upstream)


@pytest.mark.parametrize(
    ("surrogate", "reset", "detach"),
    itertools.product((Arctan(3.0), Rectangular(0.4), Sigmoid(), Triangular(0.8)), ("hard", "soft"), (True, False)),
)
def test_spikes_and_gradients_are_those_of_the_unrolled_form(surrogate, reset, detach):
    torch.manual_seed(1)
    neuron = Neuron(0.6, 0.7, 0.8, reset, detach, surrogate)
    currents, membrane = torch.randn(5, 3, 401, device=DEVICE), torch.randn(3, 401, device=DEVICE)  # more than a block
    upstream = torch.randn_like(currents), torch.randn_like(membrane)
    wanted = gradients(lif_unrolled, currents, membrane, neuron, upstream)
    given = gradients(lambda x, v, n: fused.lif(x, v, n), currents, membrane, neuron, upstream)
    assert 0.1 < wanted[0].mean() < 0.9
    assert torch.equal(given[0], wanted[0])
    torch.testing.assert_close(given[1:], wanted[1:], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("layout", ["channels last", "transposed", "every second", "expanded gradient"])
def test_any_layout_will_do(layout: str):
    torch.manual_seed(2)
    currents = torch.randn(4, 2, 8, 5, 6, device=DEVICE)
    if layout == "channels last":
        currents = currents.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, (4, 2))
    elif layout == "transposed":
        currents = currents.transpose(0, 1)
    elif layout == "every second":
        currents = currents[..., ::2]
    currents = currents.detach().requires_grad_()
    upstream = torch.ones(1, device=DEVICE).expand(currents.shape)
    neuron = Neuron()
    given, wanted = fused.lif(currents, None, neuron)[0], lif_unrolled(currents, None, neuron)[0]
    assert torch.equal(given, wanted)
    if layout == "channels last":
        assert given[0].is_contiguous(memory_format=torch.channels_last)
    pair = [torch.autograd.grad(spikes, currents, upstream)[0] for spikes in (given, wanted)]
    torch.testing.assert_close(*pair, atol=1e-5, rtol=1e-5)


def test_what_is_of_half_precision_is_computed_in_float32():
    torch.manual_seed(3)
    half = torch.bfloat16 if DEVICE == "cuda" else torch.float16  # the interpreter cannot read bfloat16
    currents = torch.randn(4, 500, device=DEVICE).to(half).requires_grad_()
    exact = currents.detach().float().requires_grad_()
    given, wanted = fused.lif(currents, None, Neuron())[0], lif_unrolled(exact, None, Neuron())[0]
    assert given.dtype == half
    assert torch.equal(given.float(), wanted)
    pair = [torch.autograd.grad(s.sum(), x)[0].float() for s, x in ((given, currents), (wanted, exact))]
    torch.testing.assert_close(*pair, atol=1e-2, rtol=1e-2)


def test_one_neuron_and_one_step_are_enough():
    spikes, last = fused.lif(torch.tensor([[1.5]], device=DEVICE), None, Neuron())
    assert spikes.item() == 1
    assert last.item() == 0


def test_what_the_kernels_do_not_know_is_left_to_the_unrolled_form():
    class Mine:
        def derivative(self, x):
            return torch.ones_like(x)

    assert fused.applies(torch.zeros(4, 3), Neuron())
    assert not fused.applies(torch.zeros(4, 3), Neuron(surrogate=Mine()))
    assert not fused.applies(torch.zeros(fused.MOST_STEPS + 1, 3), Neuron())
    assert not fused.applies(torch.zeros(4, 0), Neuron())
    assert not fused.applies(torch.zeros(4, 3, dtype=torch.float64), Neuron())
    assert lif_multi_step(torch.zeros(4, 3, device=DEVICE), None, Neuron(surrogate=Mine()))[0].shape == (4, 3)
