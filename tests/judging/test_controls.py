import json
from pathlib import Path

import pytest
import torch

from eyeprentice.app import cli
from eyeprentice.data.clips import Clip
from eyeprentice.judging.controls import CONTROLS, control_for
from eyeprentice.models import build_model
from eyeprentice.words.errors import InputError


def counted() -> Clip:
    """Four steps whose pixels are their number; in the third, everything became brighter."""
    frames = torch.arange(4.0).view(4, 1, 1, 1, 1).expand(4, 1, 1, 32, 32)
    events = torch.zeros_like(frames)
    events[2] = 1.0
    return Clip(frames, events)


@pytest.mark.parametrize(
    ("name", "order"), [("last", [3, 3, 3, 3]), ("reversed", [3, 2, 1, 0]), ("shuffled", [1, 3, 0, 2])]
)
def test_the_order_of_the_steps_is_another(name: str, order: list[int]):
    clip = CONTROLS[name].clip(counted())
    assert clip.frames[:, 0, 0, 0, 0].tolist() == order


def test_backwards_what_became_brighter_becomes_darker():
    events = CONTROLS["reversed"].clip(counted()).events
    assert events is not None
    assert torch.equal(events[1], torch.full_like(events[1], -1))
    assert torch.equal(events[0], torch.zeros_like(events[0]))
    assert CONTROLS["reversed"].clip(replace_events(None)).events is None


def replace_events(events: torch.Tensor | None) -> Clip:
    return counted()._replace(events=events)


def test_without_events_nothing_happened():
    events = CONTROLS["no-events"].clip(counted()).events
    assert torch.equal(events, torch.zeros(4, 1, 1, 32, 32))


def test_without_any_change_the_student_sees_contrast_alone():
    torch.manual_seed(0)
    with_change = build_model("student", {"channels": [8]}).eval()
    clip = Clip(torch.rand(3, 2, 1, 32, 32), None)
    control = control_for("no-change", with_change)
    with torch.no_grad():
        whole, _ = with_change(clip)
        with control.on(with_change) as ask:
            less, _ = ask(clip)
            with_change.layers[0].convolution.weight[:, 1:] = 0
        assert not torch.equal(whole, less)
        assert torch.allclose(with_change(clip)[0], less, atol=1e-6)


def test_a_control_that_says_nothing_of_a_model_is_refused():
    with pytest.raises(InputError, match="not given what the control takes away"):
        control_for("no-events", build_model("student"))
    with pytest.raises(InputError, match="not given what the control takes away"):
        control_for("no-change", build_model("emo"))
    with pytest.raises(InputError, match="no such control"):
        control_for("upside-down", build_model("emo"))


def test_evaluate_tells_which_control_it_was_and_writes_into_the_run_by_default(shared_tiny: Path, tmp_path: Path):
    small = ["--size", "24", "--sampling", "E2-S3", "--accelerator", "cpu", "--epochs", "1"]
    run = tmp_path / "run"
    cli.main(["train", str(shared_tiny), "--options.channels", "[8,8]", "--out", str(run), *small])
    asked = ["--control", "last", "--repeats", "2", "--accelerator", "cpu", "--out", str(tmp_path / "last")]
    cli.main(["evaluate", str(run), str(shared_tiny), *asked])
    told = json.loads((tmp_path / "last" / "metrics.json").read_text())["protocol"]
    assert told.endswith("control: the last frame in every step")
    cli.main(["evaluate", str(run), str(shared_tiny), "--repeats", "2", "--accelerator", "cpu"])
    told = json.loads((run / "evaluation" / "metrics.json").read_text())["protocol"]
    assert "control" not in told


def test_results_of_the_packaged_weights_need_a_folder(shared_tiny: Path, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["evaluate", "default", str(shared_tiny)])
    assert ended.value.code == 2
    assert "give one: --out FOLDER" in capsys.readouterr().err
