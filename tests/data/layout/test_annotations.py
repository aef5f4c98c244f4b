import json
from pathlib import Path

import pytest

from eyeprentice.data.layout import Annotation, read_annotations, write_annotations
from eyeprentice.words.errors import InputError

NAME = "1_001_man_24_Master_normal_angry_45_take000"


def test_annotations_are_read_as_they_were_written(tmp_path: Path):
    annotations = {NAME: Annotation("testing", "angry", (3, 44))}
    write_annotations(tmp_path, annotations)
    assert read_annotations(tmp_path) == annotations
    assert json.loads((tmp_path / "emotion.json").read_text())["labels"][0] == "angry"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "not an annotation file"),
        ('{"database": {"x": {"subset": "training"}}}', "not an annotation file"),
        (
            '{"database": {"x": {"subset": "training", "annotations": {"label": "bored", "segment": [0, 1]}}}}',
            "'bored' is not an emotion",
        ),
        ('{"database": {"x": {"subset": "spare"}}}', "'spare' is not a subset"),
    ],
)
def test_a_wrong_annotation_file_is_refused(tmp_path: Path, content: str, complaint: str):
    (tmp_path / "emotion.json").write_text(content)
    with pytest.raises(InputError, match=complaint):
        read_annotations(tmp_path)


def test_an_annotation_file_stays_as_it_was_when_the_disk_fills_up(tmp_path: Path, monkeypatch):
    write_annotations(tmp_path, {NAME: Annotation("testing", "angry", (3, 44))})
    write = Path.write_text

    def half(path: Path, text: str, *rest: str) -> None:
        write(path, text[: len(text) // 2], *rest)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space left"):
        write_annotations(tmp_path, {NAME: Annotation("training", "angry", (0, 1))})
    assert read_annotations(tmp_path) == {NAME: Annotation("testing", "angry", (3, 44))}
    assert [path.name for path in tmp_path.iterdir()] == ["emotion.json"]
