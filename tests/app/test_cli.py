import inspect
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from eyeprentice.app import cli, options
from eyeprentice.app.commands.learn import distill, train
from eyeprentice.learning.runs import read_recipe
from eyeprentice.words.settings import STRONG
from eyeprentice.words.vocabulary import EMOTIONS
from tests.conftest import ROOT

METRICS = {
    "war",
    "uar",
    "war_ci95",
    "uar_ci95",
    "per_emotion",
    "per_lighting",
    "sequences",
    "repeats",
    "protocol",
    "ece",
}
FAST = ["--size", "24", "--sampling", "E2-S3", "--options.channels", "[16,16]", "--accelerator", "cpu"]


def run(*arguments: str | Path) -> None:
    cli.main([str(argument) for argument in arguments])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Runs a command that must be refused, and gives its one line."""
    with pytest.raises(SystemExit) as exit_:
        run(*arguments)
    captured = capsys.readouterr()
    last = captured.err.strip().splitlines()[-1]
    assert exit_.value.code == 2
    assert last.startswith("error: ")
    assert "Traceback" not in captured.err
    assert captured.err.count("error: ") == 1
    return last


@pytest.fixture(scope="module")
def taught(shared_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a teacher, a student and an apprentice, trained from the command line."""
    runs = tmp_path_factory.mktemp("runs")
    small = ["--size", "24", "--sampling", "E2-S3", "--accelerator", "cpu", "--epochs", "2"]
    run("train", shared_tiny, "--model", "teacher", "--options.width", "0.125", "--out", runs / "teacher", *small)
    run("train", shared_tiny, "--out", runs / "student", *small)
    run(
        "distill", shared_tiny, "--teacher", runs / "teacher", "--out", runs / "apprentice",
        "--epochs", "2", "--terms", "[hckd,tckd,tet]", "--accelerator", "cpu",
    )  # fmt: skip
    return runs


@pytest.mark.parametrize("name", ["teacher", "student", "apprentice"])
def test_a_run_is_evaluated_by_the_protocol(taught: Path, shared_tiny: Path, tmp_path: Path, name: str, capsys):
    run("evaluate", taught / name, shared_tiny, "--out", tmp_path, "--accelerator", "cpu")
    printed = capsys.readouterr().out
    assert "WAR" in printed
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert set(metrics) >= METRICS
    assert metrics["repeats"] == 20
    assert metrics["sequences"] == 7
    assert set(metrics["per_emotion"]) == set(EMOTIONS)
    files = sorted(tmp_path.glob("test_epoch_2_*.json"))
    assert len(files) == 20
    results = json.loads(files[0].read_text())["results"]
    assert all(set(best[0]) == {"label", "score"} for best in results.values())
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")

    run("score", tmp_path, "--json")
    rescored = json.loads(capsys.readouterr().out)
    assert {k: v for k, v in rescored.items() if k != "protocol"} == {
        k: v for k, v in metrics.items() if k != "protocol"
    }


def test_folds_are_scored_together(shared_tiny: Path, tmp_path: Path, capsys):
    small = ["--size", "24", "--sampling", "E2-S3", "--epochs", "1", "--folds", "2", "--accelerator", "cpu"]
    for fold in "01":
        run("train", shared_tiny, "--out", tmp_path / fold, "--fold", fold, *small)
        run("evaluate", tmp_path / fold, shared_tiny, "--repeats", "2", "--accelerator", "cpu")
    capsys.readouterr()
    folders = [tmp_path / fold / "evaluation" for fold in "01"]
    run("score", *folders, "--json")
    both = json.loads(capsys.readouterr().out)
    alone = [json.loads((folder / "metrics.json").read_text()) for folder in folders]
    assert both["sequences"] == sum(each["sequences"] for each in alone)
    assert both["war"] == pytest.approx(
        sum(each["war"] * each["sequences"] for each in alone) / both["sequences"], abs=1e-3
    )


