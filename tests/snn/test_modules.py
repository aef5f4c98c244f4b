import pytest
import torch
from torch import nn

from eyeprentice.snn import Neuron, PerStep, SEWBlock, lif_multi_step


def test_per_step_layers_see_every_step_alone():
    torch.manual_seed(0)
    layer = nn.Conv2d(2, 3, 3)
    x = torch.randn(4, 5, 2, 8, 8)
    assert torch.allclose(PerStep(layer)(x), torch.stack([layer(step) for step in x]), atol=1e-6)


def test_a_sew_block_adds_its_input_to_the_spikes_of_its_branch():
    torch.manual_seed(0)
    block = SEWBlock(4, 4, 1, Neuron()).eval()
    x = (torch.rand(3, 2, 4, 6, 6) < 0.3).float()
    neuron = Neuron()
    y = x
    for layer in block.branch:
        convolution, norm = layer[0]
        y = lif_multi_step(torch.stack([norm(convolution(step)) for step in y]), None, neuron)[0]
    assert torch.allclose(block(x), x + y)
    assert set(block(x).unique().tolist()) <= {0.0, 1.0, 2.0}


@pytest.mark.parametrize(("outputs", "stride", "side"), [(8, 2, 5), (8, 1, 9), (4, 2, 5)])
def test_a_sew_block_that_changes_shape_spikes_in_its_shortcut(outputs: int, stride: int, side: int):
    block = SEWBlock(4, outputs, stride, Neuron())
    y = block((torch.rand(2, 3, 4, 9, 9) < 0.5).float())
    assert y.shape == (2, 3, outputs, side, side)
    assert set(y.unique().tolist()) <= {0.0, 1.0, 2.0}


def test_a_sew_block_that_learns_nothing_is_the_identity():
    block = SEWBlock(4, 4, 1, Neuron()).eval()
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    x = (torch.rand(2, 3, 4, 6, 6) < 0.5).float()
    assert torch.equal(block(x), x)
