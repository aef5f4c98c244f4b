import pytest
import torch
from torch import nn

from eyeprentice.snn import Chain, Neuron, PerStep, SEWBlock, Shift, SpikingConvolution, lif_multi_step


def lively(layer: nn.Module) -> nn.Module:
    """With currents so large that an untrained layer spikes."""
    for module in layer.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 4)
    return layer.eval()


def test_per_step_layers_see_every_step_alone():
    torch.manual_seed(0)
    layer = nn.Conv2d(2, 3, 3)
    x = torch.randn(4, 5, 2, 8, 8)
    assert torch.allclose(PerStep(layer)(x)[0], torch.stack([layer(step) for step in x]), atol=1e-6)


def test_a_sew_block_adds_its_input_to_the_spikes_of_its_branch():
    torch.manual_seed(0)
    block = lively(SEWBlock(4, 4, 1, Neuron()))
    x = (torch.rand(3, 2, 4, 6, 6) < 0.3).float()
    neuron = Neuron()
    y = x
    for layer in block.branch:
        y = lif_multi_step(torch.stack([layer.norm(layer.convolution(step)) for step in y]), None, neuron)[0]
    assert torch.allclose(block(x)[0], x + y)
    assert set(block(x)[0].unique().tolist()) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("stride", [1, 2])
def test_a_chain_of_layers_goes_on_where_it_stopped(stride: int):
    torch.manual_seed(0)
    layers = SEWBlock(4, 8, stride, Neuron()), PerStep(nn.MaxPool2d(2)), SpikingConvolution(8, 4, 3, 1, Neuron())
    chain = lively(Chain(*layers))
    x = 3 * torch.rand(5, 2, 4, 9, 9)
    whole, last = chain(x)
    early, state = chain(x[:3])
    late, cut = chain(x[3:], state)
    assert 0.01 < whole.mean() < 0.99
    assert torch.equal(torch.cat([early, late]), whole)
    torch.testing.assert_close(cut, last, atol=0, rtol=0)
    assert not torch.equal(chain(x[3:])[0], late)


@pytest.mark.parametrize(("outputs", "stride", "side"), [(8, 2, 5), (8, 1, 9), (4, 2, 5)])
def test_a_sew_block_that_changes_shape_spikes_in_its_shortcut(outputs: int, stride: int, side: int):
    block = lively(SEWBlock(4, outputs, stride, Neuron()))
    y, _ = block((torch.rand(2, 3, 4, 9, 9) < 0.5).float())
    assert y.shape == (2, 3, outputs, side, side)
    assert set(y.unique().tolist()) == {0.0, 1.0, 2.0}


def test_a_sew_block_that_learns_nothing_is_the_identity():
    block = SEWBlock(4, 4, 1, Neuron()).eval()
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    x = (torch.rand(2, 3, 4, 6, 6) < 0.5).float()
    assert torch.equal(block(x)[0], x)


def test_a_shift_hands_some_channels_on_one_step_late():
    x = torch.arange(1.0, 7).view(3, 1, 2, 1, 1)  # steps of (1, 2), (3, 4), (5, 6)
    moved, state = Shift(1)(x)
    assert moved[:, 0, :, 0, 0].tolist() == [[0, 2], [1, 4], [3, 6]]
    assert state.flatten().tolist() == [5]
    further, _ = Shift(1)(x[:1], state)
    assert further.flatten().tolist() == [5, 2]
    same, nothing = Shift(0)(x)
    assert same is x
    assert nothing == ()