def test_a_configuration_file_gives_any_option(shared_tiny: Path, tmp_path: Path):
    (tmp_path / "options.yaml").write_text(
        "model: student\nsize: 24\nsampling: E2-S0\noptions: {width: 0.25}\naccelerator: cpu\n"
        "training: {epochs: 1, augmentation: {mirror: 0.5}}\n"
    )
    run("train", shared_tiny, "--out", tmp_path / "run", "--config", tmp_path / "options.yaml")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["options"] == {"width": 0.25}
    assert config["sampling"] == "E2-S0"
    assert config["training"]["augmentation"]["mirror"] == 0.5


def test_seen_learns_with_the_settings_of_its_paper(shared_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def learn(recipe, run, device):
        asked.append(recipe)
        return device()

    monkeypatch.setattr("eyeprentice.learning.learn.learn", learn)
    run("train", shared_tiny, "--model", "seen", "--seed", "3", "--out", tmp_path / "run")
    training = asked[0].training
    assert (training.epochs, training.optimizer, training.learning_rate) == (180, "sgd", 0.015)
    assert (training.weight_decay, training.schedule, training.batch_size) == (1e-3, "step", 32)
    assert training.augmentation is None
    assert training.seed == 3


def test_a_split_file_divides_as_the_run_that_wrote_it(taught: Path, shared_tiny: Path, tmp_path: Path):
    file = taught / "student" / "split.json"
    run("train", shared_tiny, "--split", file, "--epochs", "1", "--out", tmp_path / "run", *FAST)
    assert json.loads((tmp_path / "run" / "split.json").read_text()) == json.loads(file.read_text())
    run("evaluate", tmp_path / "run", shared_tiny, "--out", tmp_path / "out", "--repeats", "2", "--accelerator", "cpu")
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["sequences"] == 7


def trained(*words: str | Path) -> dict:
    """The record of a short run on the tiny dataset."""
    out = Path(words[words.index("--out") + 1])
    run(*words)
    return json.loads((out / "config.json").read_text())


def weights(folder: Path) -> bytes:
    return (folder / "weights.safetensors").read_bytes()


def test_a_runs_configuration_repeats_the_run(shared_tiny: Path, tmp_path: Path):
    words = ["--seed", "5", "--weight-decay", "0.01", "--augmentation.mirror", "0.5", "--folds", "3", "--fold", "1"]
    config = trained("train", shared_tiny, "--out", tmp_path / "one", "--epochs", "1", *words, *FAST)
    again = ["train", "--config", tmp_path / "one" / "config.json", "--accelerator", "cpu"]
    assert trained(*again, "--out", tmp_path / "two") == config
    assert weights(tmp_path / "one") == weights(tmp_path / "two")
    assert trained(*again, "--out", tmp_path / "other", "--seed", "6")["training"]["seed"] == 6
    assert weights(tmp_path / "one") != weights(tmp_path / "other")


def test_an_apprentices_configuration_repeats_it_with_the_teacher_by_path(taught: Path, tmp_path: Path):
    file = taught / "apprentice" / "config.json"
    config = trained("distill", "--config", file, "--out", tmp_path / "again", "--accelerator", "cpu")
    assert config == json.loads(file.read_text())
    assert config["teacher"] == [str(taught / "teacher")]
    assert weights(tmp_path / "again") == weights(taught / "apprentice")


def test_an_apprentices_configuration_is_none_of_train(taught: Path, tmp_path: Path, capsys):
    file = taught / "apprentice" / "config.json"
    assert "teacher: no such setting" in refused(capsys, "train", "--config", file, "--out", tmp_path / "run")


def test_a_split_file_is_repeated_by_path(taught: Path, shared_tiny: Path, tmp_path: Path):
    file = taught / "student" / "split.json"
    config = trained("train", shared_tiny, "--split", file, "--epochs", "1", "--out", tmp_path / "one", *FAST)
    assert (config["split"]["kind"], config["split"]["file"]) == ("file", str(file))
    again = ("train", "--config", tmp_path / "one" / "config.json", "--accelerator", "cpu", "--out", tmp_path / "two")
    assert trained(*again) == config


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        (["--terms", "hckd"], ("hckd",)),
        (["--terms", "hckd", "tckd", "--alpha", "0.5"], ("hckd", "tckd")),
        (["--terms", "hckd,tckd"], ("hckd", "tckd")),
        (["--terms=[hckd, tckd]"], ("hckd", "tckd")),
        (["--terms", "[]"], ()),
    ],
)
def test_terms_are_named_with_spaces_commas_or_brackets(words: list[str], terms: tuple[str, ...]):
    given = options.parse(distill, ["data", "--teacher", "t", "--out", "run", *words])
    assert given.arguments["recipe"].values["objective"]["terms"] == terms


