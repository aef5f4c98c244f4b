import pytest
import torch

from eyeprentice.snn import Arctan, Rectangular, Sigmoid, Triangular
from eyeprentice.snn.surrogate import step

SURROGATES = [Arctan(), Arctan(5.0), Rectangular(), Rectangular(0.2), Sigmoid(), Triangular(), Triangular(0.3)]


@pytest.mark.parametrize("surrogate", SURROGATES, ids=str)
def test_a_surrogate_has_unit_area_and_its_peak_at_the_threshold(surrogate):
    x = torch.linspace(-2000, 2000, 4_000_001, dtype=torch.float64)
    derivative = surrogate.derivative(x)
    assert torch.trapezoid(derivative, x).item() == pytest.approx(1, abs=5e-3)
    assert derivative.max() == derivative[len(x) // 2]


@pytest.mark.parametrize(
    ("surrogate", "at", "value"),
    [
        (Arctan(2.0), 0.0, 1.0),
        (Rectangular(0.5), 0.49, 1.0),
        (Rectangular(0.5), 0.51, 0.0),
        (Sigmoid(4.0), 0.0, 1.0),
        (Triangular(1.0), 0.25, 0.75),
    ],
)
def test_values_worked_out_by_hand(surrogate, at: float, value: float):
    assert surrogate.derivative(torch.tensor(at)).item() == pytest.approx(value)


def test_the_step_is_a_step_forward_and_the_surrogate_backward():
    x = torch.tensor([-0.3, 0.0, 0.3], requires_grad=True)
    spikes = step(x, 0.0, Triangular(1.0))
    assert spikes.tolist() == [0, 0, 1]
    spikes.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == pytest.approx([0.7, 1.0, 0.7])


@pytest.mark.parametrize("kind", [Arctan, Rectangular, Sigmoid, Triangular])
def test_a_width_of_zero_is_refused(kind):
    with pytest.raises(ValueError, match="above 0"):
        kind(0.0)
