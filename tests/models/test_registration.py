import math

import pytest
import torch
from torch.nn import functional as F

from eyeprentice.data.clips import Clip
from eyeprentice.models import build_model
from eyeprentice.models.base import ContrastAndChange, box_means
from eyeprentice.models.registration import moved, movement, registered, template_of
from eyeprentice.words.errors import InputError


def texture(count: int, side: int = 96, seed: int = 0) -> torch.Tensor:
    """Smooth random pictures (N, 1, side, side), about as rich as local contrast of skin."""
    coarse = torch.randn(count, 1, side // 6, side // 6, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(coarse, (side, side), mode="bicubic", align_corners=False)


def seen(images: torch.Tensor, size: float = 0.0, turn: float = 0.0, x: float = 0.0, y: float = 0.0) -> torch.Tensor:
    """The middle (60 x 60) of pictures, of which each place shows another."""
    scale = 60 / images.shape[-1]
    c, s = (1 + size) * math.cos(turn) * scale, (1 + size) * math.sin(turn) * scale
    theta = torch.tensor([[c, -s, x * scale], [s, c, y * scale]]).expand(len(images), 2, 3)
    return F.grid_sample(
        images, F.affine_grid(theta, [len(images), 1, 60, 60], align_corners=False), align_corners=False
    )


def found(frames: torch.Tensor, template: torch.Tensor) -> torch.Tensor:
    """How pictures (N, 1, S, S) lie against their templates, likewise, (6,), in the median."""
    return movement(frames[None], template_of(template), 4).median(0).values


def onto(template: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    return registered(frames[None], template_of(template), 4)[0]


MOVES = [{"size": 0.05}, {"size": -0.06}, {"turn": 0.087}, {"x": 0.06, "y": -0.04}]
MOVES.append({"size": 0.05, "turn": -0.087, "x": 0.06})


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_a_movement_is_found_and_undone(move: dict[str, float]):
    pictures = texture(8)
    template, frames = seen(pictures), seen(pictures, **move)
    wanted = {name: -move.get(name, 0.0) for name in ("size", "turn", "x", "y")}  # the way back, to first order
    for value, amount in zip(found(frames, template).tolist(), wanted.values(), strict=False):
        assert value == pytest.approx(amount, abs=0.012)
    inner = (..., slice(8, -8), slice(8, -8))
    before, after = ((each - template)[inner].abs().mean() for each in (frames, onto(template, frames)))
    assert after < 0.3 * before


def test_a_picture_that_stands_still_stays_and_one_without_texture_does_no_harm():
    pictures = seen(texture(3))
    assert torch.allclose(onto(pictures, pictures), pictures, atol=1e-4)
    flat = torch.zeros(2, 1, 60, 60)
    assert onto(flat, flat).isfinite().all()
    assert onto(flat, pictures[:2]).isfinite().all()


@pytest.mark.parametrize("shape", [(60, 60), (48, 66)])
def test_places_beyond_the_border_show_the_border(shape: tuple[int, int]):
    """As sampling with a border does, at places that products of matrices say."""
    pictures = torch.randn(4, 1, *shape, generator=torch.Generator().manual_seed(0))
    by = torch.tensor([[0.1, 0.05, 0.2, -0.1, 0.05, 0.1], [-0.15, -0.2, 0, 0.2, 0, 0]] * 2)
    size, turn, x, y, upright, slanted = by.unbind(1)
    rows = [[1 + size + upright, slanted - turn, x], [turn + slanted, 1 + size - upright, y]]
    theta = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    grid = F.affine_grid(theta, [4, 1, *shape], align_corners=False)
    wanted = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    assert torch.allclose(moved(pictures, by), wanted, atol=1e-4)


def test_a_template_is_kept_from_the_first_frame_on():
    pictures = seen(texture(2))
    eye = ContrastAndChange(registration=3)
    _, state = eye(pictures.sigmoid()[None])
    kept = state.template
    _, state = eye(seen(texture(2, seed=1)).sigmoid()[None], state)
    assert all(torch.equal(a, b) for a, b in zip(state.template, kept, strict=True))
    assert state.age.item() == 2


def test_what_is_stretched_is_not_taken_for_larger():
    """A raised brow stretches the upper part: the size of the picture is found by what is left of it."""
    pictures = texture(8)
    template = seen(pictures)
    theta = torch.tensor([[1.0, 0, 0], [0, 0.92, 0]]).expand(8, 2, 3) * (60 / 96)
    grid = F.affine_grid(theta, [8, 1, 60, 60], align_corners=False)
    stretched = found(F.grid_sample(pictures, grid, align_corners=False), template)
    assert stretched[4].abs() == pytest.approx(0.04, abs=0.012)
    assert stretched[0].abs() == pytest.approx(0.04, abs=0.012)  # half of the stretch: a similarity alone takes more


def test_frames_are_registered_before_they_are_compared_in_a_clip_and_in_a_stream():
    pictures = texture(4)
    frames = torch.stack([seen(pictures), seen(pictures, size=0.05), seen(pictures, turn=0.08)]).sigmoid()
    plain, moving = (ContrastAndChange(step_change=True, registration=n)(frames)[0] for n in (0, 4))
    inner = (..., slice(8, -8), slice(8, -8))
    for channel in (1, 2):
        assert moving[1:, :, channel][inner].abs().mean() < 0.5 * plain[1:, :, channel][inner].abs().mean()
    eye, state, steps = ContrastAndChange(step_change=True, registration=4), None, []
    for frame in frames:
        maps, state = eye(frame[None], state)
        steps.append(maps)
    assert torch.allclose(torch.cat(steps), moving, atol=1e-4)


@pytest.mark.parametrize(("name", "options"), [("student", {}), ("teacher", {"inputs": "frames", "width": 0.125})])
def test_models_take_it_as_an_option_and_nothing_of_it_is_learnt(name: str, options: dict):
    plain, moving = (build_model(name, {**options, "registration": n}).eval() for n in (0, 3))
    moving.load_state_dict(plain.state_dict())
    frames = torch.stack([seen(texture(2)), seen(texture(2), size=0.06)]).sigmoid()
    assert not torch.allclose(plain.eye(frames)[0], moving.eye(frames)[0], atol=0.01)
    assert moving(Clip(frames, None))[0].isfinite().all()


def test_registration_needs_something_to_register_to():
    with pytest.raises(ValueError, match="only where change"):
        ContrastAndChange(change=False, registration=2)
    with pytest.raises(InputError, match="needs change"):
        build_model("student", {"change": False, "registration": 2})


def test_contrast_is_the_same_in_whatever_order_a_machine_adds():
    """A picture that is turned by half a turn is summed backwards: its contrast is the same to the last bit."""
    frames = torch.randint(0, 256, (4, 1, 1, 90, 90), generator=torch.Generator().manual_seed(0)).float() / 255
    frames[1] = 0.1 + 0.004 * frames[1]  # hardly any contrast, where differences of the last bit would grow most
    frames[1] = (frames[1] * 255).round() / 255
    frames[2] = 1.0  # the largest sums
    layer = ContrastAndChange()
    assert torch.equal(layer.local_contrast(frames.flip(-1, -2)), layer.local_contrast(frames).flip(-1, -2))


def test_box_means_are_those_of_the_pixels_in_each_box():
    x = torch.randint(0, 256, (2, 9, 20), generator=torch.Generator().manual_seed(0)).float()
    ones = torch.ones_like(x)
    sums, counts = (F.avg_pool2d(F.pad(each[:, None], (2, 2, 2, 2)), 5, 1)[:, 0] * 25 for each in (x, ones))
    assert torch.allclose(box_means(x, 5), sums / counts, atol=1e-3)
    assert torch.allclose(box_means(x, 41), x.mean((1, 2), keepdim=True).expand_as(x), atol=1e-3)
