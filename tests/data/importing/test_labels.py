from pathlib import Path

import pytest

from eyeprentice.data.importing.labels import Label, find_sources, read_table
from eyeprentice.words.errors import InputError


def _table(folder: Path, content: str) -> Path:
    (folder / "labels.csv").write_text(content)
    return folder / "labels.csv"


def test_labels_come_from_the_table_then_options_then_names(tmp_path: Path):
    for name in ("a/happiness_1.mp4", "a/b.mp4", "sadness/s07_x.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    table = _table(tmp_path, "file,emotion,subject,lighting,age\nb.mp4,Fear,anna,low,31\n")
    found = {s.path.name: s.label for s in find_sources([tmp_path], table, Label())}
    assert found["b.mp4"] == Label("fear", "anna", "Low", None, 31)
    assert found["happiness_1.mp4"].emotion == "happiness"
    assert found["s07_x.mp4"] == Label("sadness", "07")
    given = {s.path.name: s.label.emotion for s in find_sources([tmp_path], table, Label("angry"))}
    assert given == {"b.mp4": "fear", "happiness_1.mp4": "angry", "s07_x.mp4": "angry"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("name,feeling\na,b\n", "needs the columns file and emotion"),
        ("file,emotion\nb.mp4,bored\n", "line 2: 'bored' is not an emotion"),
        ("file,emotion,lighting\nb.mp4,fear,dim\n", "'dim' is not a lighting"),
        ("file,emotion,age\nb.mp4,fear,old\n", "'old' is not an age"),
        ("file,emotion,sex\nb.mp4,fear,../x_y\n", "cannot be part of a sequence's name"),
        ("file,emotion,subset\nb.mp4,fear,spare\n", "'spare' is not a subset"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, content: str, complaint: str):
    with pytest.raises(InputError, match=complaint):
        read_table(_table(tmp_path, content))
