"""Option files, scores and other text that was made to harm."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyeprentice.app.cli import main
from eyeprentice.data.layout import SequenceName, read_annotations
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.judging.predictions import read_predictions
from eyeprentice.judging.scoring import score_predictions
from eyeprentice.words.errors import InputError, printable

NAME = "1_001_man_24_Master_normal_angry_45_take000"


def complaint(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_:
        main(words)
    said = capsys.readouterr().err.splitlines()
    assert exit_.value.code == 2
    assert len(said) == 1
    assert said[0].startswith("error: ")
    return said[0]


BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{new}: &{new} [{','.join(9 * [f'*{old}'])}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"size: " + 100_000 * b"[", "larger than"),
        (b"size: " + 30_000 * b"[", "nested too deeply"),
        (b'{"size": ' + 5_000 * b'{"a":', "nested too deeply"),
        (BOMB.encode(), "reference"),
        (b"size: \xff\xfe", "not text"),
        (b"size: 2001-99-99", "cannot be read; give a whole number"),
        (b"size: !!python/object/apply:os.system [ls]", "neither YAML nor JSON"),
        (b"? [a]\n: b", "neither YAML nor JSON"),
        (b"record: 3", "missing"),
        (b"- 1", "contains no options"),
        (b'"\\e[2J": 1', r"\x1b[2J"),
    ],
)
def test_option_files_that_were_made_to_harm_are_refused(content: bytes, said: str, tmp_path: Path, capsys):
    (tmp_path / "a.yaml").write_bytes(content)
    assert said in complaint(["synth", "--config", str(tmp_path / "a.yaml")], capsys)


def predictions(folder: Path, number: str, label: str = '"angry"') -> Path:
    text = f'{{"results": {{"{NAME}": [{{"label": {label}, "score": {number}}}]}}}}'
    (folder / "test_epoch_1_1.json").write_text(text)
    return folder


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e400", "1" + 400 * "0", 5000 * "9", "1.5", "-0.1", '"x"', "null", "true",
     "[" * 100_000],
)  # fmt: skip
def test_a_score_that_is_no_probability_is_refused(number: str, tmp_path: Path, capsys):
    assert "test_epoch_1_1.json" in complaint(["score", str(predictions(tmp_path, number))], capsys)


def test_a_label_that_is_none_is_refused(tmp_path: Path, capsys):
    for label in ("3", "null", '"bored"', "[]"):
        assert "test_epoch_1_1.json" in complaint(["score", str(predictions(tmp_path, "0.5", label))], capsys)


def test_json_is_limited_in_size_and_never_written_with_what_is_no_number(tmp_path: Path):
    (tmp_path / "a.json").write_text(" " * 101)
    with pytest.raises(InputError, match="larger than"):
        read_json(tmp_path / "a.json", "JSON", 100)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "b.json", {"war": float("nan")})
    assert not list(tmp_path.glob("b.json*"))


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from([NAME, "training"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([NAME, "results", "database", "subset", "annotations", "label", "segment", "score", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
REUSED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@REUSED
@given(values)
def test_whatever_json_says_it_is_read_or_refused(tmp_path: Path, value):
    for name in ("emotion.json", "test_epoch_1_1.json"):
        (tmp_path / name).write_text(json.dumps(value))
    for read in (read_annotations, lambda folder: score_predictions(read_predictions(folder))):
        try:
            read(tmp_path)
        except InputError as error:
            line = str(error)
        else:
            line = ""
        assert line.isprintable()


@given(st.text(max_size=60))
def test_no_name_leaves_its_folder(text: str):
    for name in (text, NAME.replace("Master", text), NAME.replace("man", text), f"../{text}"):
        try:
            parsed = SequenceName.parse(name)
        except InputError:
            continue
        assert Path("a", str(parsed)).parent == Path("a")


@pytest.mark.parametrize("part", ["../../etc", "/etc", "a/b", "a\\b", "c:d", "\n"])
def test_a_name_that_is_a_path_is_refused(part: str):
    with pytest.raises(InputError):
        SequenceName.parse(NAME.replace("Master", part))


@given(st.text())
def test_what_is_printed_is_one_line_without_control_characters(text: str):
    assert printable(text).isprintable()


def run(words: list[str], **streams: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "eyeprentice", *words], capture_output=not streams, text=True, timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}, **streams,
    )  # fmt: skip


def test_a_full_or_closed_standard_output_is_no_traceback(tmp_path: Path):
    folder = predictions(tmp_path, "0.5")
    with Path("/dev/full").open("w") as full, (tmp_path / "err").open("w+") as error:
        ended = run(["score", str(folder)], stdout=full, stderr=error)
        error.seek(0)
        assert error.read() == (
            "error: standard output: cannot be written or read (No space left on device); "
            "free some space, or choose another place\n"
        )
    assert ended.returncode == 2
    closed = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m eyeprentice score {folder} >&- <&-"], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert (closed.returncode, closed.stderr) == (0, "")


def test_a_closed_standard_input_is_told(tmp_path: Path):
    ended = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m eyeprentice predict - --raw 64x64 <&-"], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (2, "error: -: standard input is closed; give frames on it, or a file\n")


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "-", "--raw", "100000000x100000000"],
        ["predict", "2147483648"],
        ["predict", "nowhere.mp4", "--rate", "1e9"],
        ["predict", "nowhere.mp4", "--rate", "1e-320"],
        ["inspect", "a.raw", "--geometry", "99999999x99999999"],
    ],
)
def test_options_that_ask_for_too_much_are_refused(words: list[str], capsys, tmp_path: Path):
    if words[0] == "inspect":
        (tmp_path / "a.raw").write_bytes(b"% evt 3.0\n% end\n")
        words = [word.replace("a.raw", str(tmp_path / "a.raw")) for word in words]
    complaint(words, capsys)
