import json
from pathlib import Path

import numpy as np
import pytest
import torch
from in_memory import open_simulated

from eyeprentice.data.layout import SequenceName
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.words.settings import Sampling


def write(folder: Path, name: str, lengths: list[int], level: int) -> None:
    names = [
        str(SequenceName(n, f"{n:03d}", "man", 20, "x", "normal", "fear", length, 0))
        for n, length in enumerate(lengths, 1)
    ]
    (folder / f"{name}.json").write_text(json.dumps(names))
    frames = np.concatenate([np.full((length, 8, 8), level + n, np.uint8) for n, length in enumerate(lengths)])
    np.save(folder / f"{name}.frames.npy", frames)
    np.save(folder / f"{name}.units.npy", np.full((sum(lengths), len(UNIT_COLUMNS)), 0.5, np.float32))


def test_several_simulated_datasets_are_opened_as_one_and_nobody_of_one_is_in_another(tmp_path: Path):
    write(tmp_path, "learn", [4, 6], 10)
    write(tmp_path, "broad", [5], 50)
    dataset = open_simulated(tmp_path, [("learn", "training"), ("broad", "testing")])
    assert dataset.subsets == ("training", "training", "testing")
    assert len({name.subject for name in dataset.names}) == len({str(name) for name in dataset.names}) == 3
    assert dataset.lengths.tolist() == [4, 6, 5]
    clip = dataset.gather(torch.tensor([1, 2]), torch.tensor([0, 0]), Sampling(2, 0))
    assert clip.frames[:, :, 0, 0, 0].T.tolist() == [[11, 11], [50, 50]]
    assert dataset.units.shape == (15, len(UNIT_COLUMNS))
    assert open_simulated(tmp_path, [("learn", "training")]).content != dataset.content


def test_a_dataset_that_was_not_simulated_is_not_opened(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        open_simulated(tmp_path, [("learn", "training")])
