"""The data that stands in for large datasets is sound, and slopes are those of the numbers."""

from pathlib import Path

import growth
import pytest

from eyeprentice.data.check import check_dataset
from eyeprentice.data.layout import Annotation, read_sequences, write_annotations


def row(sequences: int, processor_s: float, above_mb: float) -> dict:
    told = {"axis": "sequences", "work": "check", "sequences": sequences, "processor_s": processor_s}
    return told | {"start_mb": 100.0, "peak_mb": 100.0 + above_mb}


def test_slopes_are_the_exponents_of_the_last_points():
    rows = [row(10, 5, 0.1), *(row(n, 3e-4 * n**1.5, 0.02 * n) for n in (1000, 2000, 4000, 8000))]
    (told,) = growth.slopes(rows)
    assert told == {
        **{"axis": "sequences", "work": "check", "from": 1000, "to": 8000},
        **{"processor_s": 1.5, "memory": 1.0},
    }


def test_memory_that_hardly_grew_has_no_slope():
    (told,) = growth.slopes([row(n, 1e-3 * n, 0.5) for n in (1000, 2000, 4000)])
    assert (told["processor_s"], told["memory"]) == (1.0, None)


def test_of_an_image_the_pixels_count():
    rows = [row(200, 1e-6 * side**2, 1) | {"axis": "size", "size": side} for side in (32, 64, 128)]
    (told,) = growth.slopes(rows)
    assert (told["processor_s"], told["from"], told["to"]) == (pytest.approx(1.0), 32**2, 128**2)


def test_the_written_data_has_no_fault(tmp_path: Path):
    case = growth.Case(2 * growth.OF_PERSON, length=3)
    names = [name for person in (3, 4) for name in growth._write_person((tmp_path, growth.Case(99, 3), person))]
    subsets = ("training", "testing")
    annotations = {
        str(name): Annotation(subsets[int(name.subject) % 2], name.emotion, (0, case.length - 1)) for name in names
    }
    write_annotations(tmp_path, annotations)
    assert not [finding for finding in check_dataset(tmp_path) if not finding.hint]
    assert [len(sequence.images) for sequence in read_sequences(tmp_path, "event")] == [3] * case.sequences
