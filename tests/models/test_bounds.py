"""A model's size is known before it takes memory."""

import pytest
import torch
from torch import nn

from eyeprentice.models import REGISTRY, build_model, sketch_model
from eyeprentice.models.bounds import TooLarge, counted, frame_bytes
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

WIDTHS = (100, 1e5, 1e300, float("inf"), float("nan"), 0, -1)


@pytest.mark.parametrize("name", REGISTRY)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_model_is_too_wide(name: str, width: float):
    with pytest.raises(InputError, match=r"width must be within|above 0|200,000,000 is the most"):
        build_model(name, {"width": width})


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("student", {"cells": 100000}),
        ("student", {"shift": float("nan")}),
        ("student", {"channels": [8] * 300}),
        ("student", {"channels": [10**12]}),
        ("student", {"kernel": 3001}),
        ("student", {"units": 10**8}),
        ("student", {"leak": 1.5}),
        ("teacher", {"cells": 0}),
        ("teacher", {"leak": float("nan")}),
        ("resnet18_lstm", {"layers": 10**8}),
        ("former_dfer", {"steps": 10**9}),
        ("emo", {"side": 10**6}),
        ("emo", {"side": -1}),
        ("seen", {"size": 10**8}),
        ("eyemotion", {"dropout": float("nan")}),
    ],
)
def test_no_setting_makes_a_model_of_any_size(name: str, options: dict):
    with pytest.raises(InputError, match=name) as caught:
        sketch_model(name, options)
    assert str(caught.value).isprintable()


def test_weights_and_layers_are_counted_while_they_are_made():
    with (
        pytest.raises(TooLarge, match="300,000,000 parameters or more; 200,000,000 is"),
        torch.device("meta"),
        counted(),
    ):
        nn.Sequential(*(nn.Linear(10_000, 10_000, bias=False) for _ in range(10**9)))
    with pytest.raises(TooLarge, match="more than 10,000 layers"), counted():
        nn.ModuleList(nn.Identity() for _ in range(limits.MODULES + 2))
    nn.Linear(2, 2)  # nobody counts any more


@pytest.mark.parametrize("name", REGISTRY)
def test_what_a_frame_takes_is_known_of_every_model(name: str):
    with torch.device("meta"):
        model = build_model(name, {})
    assert 10**6 < (frame_bytes(model, 90) or 0) < 200 * 10**6


def test_bytes_of_a_frame_are_those_of_its_maps():
    """A convolution from 1 to 4 channels over 8x8, in float32, after three inputs that are made: 4·64·4 bytes."""

    class Plain(nn.Module):
        def forward(self, clip):
            return nn.functional.conv2d(clip.frames[0], torch.zeros(4, 1, 3, 3, device="meta"), padding=1)

    assert frame_bytes(Plain(), 8) == 64 * 4 + 4 * 9 * 4 + 4 * 64 * 4


def test_a_frame_that_would_take_gigabytes_is_refused():
    with pytest.raises(InputError, match=r"teacher: takes more than 1,024 MB for one frame of 4096x4096 pixels"):
        sketch_model("teacher", {}, 4096)
    with pytest.raises(InputError, match=r"would compute .* GB of one clip of 1000 frames of 512x512 pixels"):
        sketch_model("teacher", {}, 512, 1000)
    sketch_model("teacher", {}, 512, 8)
