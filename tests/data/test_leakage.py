"""What a run's split file must say, and how alike fingerprints are; tests/judging/test_evaluation.py has the rest."""

import json
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.data.leakage import BITS, learnt_from, least_difference
from eyeprentice.words.errors import InputError


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"training": ["a"], "testing": []},  # written by hand, without fingerprints
        {"training": ["a"], "testing": [], "fingerprints": {}},
        {"training": ["a"], "testing": [], "fingerprints": {"a": "!"}},
        {"training": ["a"], "testing": [], "fingerprints": []},
    ],
)
def test_a_split_file_that_no_run_wrote_is_refused_in_one_line(tmp_path: Path, content: object):
    (tmp_path / "split.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"split\.json: not the split of a run \(.*\); train it again") as caught:
        learnt_from(tmp_path / "split.json")
    assert "\n" not in str(caught.value)


def test_the_difference_is_the_share_of_bits_in_which_the_most_alike_differs():
    one, others = np.zeros((3, BITS), bool), np.zeros((2, BITS), bool)
    one[1, :10], one[2, 5:] = True, True
    others[0, :4], others[1] = True, True
    one, others = np.packbits(one, axis=1), np.packbits(others, axis=1)
    assert least_difference(one, others) == pytest.approx([4 / BITS, 6 / BITS, 5 / BITS])
    assert least_difference(one, others[:0]).tolist() == [1, 1, 1]
