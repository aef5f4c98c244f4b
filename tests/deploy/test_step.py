import cv2
import numpy as np
import pytest
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.step import area_matrix, grey, resized, step_model
from eyeprentice.errors import InputError
from eyeprentice.models import Model, build_model


def test_frames_one_by_one_are_the_clip_at_once(student: Model, clips: torch.Tensor):
    step = step_model(student, clips.shape[-1], ready=True)
    with torch.no_grad():
        whole = student(Clip(clips[:, :, None].float() / 255, None))
        assert whole.std() > 0.1
        for number in range(clips.shape[1]):
            state = step.rest()
            for t in range(len(clips)):
                logits, *state = step(clips[t, number][..., None], *state)
                torch.testing.assert_close(logits, whole[t, number], atol=1e-4, rtol=1e-4)


def test_rest_is_all_zeros_and_goes_on_for_ever(student: Model, clips: torch.Tensor):
    step = step_model(student, clips.shape[-1], ready=True)
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
    assert np.abs(grey(torch.from_numpy(image)).numpy() - wanted).max() < 0.51
    assert torch.equal(grey(torch.from_numpy(wanted[..., None])), torch.from_numpy(wanted).float())


def test_what_is_no_student_is_refused():
    with pytest.raises(InputError, match="only a student"):
        step_model(build_model("seen", {"width": 0.125}), 90)
