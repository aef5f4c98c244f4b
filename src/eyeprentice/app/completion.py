"""Scripts that let a shell complete commands, options and their values: from the same table and signatures as `--help`.

A script holds all the words, so that nothing of this package is run when somebody presses the tab key.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from eyeprentice.app.cli import COMMANDS, EXTENSIBLE, load_command
from eyeprentice.app.options import options_of
from eyeprentice.words import schema

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = get_args(Shell)


@dataclass(frozen=True)
class Word:
    """A command or an option, what it is for, and the values it can have, if they are few."""

    word: str
    text: str = ""
    values: tuple[str, ...] = ()
    is_flag: bool = False

    @property
    def summary(self) -> str:
        """In one short line, without marks that shells understand."""
        return re.sub(r"""['"`$\\\[\]:!]""", "", " ".join(self.text.split()))[:70]


def write_completion(shell: Shell) -> str:
    """The script for a shell, to be evaluated by it."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


@cache
def words_of(command: str) -> tuple[list[Word], tuple[str, ...]]:
    """The options of a command, and the values of its operand, if they are few."""
    found = options_of(load_command(command))
    values = [Word(o.shown, o.text, tuple(schema.choices(o.kind)), o.is_flag) for o in found if not o.operand]
    common = [Word("--config", "read options from a YAML or JSON file"), Word("--help", "show the help", (), True)]
    if command in EXTENSIBLE:
        common.append(Word("--extend", "load Python files of your own first"))
    return values + common, tuple(value for o in found if o.operand for value in schema.choices(o.kind))


def _cases(entry: Callable[[str], Iterator[tuple[str, str]]]) -> str:
    """The branches of a `case` of both shells that have one."""
    return "\n".join(f"      {pattern}) {action} ;;" for command in COMMANDS for pattern, action in entry(command))


def _values(command: str) -> Iterator[tuple[str, str]]:
    options, _ = words_of(command)
    for option in options:
        if option.values:
            yield f"'{command} {option.word}'", f"told=({' '.join(option.values)})"


def _operands(command: str) -> Iterator[tuple[str, str]]:
    if values := words_of(command)[1]:
        yield command, f"told=({' '.join(values)})"


def _options(command: str) -> Iterator[tuple[str, str]]:
    yield command, f"told=({' '.join(option.word for option in words_of(command)[0])})"


def _bash() -> str:
    return f"""\
# bash completion of eyeprentice: eval "$(eyeprentice completion bash)"
_eyeprentice() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}}
  local -a told=()
  COMPREPLY=()
  if [[ $option == = ]]; then option=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  if [[ $word == = ]]; then word=; fi
  if ((COMP_CWORD == 1)); then
    told=({" ".join([*COMMANDS, "--help", "--version"])})
  elif [[ $word == -* ]]; then
    case $command in
{_cases(_options)}
    esac
  else
    case $command in
{_cases(_operands)}
    esac
    case "$command $option" in
{_cases(_values)}
    esac
  fi
  if ((${{#told[@]}})); then COMPREPLY=($(compgen -W "${{told[*]}}" -- "$word")); fi
}}
complete -o bashdefault -o default -F _eyeprentice eyeprentice
"""


def _zsh() -> str:
    commands = " ".join(f"'{name}:{Word(name, text).summary}'" for name, (_, text) in COMMANDS.items())
    return f"""\
#compdef eyeprentice
# zsh completion of eyeprentice: eval "$(eyeprentice completion zsh)", after compinit
_eyeprentice() {{
  local word=${{words[CURRENT]}} option=${{words[CURRENT-1]}} command=${{words[2]}}
  local -a told commands
  if ((CURRENT == 2)); then
    commands=({commands})
    _describe command commands
    return
  fi
  if [[ $word == --*=* ]]; then
    option=${{word%%=*}}
    compset -P '*='
  elif [[ $word == -* ]]; then
    case $command in
{_cases(_options)}
    esac
    compadd -- $told
    return
  fi
  case $command in
{_cases(_operands)}
  esac
  case "$command $option" in
{_cases(_values)}
  esac
  if (($#told)); then compadd -- $told; else _files; fi
}}
compdef _eyeprentice eyeprentice
"""


def _fish() -> str:
    """In fish, each word is a line; files are completed unless a line says otherwise."""
    lines = [
        "# fish completion of eyeprentice: eyeprentice completion fish | source",
        "complete -c eyeprentice -e",
    ]
    for name, (_, text) in COMMANDS.items():
        lines.append(f"complete -c eyeprentice -n __fish_use_subcommand -f -a {name} -d '{Word(name, text).summary}'")
    for name in COMMANDS:
        within = f"complete -c eyeprentice -n '__fish_seen_subcommand_from {name}'"
        options, operands = words_of(name)
        if operands:
            lines.append(f"{within} -f -a '{' '.join(operands)}'")
        for option in options:
            needs = "" if option.is_flag else f" -x -a '{' '.join(option.values)}'" if option.values else " -r"
            lines.append(f"{within} -l {option.word[2:]}{needs} -d '{option.summary}'")
    return "\n".join(lines) + "\n"
