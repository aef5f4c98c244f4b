"""The network that tells which way is up: it prefers no way, its file gives what it gives, and it can learn."""

from pathlib import Path

import numpy as np
import pytest
import torch

from eyeprentice.eye.upright import SIDE, UprightNetwork
from eyeprentice.finder import upright
from eyeprentice.finder.effects import Draw
from eyeprentice.finder.picture_bank import PictureBank, make_bank
from eyeprentice.finder.scenes import EYE, NO_EYE, UNSURE
from eyeprentice.finder.textures import texture
from eyeprentice.finder.upright_scenes import make_uprights
from tests.finder.test_training import material


@pytest.fixture(scope="module")
def bank() -> PictureBank:
    return make_bank(material(0), 3, 4, 0, 1, torch.device("cpu"))


@torch.no_grad()
def test_the_file_gives_what_the_network_gives_whichever_way_a_picture_is_turned(tmp_path: Path):
    torch.manual_seed(0)
    network = upright.UprightNetwork()
    network.train()(torch.rand(8, 1, SIDE, SIDE))  # so that the norms' statistics are some
    upright.write_upright(tmp_path / "a.onnx", network, "a test")
    for seed in range(3):
        frame = texture(np.random.default_rng(seed), SIDE)
        wanted = network.eval()(torch.from_numpy(frame)[None, None].float() / 255)[0].numpy()
        assert UprightNetwork(tmp_path / "a.onnx").run(frame) == pytest.approx(wanted, abs=1e-4)
        other = network(torch.from_numpy(np.rot90(frame, -1).copy())[None, None].float() / 255)[0].numpy()
        assert np.roll(other, 1) == pytest.approx(wanted, abs=1e-4)


def test_the_loss_asks_for_upright_for_none_and_nothing_of_what_is_hidden():
    logs = torch.log(torch.tensor([[0.5, 0.2, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.1, 0.7, 0.1, 0.1]]))
    loss = upright.upright_loss(logs, torch.tensor([EYE, NO_EYE, UNSURE]))
    assert float(loss) == pytest.approx((np.log(2) + np.log(4)) / 2)


def test_pictures_follow_from_the_seed_and_say_what_they_show(bank: PictureBank):
    first, second = (make_uprights(bank, 40, Draw(torch.Generator().manual_seed(5))) for _ in range(2))
    assert torch.equal(first.frames, second.frames)
    assert first.frames.shape == (40, 1, SIDE, SIDE)
    assert first.frames.min() >= 0
    assert first.frames.max() <= 1
    assert (first.state[-5:] == NO_EYE).all()
    assert (first.state[:-5] != NO_EYE).all()


def test_a_few_steps_learn_something(bank: PictureBank):
    plan = upright.UprightTraining(minutes=1, pictures=64, steps=40, batch_size=32, learning_rate=0.01)
    network = upright.train_upright(bank, plan)
    contrast, states = upright.make_pool(bank, 64, Draw(torch.Generator().manual_seed(0)))
    with torch.no_grad():
        loss = float(upright.upright_loss(network.of_contrast(contrast.float()), states))
    assert loss < np.log(4) - 0.1  # what equal probabilities would cost
    assert 0 <= upright.share_right(network, bank, 32, 1) <= 1
