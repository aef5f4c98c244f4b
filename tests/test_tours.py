"""A reader who has only one page gets to its end: its commands run one after another, on small data."""

import re
import shlex
from pathlib import Path

import cv2
import pytest

from eyeprentice.app.cli import main
from eyeprentice.synth.stream import simulate_stream
from tests.test_examples import examples

FEW = {
    "--epochs 60": "--epochs 1 --accelerator cpu",
    "--epochs 20": "--epochs 1 --accelerator cpu",
    "--folds 12": "--folds 6",
    "evaluate": "evaluate --repeats 1",
    "runs/fold-?/evaluation": "runs/fold-0/evaluation",
    "runs/calibrated-?/evaluation": "runs/calibrated-0/evaluation",
    "--sharpness 0.58": "--sharpness 0.58 --clips 8",
}
SMALLER = {
    "--sequences 280 --subjects 40": "--sequences 70 --subjects 10 --size 32",
    "--sequences 14 --subjects 7 --size 90": "--sequences 14 --subjects 7 --size 32",
    "--options.width 0.25": "--options.width 0.125",
    "--epochs 40": "--epochs 1 --accelerator cpu",
    "--size 72 --sampling E4-S3": "--size 32 --sampling E2-S1",
}


def commands(page: str) -> list[str]:
    """What a page tells to run, of every loop the first round."""
    text = "\n".join(block.replace("\\\n", " ") for block in examples(page, "sh"))
    lines = [line.strip().split("  #")[0].replace("$fold", "0") for line in text.splitlines()]
    return [line.removeprefix("eyeprentice ") for line in lines if line.startswith("eyeprentice ")]


def walk(page: str, smaller: dict[str, str], leave_out: str = "$^") -> list[str]:
    """Runs the commands of a page; an exit in the middle is a failure."""
    done = [line for line in commands(page) if not re.search(leave_out, line)]
    for line in done:
        for long, short in smaller.items():
            line = line.replace(long, short)
        main(shlex.split(line))
    return done


@pytest.fixture
def videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`videos` of six people and `others` of five, who show two emotions each, and the table of each folder."""
    first = {"videos": 0, "others": 20}
    for folder, people in (("videos", 6), ("others", 5)):
        (tmp_path / folder).mkdir()
        table = ["file,emotion,subject"]
        for person in range(people):
            for emotion in ("happiness", "surprise"):
                name = f"clip{len(table):03d}.mp4"
                writer = cv2.VideoWriter(
                    str(tmp_path / folder / name), cv2.VideoWriter.fourcc(*"mp4v"), 30, (96, 96)
                )  # fmt: skip
                for frame in simulate_stream(3, first[folder] + person, ["neutral", emotion], 10, 96).frames:
                    writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
                writer.release()
                table.append(f"{name},{emotion},{folder[0]}{person + 1:03d}")
        (tmp_path / ("labels.csv" if folder == "videos" else "others.csv")).write_text("\n".join(table))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_from_a_folder_of_videos_to_a_student_of_ones_own(videos: Path):
    done = walk("docs/few.md", FEW, r"runs/teacher|runs/taught")
    assert len(done) >= 11
    assert (videos / "mine.onnx").stat().st_size > 1_000_000


@pytest.mark.slow
def test_from_a_folder_of_videos_to_a_dataset(videos: Path):
    walk("docs/data.md", {"videos/": "others/", "labels.csv": "others.csv"}, "--cluster")  # there is none here
    assert len(list((videos / "data" / "mine" / "frame").glob("*/*"))) == 10


@pytest.mark.slow
def test_from_nothing_to_the_table_of_the_apprentice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    walk("docs/reproduce.md", SMALLER)
    assert (tmp_path / "runs" / "apprentice" / "evaluation" / "metrics.json").is_file()


def test_the_sample_of_the_dataset_card_is_a_dataset_without_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    walk("docs/dataset_card.md", SMALLER)
    assert (tmp_path / "data" / "sample" / "emotion.json").is_file()
