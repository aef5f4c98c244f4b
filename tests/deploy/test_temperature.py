import json
from pathlib import Path

import pytest
import torch

from eyeprentice.app import cli
from eyeprentice.data.clips import Clip
from eyeprentice.deploy.temperature import divide_logits, fit_temperature, shift_logit
from eyeprentice.learning.runs import load_model
from eyeprentice.models import build_model
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


def test_a_temperature_that_is_known_is_found_again():
    """Labels drawn from softmax(logits): logits three times too large need a temperature of 3."""
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(20_000, 7, generator=generator)
    labels = torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0]
    fitted = fit_temperature(3 * logits, labels)
    assert fitted.temperature == pytest.approx(3, rel=0.05)
    assert fitted.ece_after < 1.5 < 10 < fitted.ece_before
    assert fit_temperature(logits / 2, labels).temperature == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    ("name", "options"), [("student", {"channels": [16, 16]}), ("teacher", {"width": 0.125, "inputs": "frames"})]
)
def test_dividing_weights_divides_the_logits_of_every_step_and_leaves_action_units(name: str, options: dict):
    torch.manual_seed(0)
    model = build_model(name, {**options, "units": 3}).eval()
    clip = Clip(torch.rand(3, 2, 1, 24, 24), None)
    before = model.estimate(clip)
    divide_logits(model, 4.0)
    after = model.estimate(clip)
    assert torch.allclose(after.logits, before.logits / 4, atol=1e-6)
    assert torch.equal(after.units, before.units)


@pytest.mark.parametrize("options", [{}, {"step_weights": 3}, {"readout_leak": 1.0}], ids=str)
def test_an_amount_is_added_to_the_mean_logit_of_one_emotion(options: dict):
    torch.manual_seed(0)
    model = build_model("student", {"channels": [16, 16], **options}).eval()
    clip = Clip(torch.rand(5, 2, 1, 24, 24), None)
    before = model(clip)[0].mean(0)
    shift_logit(model, "neutral", -0.7, steps=5)
    change = model(clip)[0].mean(0) - before
    wanted = torch.zeros(7)
    wanted[EMOTIONS.index("neutral")] = -0.7
    assert torch.allclose(change, wanted.expand(2, 7), atol=1e-5)


def test_a_model_without_a_linear_readout_is_refused():
    for change in (lambda model: divide_logits(model, 2.0), lambda model: shift_logit(model, "fear", 1.0, 4)):
        with pytest.raises(InputError, match="no linear read-out"):
            change(build_model("seen", {"width": 0.125, "size": 24}))


def test_a_calibrated_run_answers_alike_and_is_a_run(shared_tiny: Path, tmp_path: Path, capsys):
    small = ["--size", "24", "--sampling", "E2-S3", "--options.channels", "[16,16]", "--accelerator", "cpu"]
    cli.main(["train", str(shared_tiny), "--out", str(tmp_path / "run"), "--epochs", "4", *small])
    cli.main(["calibrate", str(tmp_path / "run"), str(shared_tiny), "--out", str(tmp_path / "new"), *small[-2:]])
    lowered = ["--out", str(tmp_path / "lowered"), "--neutral", "-30", *small[-2:]]
    cli.main(["calibrate", str(tmp_path / "run"), str(shared_tiny), *lowered])
    clip = Clip(torch.rand(2, 5, 1, 24, 24), None)
    answers = load_model(tmp_path / "lowered")[0](clip)[0].mean(0).argmax(1)
    assert EMOTIONS.index("neutral") not in answers
    assert "logits divided by" in capsys.readouterr().out
    note = json.loads((tmp_path / "new" / "calibration.json").read_text())
    assert note["clips"] == 35  # of the seven sequences that were not learnt from
    (old, config), (new, same) = load_model(tmp_path / "run"), load_model(tmp_path / "new")
    assert config == same
    clip = Clip(torch.rand(2, 5, 1, 24, 24), None)
    assert torch.allclose(new(clip)[0] * note["temperature"], old(clip)[0], atol=1e-4)
    words = ["evaluate", str(tmp_path / "new"), str(shared_tiny), "--out", str(tmp_path / "scores"), *small[-2:]]
    cli.main(words)
    assert json.loads((tmp_path / "scores" / "metrics.json").read_text())["sequences"] == 7


def test_the_packaged_run_is_calibrated_and_tested_like_any_other(shared_tiny: Path, tmp_path: Path):
    words = ["calibrate", "default", str(shared_tiny), "--out", str(tmp_path / "new"), "--repeats", "1"]
    cli.main([*words, "--accelerator", "cpu"])
    words = ["evaluate", str(tmp_path / "new"), str(shared_tiny), "--out", str(tmp_path / "scores"), "--repeats", "1"]
    cli.main([*words, "--accelerator", "cpu"])
    assert json.loads((tmp_path / "scores" / "metrics.json").read_text())["sequences"] == 35


def test_the_packaged_file_and_the_packaged_run_are_one_model_of_at_most_4_mb():
    from eyeprentice.learning.runs import weights_digest
    from eyeprentice.learning.runs.paths import PACKAGED
    from eyeprentice.runtime.model import DEFAULT, open_model

    assert open_model(DEFAULT).metadata["weights"] == weights_digest(Path("default"))
    whole = sum(file.stat().st_size for file in [DEFAULT, *PACKAGED.iterdir()])
    assert whole <= 4e6
