"""Operands are given in their places: what names one is told so, and none is proposed as an option."""

import pytest

from eyeprentice.app.cli import COMMANDS, load_command
from eyeprentice.app.options import options_of, parse
from eyeprentice.words.errors import InputError

OPERANDS = [
    (name, option.name, option.shown)
    for name in COMMANDS
    for option in options_of(load_command(name))
    if option.operand
]


@pytest.mark.parametrize(("command", "name", "shown"), OPERANDS)
def test_an_operand_that_is_named_is_asked_for_in_its_place(command: str, name: str, shown: str):
    with pytest.raises(InputError, match=f"{shown} is given without a name; write the operands in order: ") as caught:
        parse(load_command(command), [f"--{name}", "x"])
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(("command", "name", "shown"), OPERANDS)
def test_no_operand_is_proposed_for_a_slip(command: str, name: str, shown: str):
    for word in (f"--{name}x", f"--{name}.x", f"--{name[:-1]}"):
        with pytest.raises(InputError) as caught:
            parse(load_command(command), [word, "x"])
        assert not str(caught.value).endswith(f"did you mean --{name.replace('_', '-')}?")
