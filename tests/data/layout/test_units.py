from pathlib import Path

import numpy as np
import pytest

from eyeprentice.data.layout import SequenceName, find_units, read_units, write_units
from eyeprentice.words.errors import InputError

NAME = SequenceName(1, "001", "man", 24, "Master", "normal", "angry", 2, 0)


def test_units_are_read_as_they_were_written_to_three_decimals(tmp_path: Path):
    path = write_units(tmp_path, NAME, np.array([[0, 0.12345], [1, 0.5]]), ("AU4", "blink"))
    assert path == tmp_path / "unit" / "angry" / f"{NAME}.csv"
    assert path.read_text() == "AU4,blink\n0.000,0.123\n1.000,0.500\n"
    columns, intensities = read_units(path)
    assert columns == ("AU4", "blink")
    assert intensities.dtype == np.float32
    assert np.array_equal(intensities, np.array([[0, 0.123], [1, 0.5]], np.float32))


def test_units_are_found_in_folders_of_any_case_or_there_are_none(tmp_path: Path):
    assert find_units(tmp_path, [NAME]) is None
    write_units(tmp_path, NAME, np.zeros((2, 1)), ("AU4",))
    (tmp_path / "unit" / "angry").rename(tmp_path / "unit" / "Angry")
    assert find_units(tmp_path, [NAME]) == [tmp_path / "unit" / "Angry" / f"{NAME}.csv"]


def test_a_sequence_without_its_units_is_refused(tmp_path: Path):
    write_units(tmp_path, NAME, np.zeros((2, 1)), ("AU4",))
    other = SequenceName.parse(str(NAME).replace("take000", "take001"))
    with pytest.raises(
        InputError, match=r"take001\.csv: no such file of action units; add the file, or remove the folder"
    ):
        find_units(tmp_path, [NAME, other])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("AU4,AU4\n0.5,0.5\n", "two units have the same name, or one has none"),
        ("AU4,\n0.5,0.5\n", "two units have the same name, or one has none"),
        ("AU 4,AU5\n0.5,0.5\n", "'AU 4' cannot be the name of an action unit"),
        ("", "not a file of action units"),
        ("AU4,AU5\n", "do not fit its lines"),
        ("AU4,AU5\n0.5\n", "do not fit its lines"),
        ("AU4,AU5\n0.5,0.5\n0.5\n", "not a file of action units"),
        ("AU4\nhigh\n", "not a file of action units"),
        ("AU4\n1.001\n", "outside 0..1"),
        ("AU4\nnan\n", "outside 0..1"),
    ],
)
def test_what_holds_no_units_is_refused_in_one_line(tmp_path: Path, text: str, complaint: str):
    path = tmp_path / "units.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint) as caught:
        read_units(path)
    assert "\n" not in str(caught.value)


def test_units_of_another_number_than_their_names_are_not_written(tmp_path: Path):
    with pytest.raises(ValueError, match="2 units"):
        write_units(tmp_path, NAME, np.zeros((2, 3)), ("AU4", "AU5"))
    assert not list(tmp_path.iterdir())
