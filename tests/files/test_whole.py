"""Files that are written whole: what they would take the place of."""

import os
import sys
from pathlib import Path

import pytest

from eyeprentice.files.whole import check_writable, new_file
from eyeprentice.words.errors import InputError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes have no names there")


def test_a_pipe_does_not_become_a_file(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "readings.csv")
    with pytest.raises(InputError, match="is a device or a pipe"):
        check_writable(pipe)
    with pytest.raises(InputError, match="is a device or a pipe"), new_file(pipe):
        pass
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["readings.csv"]


@pytest.mark.parametrize("name", ["null", "stdout"])
def test_a_device_does_not_become_a_file(name: str) -> None:
    """By the early check alone: where it fails, root must not lose /dev/null."""
    with pytest.raises(InputError, match="is a device or a pipe"):
        check_writable(Path("/dev") / name)


def test_a_file_is_replaced(tmp_path: Path) -> None:
    (there := tmp_path / "a.csv").write_text("old", "utf-8")
    check_writable(there)
    with new_file(there) as partial:
        partial.write_text("new", "utf-8")
    assert there.read_text("utf-8") == "new"