@pytest.mark.parametrize("written", ["--batch-size", "--batch_size"])
def test_hyphen_and_underscore_are_the_same(written: str):
    given = options.parse(train, ["data", "--out", "run", written, "7", "--augmentation.mirror=0.5"])
    assert given.arguments["recipe"].values["training"] == {"batch_size": 7, "augmentation": {"mirror": 0.5}}
    assert given.arguments["data"] == Path("data")


def test_strong_augmentation_is_asked_for_by_name_and_remembered(shared_tiny: Path, tmp_path: Path):
    words = ["--augmentation", "strong", "--epochs", "1", *FAST]
    assert trained("train", shared_tiny, "--out", tmp_path / "run", *words)["training"]["augmentation"] == "strong"
    assert read_recipe(tmp_path / "run").training.changes == STRONG


def test_a_configuration_file_yields_to_the_command_line(tmp_path: Path):
    file = tmp_path / "options.yaml"
    file.write_text("training: {batch-size: 7, epochs: 3, augmentation: null}\ndata: there\noptions: {width: 0.5}\n")
    given = options.parse(train, ["--out", "run", "--config", str(file), "--epochs", "4", "--options.kernel", "3"])
    settings = given.arguments["recipe"].values
    assert settings["training"] == {"batch_size": 7, "epochs": 4, "augmentation": None}
    assert settings["options"] == {"width": 0.5, "kernel": 3}
    assert given.arguments["data"] == Path("there")
    assert options.parse(train, ["here", "--out", "run", "--config", str(file)]).arguments["data"] == Path("here")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_is_example_description_operands_and_options_in_order(name: str, capsys: pytest.CaptureFixture[str]):
    run(name, "--help")
    printed = capsys.readouterr().out
    assert printed.startswith(f"Example:\n  eyeprentice {name} ")
    shown = [option.shown for option in options.options_of(cli.load_command(name))]
    places = [re.search(rf"^  {re.escape(word)}( |$)", printed, re.MULTILINE).start() for word in shown]
    assert places == sorted(places)
    parameters = inspect.signature(cli.load_command(name)).parameters.values()
    operands = sum(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)
    assert all(word.startswith("--") == (place >= operands) for place, word in enumerate(shown))


