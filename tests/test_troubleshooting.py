"""The errors that the page of troubles quotes are those that the program prints."""

import ast
import re
import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.runtime.model import DEFAULT
from tests.conftest import ROOT
from tests.test_examples import examples

PAGE = "docs/troubleshooting.md"
SHOWN = examples(PAGE, "console")
QUOTED = [line for block in examples(PAGE, "text") for line in block.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the page names: none of them is what it should be."""
    folder = tmp_path_factory.mktemp("troubles")
    folder.joinpath("text.mp4").write_text("no video")
    folder.joinpath("labels.csv").write_text("file,emotion\nnot_there.mp4,happy\n")
    folder.joinpath("cut.onnx").write_bytes(DEFAULT.read_bytes()[:100_000])
    folder.joinpath("empty").mkdir()
    folder.joinpath("two").mkdir()
    folder.joinpath("data").mkdir()
    writer = cv2.VideoWriter(str(folder / "black.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 30, (96, 96))
    for _ in range(4):
        writer.write(np.zeros((96, 96, 3), np.uint8))
    writer.release()
    for name in ("smile.mp4", "eye.mp4"):
        shutil.copy(folder / "black.mp4", folder / name)
    blocks = np.random.default_rng(0).integers(0, 255, (6, 12, 12), np.uint8)
    for number, block in enumerate(blocks):
        cv2.imwrite(str(folder / "two" / f"{number}.png"), cv2.resize(block, (96, 96)))
    return folder


@pytest.mark.parametrize("block", SHOWN, ids=[block.splitlines()[0][2:] for block in SHOWN])
def test_a_command_of_the_page_says_what_the_page_shows(
    block: str,
    folder: Path,
    tiny: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    shutil.copytree(tiny, tmp_path / "data" / "simulated")
    monkeypatch.chdir(tmp_path)
    command, *lines = block.splitlines()
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command.removeprefix("$ eyeprentice ")))
    assert ended.value.code in (1, 2)
    said = capsys.readouterr()
    for line in lines:  # up to where the page leaves something out
        assert line.split("…")[0].rstrip() in said.out + said.err


def literals() -> tuple[set[str], list[re.Pattern[str]]]:
    """The texts of the source; and those into which something is put, which may be anything."""
    plain: set[str] = set()
    filled: list[re.Pattern[str]] = []
    for path in (ROOT / "src" / "eyeprentice").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in node.values]
                if sum(len(part) for part in parts if part != ".+") > 15:  # shorter ones would fit anything
                    filled.append(re.compile("".join(parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
    return plain, filled


def test_errors_that_depend_on_the_machine_are_put_together_in_the_source():
    plain, filled = literals()

    def known(text: str) -> bool:
        return text in plain or any(pattern.fullmatch(text) for pattern in filled)

    assert len(QUOTED) >= 4
    for line in QUOTED:
        _, _, said = line.partition("error: ")
        _, what, todo = re.fullmatch(r"(.+?): (.+?); (.+)", said).groups()  # type: ignore[union-attr]
        assert known(what), what
        assert known(todo), todo
    assert not known("cannot be opened by anybody")
