"""macOS and Windows have no `os.sched_getaffinity`: what runs in several processes must do without."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app import cli
from eyeprentice.files.processors import processors


@pytest.fixture
def other_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)


def test_processors_are_those_of_this_process_where_the_system_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3, 5}, raising=False)
    assert processors() == 3


@pytest.mark.parametrize(("machine", "expected"), [(6, 6), (None, 1)])
def test_elsewhere_they_are_the_machines(other_system, monkeypatch, machine: int | None, expected: int):
    monkeypatch.setattr(os, "cpu_count", lambda: machine)
    assert processors() == expected


def test_synth_and_import_run_without_the_call(other_system, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    cli.main(["synth", str(tmp_path / "drawn"), "--sequences", "1", "--subjects", "1", "--size", "32"])
    assert (tmp_path / "drawn" / "emotion.json").is_file()
    pictures = tmp_path / "s1_happiness"
    pictures.mkdir()
    for number in range(4):
        cv2.imwrite(str(pictures / f"{number}.png"), np.full((32, 32), 60 * number, np.uint8))
    words = ["import", str(pictures), str(tmp_path / "mine"), "--eye", "full", "--size", "32", "--emotion", "happiness"]
    cli.main(words)
    assert (tmp_path / "mine" / "emotion.json").is_file()
