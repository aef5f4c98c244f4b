import cv2
import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._pytree import MappingKey, SequenceKey

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.step import area_matrix, exported_step, grey_of, resized, state_names
from eyeprentice.models import Model, build_model
from eyeprentice.words.errors import InputError
from tests.exported import SIZE


def test_frames_one_by_one_are_the_clip_at_once(student: Model, clips: torch.Tensor):
    step = exported_step(student, clips.shape[-1], ready=True)
    with torch.no_grad():
        whole, _ = student(Clip(clips[:, :, None].float() / 255, None))
        assert whole.std() > 0.1
        for number in range(clips.shape[1]):
            state = step.rest()
            for t in range(len(clips)):
                logits, *state = step(clips[t, number][..., None], *state)
                torch.testing.assert_close(logits, whole[t, number], atol=1e-4, rtol=1e-4)


def test_rest_is_all_zeros_and_goes_on_for_ever(student: Model, clips: torch.Tensor):
    step = exported_step(student, clips.shape[-1], ready=True)
    state = step.rest()
    assert all((part == 0).all() for part in state)
    with torch.no_grad():
        for number in range(50):
            logits, *state = step(clips[number % 4, 0][..., None], *state)
    assert logits.isfinite().all()
    assert state[0].item() == 50


@pytest.mark.parametrize("shape", [(480, 640), (90, 90), (64, 50), (33, 97)])
def test_any_size_is_seen_as_opencv_shrinks_it(shape: tuple[int, int]):
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8), (0, 0), 2)
    given = resized(torch.from_numpy(image).float(), 30).numpy()
    wanted = cv2.resize(image, (30, 30), interpolation=cv2.INTER_AREA)
    assert np.abs(given - wanted).max() <= 1


def test_an_area_matrix_worked_out_by_hand():
    torch.testing.assert_close(area_matrix(3, 2), torch.tensor([[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]]))


def test_red_green_and_blue_weigh_as_in_opencv():
    image = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    wanted = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    assert np.abs(grey_of(torch.from_numpy(image)).numpy() - wanted).max() < 0.51
    assert torch.equal(grey_of(torch.from_numpy(wanted[..., None])), torch.from_numpy(wanted).float())


@pytest.mark.parametrize(("name", "options"), [("seen", {"width": 0.125}), ("teacher", {"width": 0.125})])
def test_a_model_that_needs_events_is_refused(name: str, options: dict):
    with pytest.raises(InputError, match="needs events"):
        exported_step(build_model(name, options), 90)


class Mine(Model):
    """A user's own: a linear layer into a leaky mean, and a dictionary with two parts as its state."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(SIZE**2, 7)

    def forward(self, clip: Clip, state=None):
        state = state or {"mean": torch.zeros(clip.frames.shape[1], 7), "count": torch.zeros(1)}
        rows = []
        for x in self.layer(clip.frames.flatten(2)):
            count = state["count"] + 1
            state = {"mean": state["mean"] + (x - state["mean"]) / count, "count": count}
            rows.append(state["mean"])
        return torch.stack(rows), state


def test_a_model_of_ones_own_is_stepped_by_its_contract_alone():
    model = Mine()
    step = exported_step(model, SIZE, ready=True)
    assert step.names == ["mean", "count"]
    frames = torch.randint(0, 256, (3, SIZE, SIZE, 1), dtype=torch.uint8)
    wanted, _ = model(Clip(frames[:, None, None, ..., 0] / 255, None))
    state = step.rest()
    for t, frame in enumerate(frames):
        logits, *state = step(frame, *state)
        torch.testing.assert_close(logits, wanted[t, 0])


class LooksAhead(Mine):
    """Breaks the contract: centres a clip over its steps."""

    def forward(self, clip: Clip, state=None):
        return super().forward(Clip(clip.frames - clip.frames.mean(0), None), state)


class Grows(Mine):
    """Breaks the contract: keeps all frames."""

    def forward(self, clip: Clip, state=None):
        seen = clip.frames if state is None else torch.cat([state[0], clip.frames])
        return super().forward(clip)[0], (seen,)


@pytest.mark.parametrize(("kind", "complaint"), [(LooksAhead, "step by step"), (Grows, "changes the shapes")])
def test_a_model_that_breaks_the_contract_is_refused(kind: type, complaint: str):
    with pytest.raises(InputError, match=complaint):
        exported_step(kind(), SIZE)


def test_tensors_of_a_state_are_named_after_their_place():
    names = [["mean"], ["layers", 0], ["layers", 1, 2], [3]]
    paths = [tuple(SequenceKey(k) if isinstance(k, int) else MappingKey(k) for k in name) for name in names]
    assert state_names(paths) == ["mean", "layers0", "layers1_2", "state3"]
    assert state_names([paths[0], paths[0]]) == ["state_mean", "state_mean"]
    assert state_names([(MappingKey("a"), *paths[0]), (MappingKey("b"), *paths[0])]) == ["state_a_mean", "state_b_mean"]