@pytest.mark.parametrize("words", [[name, "--help"] for name in cli.COMMANDS] + [["trian"], ["train", "x", "--epoch"]])
def test_help_and_typos_are_answered_without_torch(words: list[str]):
    code = (
        "import sys\nfrom eyeprentice.app.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "sys.exit(bool({'torch', 'lightning_fabric', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]):
    run("--help")
    printed = capsys.readouterr().out
    assert all(name in printed for name in cli.COMMANDS)


def test_typos_are_answered_with_the_nearest_name(capsys, tmp_path: Path):
    assert refused(capsys, "trian") == "error: trian: no such command; did you mean train?"
    assert "--epochz: no such option; did you mean --epochs?" in refused(capsys, "train", "x", "--epochz", "3")
    assert "did you mean --batch-size?" in refused(capsys, "train", "x", "--batchsize", "3")
    (tmp_path / "options.yaml").write_text("epcohs: 3")
    assert "did you mean training.epochs?" in refused(capsys, "train", "x", "--config", tmp_path / "options.yaml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("synth new --variety bogus", "--variety: 'bogus' cannot be read; give see or corpus or wild or broad or"),
        ("synth new --sequences many", "--sequences: 'many' cannot be read; give a whole number"),
        ("synth new --events maybe", "--events: 'maybe' cannot be read; give true or false"),
        ("predict video --rate fast", "--rate: 'fast' cannot be read; give a number"),
        ("train data --out new --augmentation weak", "--augmentation: 'weak' cannot be read; give strong"),
        ("train data --out new --augmentation.shift far", "--augmentation.shift: 'far' cannot be read; give a number"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_in_our_words(words: str, message: str, capsys):
    assert refused(capsys, *words.split()).startswith(f"error: {message}")


def test_wrong_commands_and_options_are_one_line(capsys, shared_tiny: Path, tmp_path: Path):
    out = ("--out", tmp_path / "run")
    data = (shared_tiny, *out)
    assert "--out: is required but missing" in refused(capsys, "train", shared_tiny)
    assert "DATA: is required but missing" in refused(capsys, "train", *out)
    assert "epochs" in refused(capsys, "train", *data, "--epochs", "many")
    assert "epochs must be above 0, not 0" in refused(capsys, "train", *data, "--epochs", "0")
    assert "batch_size must be above 0, not 0" in refused(capsys, "train", *data, "--batch_size", "0")
    assert "weight_decay must be within 0..1e+06, not -1" in refused(capsys, "train", *data, "--weight_decay", "-1")
    assert "mirror must be within 0..1, not 2" in refused(capsys, "train", *data, "--augmentation.mirror", "2")
    assert "there must be a layer" in refused(capsys, "train", *data, "--options.channels", "[]")
    assert "kernel, stride and cells" in refused(capsys, "train", *data, "--options.kernel", "0")
    assert "--smell" in refused(capsys, "train", *data, "--smell", "3")
    assert "no such model" in refused(capsys, "train", *data, "--model", "oracle")
    assert "has no option 'depth'" in refused(capsys, "train", *data, "--options.depth", "3")
    assert "not a sampling" in refused(capsys, "train", *data, "--sampling", "E4")
    assert "fold 7 of 5" in refused(capsys, "train", *data, "--fold", "7")
    assert "must be one to learn from" in refused(capsys, "train", *data, "--folds", "1")
    assert "too few for an eye" in refused(capsys, "train", *data, "--size", "4")
    assert "clips a sequence" in refused(capsys, "evaluate", shared_tiny, *data, "--repeats", "0")
    assert "no such term: magic" in refused(capsys, "distill", *data, "--teacher", tmp_path, "--terms", "magic")
    assert "0 epochs" in refused(capsys, "demo", *out, "--epochs", "0")
    assert "0 processes" in refused(capsys, "synth", tmp_path / "run", "--jobs", "0")
    assert "use cpu, cuda, mps or auto" in refused(capsys, "train", *data, "--accelerator", "abacus")
    assert not (tmp_path / "run").exists()


def test_where_nothing_can_be_written_no_work_begins(capsys, shared_tiny: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(cli.extensions, "load", lambda files: pytest.fail("began to work"))
    (tmp_path / "file").write_text("")
    for command in (["train", shared_tiny], ["evaluate", tmp_path, shared_tiny]):
        message = refused(capsys, *command, "--out", tmp_path / "file" / "run")
        assert (
            message == f"error: {tmp_path / 'file' / 'run'}: cannot be written (Not a directory); choose another place"
        )
    assert "cannot be written" in refused(capsys, "predict", "eye.mp4", "--save", tmp_path / "file" / "x.png")


def test_wrong_data_is_one_line(capsys, tiny: Path, taught: Path, tmp_path: Path):
    out = ("--out", tmp_path / "run")
    assert "no such dataset" in refused(capsys, "train", tmp_path / "nowhere", *out)
    assert "no such annotation file" in refused(capsys, "train", tmp_path, *out)
    assert "not a run folder" in refused(capsys, "evaluate", tmp_path, tiny, *out)
    assert "not a run folder" in refused(capsys, "distill", tiny, "--teacher", tmp_path, *out)
    assert "no prediction files" in refused(capsys, "score", tmp_path)
    (tmp_path / "test_epoch_1_1.json").write_text("nonsense")
    assert "not JSON" in refused(capsys, "score", tmp_path)
    next((tiny / "frame").rglob("*.png")).write_bytes(b"")
    assert "not a readable image" in refused(capsys, "train", tiny, "--size", "24", *out)
    assert "already exists" in refused(capsys, "synth", tiny)
    assert not (tmp_path / "run").exists()


def test_a_model_that_needs_events_says_so_where_there_are_none(capsys, tiny: Path, tmp_path: Path):
    (tiny / "event").rename(tiny / "elsewhere")
    message = refused(capsys, "train", tiny, "--model", "teacher", "--size", "24", "--out", tmp_path / "run")
    assert message == f"error: {tiny}: no folder 'event'; use a model that needs only frames"
    run("train", tiny, "--epochs", "1", "--out", tmp_path / "run", *FAST)
    assert (tmp_path / "run" / "weights.safetensors").exists()


def test_a_teacher_of_other_data_is_refused(capsys, tiny: Path, taught: Path, tmp_path: Path):
    import cv2
    import numpy as np

    cv2.imwrite(str(next((tiny / "frame").rglob("*.png"))), np.zeros((24, 24), np.uint8))
    message = refused(capsys, "distill", tiny, "--teacher", taught / "teacher", "--out", tmp_path / "run")
    assert "was trained on other data" in message


def test_a_missing_extra_is_one_line_with_the_fix(capsys, monkeypatch: pytest.MonkeyPatch):
    def missing(name: str):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(cli, "load_command", missing)
    assert refused(capsys, "train", "x") == (
        "error: train: needs torch, which is not installed; in the folder of its source: pip install '.[train]'"
    )


def test_extras_that_are_advised_exist():
    there = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    advised = {
        extra
        for file in (ROOT / "src").rglob("*.py")
        for names in re.findall(r'install\("([^"]+)"\)|extra = "([^"]+)"', file.read_text())
        for extra in "".join(names).split(",")
    }
    assert {"train", "events", "cluster"} <= advised <= set(there)


def test_scoring_imports_no_torch(predictions: Path):
    code = "import sys; from eyeprentice.app.cli import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code, "score", predictions / "E4_S0"], check=True, capture_output=True)


def test_a_dataset_without_events_is_enough_for_models_that_read_frames(tiny: Path, tmp_path: Path):
    shutil.rmtree(tiny / "event")
    small = ["--epochs", "1", "--accelerator", "cpu"]
    teacher = ["--model", "teacher", "--options.width", "0.125", "--options.inputs", "frames", "--size", "24"]
    run("check", tiny, "--ignore", "shared-subject")
    run("train", tiny, *teacher, "--sampling", "E2-S3", "--out", tmp_path / "teacher", *small)
    run("distill", tiny, "--teacher", tmp_path / "teacher", "--out", tmp_path / "apprentice", *small)
    run("evaluate", tmp_path / "apprentice", tiny, "--out", tmp_path / "scores", "--accelerator", "cpu")
    assert json.loads((tmp_path / "scores" / "metrics.json").read_text())["sequences"] == 7


@pytest.mark.parametrize(("command", "more"), [(train, []), (distill, ["--teacher", "t"])])
def test_labels_of_the_moment_are_an_option_of_whatever_trains(command, more: list[str]):
    given = options.parse(command, ["data", "--moment-labels", "0.12", "--out", "run", *more])
    assert given.arguments["recipe"].values["training"]["moment_labels"] == 0.12
