"""Completion, in the shells themselves."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from eyeprentice.app import cli
from eyeprentice.app.completion import SHELLS, write_completion


def needs(shell: str):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    for shell in SHELLS:
        (folder / shell).write_text(write_completion(shell))
    return folder


def in_bash(script: Path, *words: str) -> list[str]:
    """What bash completes the last word to; words as readline splits them."""
    code = (
        f'. {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); '
        'eval "$(complete -p eyeprentice | sed -E \'s/.*-F ([^ ]+).*/\\1/\')"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", code, "bash", *words], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def in_fish(script: Path, line: str) -> list[str]:
    code = f"source {script}; complete -C '{line}'"
    done = subprocess.run(["fish", "--no-config", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [entry.split("\t")[0] for entry in done.stdout.splitlines()]


@needs("bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ev"], ["evaluate"]),
        (["--v"], ["--version"]),
        (["evaluate", "--con"], ["--control", "--config"]),
        (["evaluate", "run", "data", "--control", "re"], ["reversed"]),
        (["evaluate", "--control", "=", "no"], ["no-change", "no-events"]),
        (["evaluate", "--control", "="], ["last", "reversed", "shuffled", "no-change", "no-events"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["predict", "--unit-names", "a"], ["arkit"]),
        (["predict", "--ext"], []),
        (["train", "--ext"], ["--extend"]),
        (["train", ""], []),
        (["nonsense", "--"], []),
    ],
)
def test_bash_completes(scripts: Path, words: list[str], expected: list[str]):
    assert in_bash(scripts / "bash", "eyeprentice", *words) == expected


@needs("bash")
def test_bash_completes_files_where_it_knows_no_words(scripts: Path, tmp_path: Path):
    """Tab is pressed in a shell of its own."""
    (tmp_path / "portrait.mp4").touch()
    keys = f". {scripts / 'bash'}\neyeprentice predict port\t --unit\t fa\t\n"
    program = "eyeprentice() { printf '<%s>' \"$@\"; echo; }\n"
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-i"],
        input=program + keys + "exit\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        start_new_session=True,  # an interactive shell wants a terminal for itself
        env={"PATH": "/usr/bin:/bin", "TERM": "dumb", "HOME": str(tmp_path), "HISTFILE": ""},
    )
    assert "<predict><portrait.mp4><--unit-names><facs>" in done.stdout


@needs("fish")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("eyeprentice ev", ["evaluate"]),
        ("eyeprentice evaluate --contr", ["--control"]),
        ("eyeprentice evaluate --control re", ["reversed"]),
        ("eyeprentice completion z", ["zsh"]),
    ],
)
def test_fish_completes(scripts: Path, line: str, expected: list[str]):
    assert in_fish(scripts / "fish", line) == expected


@needs("zsh")
def test_zsh_completes(scripts: Path, tmp_path: Path):
    """Its own functions are told to print what they would offer."""
    code = (
        "autoload -U compinit; compinit -D; . " + str(scripts / "zsh") + "\n"
        "compadd() { while [[ $1 == -* && $1 != -- ]]; do shift; done; shift; print -l -- $@ }\n"
        "_describe() { print -l -- ${(P)2} }\n_files() { print FILES }\ncompset() {}\n"
        "ask() { words=($@); CURRENT=$#; _eyeprentice; print END }\n"
        "ask eyeprentice 'e'; ask eyeprentice evaluate run --control r; ask eyeprentice env --\n"
        "ask eyeprentice train a; ask eyeprentice predict --unit-names=a\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(["zsh", "-f", "-c", code], capture_output=True, text=True, env=environment)
    commands, control, env, files, joined = [part.split() for part in done.stdout.split("END")[:5]]
    assert done.stderr == ""
    assert [word.split(":")[0] for word in commands if ":" in word] == list(cli.COMMANDS)
    assert control == ["last", "reversed", "shuffled", "no-change", "no-events"]
    assert env == ["--json", "--config", "--help"]
    assert files == ["FILES"]
    assert joined == ["facs", "arkit"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_option_of_every_command_is_in_the_script(scripts: Path, shell: str):
    from eyeprentice.app.options import options_of

    text = (scripts / shell).read_text()
    for name in cli.COMMANDS:
        for option in options_of(cli.load_command(name)):
            if not option.operand:
                word = option.shown if shell != "fish" else f"-l {option.shown[2:]}"
                assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text), (name, option.shown)


def test_completion_is_printed_without_torch(capsys: pytest.CaptureFixture[str]):
    cli.main(["completion", "bash"])
    assert capsys.readouterr().out == write_completion("bash")


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["completion", "tcsh"])
    assert capsys.readouterr().err.startswith("error: SHELL: 'tcsh'")
