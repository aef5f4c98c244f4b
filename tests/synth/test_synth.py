import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.data.check import HINTS, check_dataset
from eyeprentice.data.dataset import open_dataset
from eyeprentice.sources.events.representation import REPRESENTATIONS
from eyeprentice.synth.dataset import UNIT_COLUMNS, write_dataset
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.motion import LONGEST, SHORTEST
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


def fingerprint(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(tmp_path: Path):
    for name, jobs, seed in (("one", 1, 7), ("two", 2, 7), ("other", 2, 8)):
        write_dataset(tmp_path / name, plan_sequences(sequences=8, subjects=2, size=32, seed=seed), jobs=jobs)
    one, two, other = (fingerprint(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert len(one) > 8 * 2 * SHORTEST
    assert not set(one.values()) & set(other.values())


def test_a_simulated_dataset_opens_as_sees_layout(tmp_path: Path):
    write_dataset(tmp_path / "data", plan_sequences(sequences=14, subjects=2, size=40, seed=0), jobs=2)
    dataset = open_dataset(tmp_path / "data", 40, events=True)
    assert len(dataset.names) == 14
    assert [name.length for name in dataset.names] == dataset.lengths.tolist()
    assert Counter(name.emotion for name in dataset.names) == dict.fromkeys(EMOTIONS, 2)
    events = dataset.events.numpy()
    assert np.median(events) == 127
    assert not list(tmp_path.glob("*.partial"))


def test_a_plan_at_sees_size_has_sees_shape():
    plans = plan_sequences(sequences=2405, subjects=111, size=128, seed=0)
    names = [p.name for p in plans]
    lengths = np.array([name.length for name in names])
    assert len({str(name) for name in names}) == 2405
    assert lengths.min() == SHORTEST
    assert lengths.max() <= LONGEST
    assert abs(lengths.mean() - 53.5) < 1.5


def test_events_come_from_what_moves():
    plans = [p for p in plan_sequences(7, 1, 64, 0) if p.name.emotion == "surprise"]
    frames, events, _ = simulate_sequence(plans[0])
    assert frames.shape == events.shape
    moving = np.abs(np.diff(frames.astype(int), axis=0)).mean((1, 2))
    active = (events[1:] != 127).mean((1, 2))
    assert np.corrcoef(moving, active)[0, 1] > 0.5
    assert set(np.unique(events)) <= {0, 127, 255}


@pytest.mark.parametrize(("sequences", "subjects", "size"), [(3, 5, 64), (7, 0, 64), (7, 1, 8)])
def test_numbers_that_make_no_dataset_are_refused(tmp_path: Path, sequences: int, subjects: int, size: int):
    with pytest.raises(InputError):
        write_dataset(tmp_path / "data", plan_sequences(sequences, subjects, size, seed=0))
    assert not list(tmp_path.iterdir())


def test_what_is_there_already_is_not_touched(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match="already exists"):
        write_dataset(tmp_path, plan_sequences(7, 1, 32, seed=0))
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_a_frame_is_written_as_it_was_simulated(tmp_path: Path):
    write_dataset(tmp_path / "data", plan_sequences(1, 1, 64, seed=0), jobs=1)
    simulated = simulate_sequence(plan_sequences(1, 1, 64, 0)[0]).frames
    written = cv2.imread(str(next((tmp_path / "data" / "frame").rglob("00002.jpg"))), cv2.IMREAD_GRAYSCALE)
    assert np.abs(written.astype(int) - simulated[2]).mean() < 4


def test_action_units_are_written_beside_the_frames(tmp_path: Path):
    write_dataset(tmp_path / "data", plan_sequences(7, 1, 32, seed=0), jobs=1)
    for planned in plan_sequences(7, 1, 32, 0):
        path = tmp_path / "data" / "unit" / planned.name.emotion / f"{planned.name}.csv"
        head, *rows = path.read_text().splitlines()
        assert head == ",".join(UNIT_COLUMNS) == "AU1,AU2,AU4,AU5,AU6,AU7,AU9,AU43,blink"
        written = np.array([row.split(",") for row in rows], float)
        assert np.abs(written - simulate_sequence(planned).units).max() < 0.001
        if planned.name.emotion == "happiness":
            assert written[:, ACTION_UNITS.index("AU6")].max() > 0.1 > written[:, ACTION_UNITS.index("AU2")].max()


def test_people_who_are_not_there_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="there is no such cast"):
        write_dataset(tmp_path / "data", plan_sequences(7, 1, 32, seed=0, people="nobody"))
    assert not list(tmp_path.iterdir())


def test_without_events_the_same_faces_are_seen_once_a_frame(tmp_path: Path):
    planned = next(p for p in plan_sequences(7, 1, 48, 0) if p.name.emotion == "surprise")
    alone, both = simulate_sequence(replace(planned, representation=None)), simulate_sequence(planned)
    assert alone.events is None
    assert np.array_equal(alone.units, both.units)
    apart = np.abs(alone.frames.astype(int) - both.frames).mean((1, 2))
    others = np.abs(alone.frames[0].astype(int) - both.frames[1:]).mean((1, 2))
    assert apart.mean() < 0.5 * others.max()  # noise, and what the shutter blurs
    write_dataset(tmp_path / "data", plan_sequences(7, 1, 32, seed=0, representation=None), jobs=1)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["emotion.json", "frame", "unit"]
    assert {finding.kind for finding in check_dataset(tmp_path / "data")} <= set(HINTS)
    with pytest.raises(InputError, match="needs only frames"):
        open_dataset(tmp_path / "data", 32, events=True)


def test_events_are_written_in_the_representation_that_was_asked_for(tmp_path: Path):
    planned = next(p for p in plan_sequences(7, 1, 48, 0) if p.name.emotion == "surprise")
    frames, counted, faded = (
        simulate_sequence(replace(planned, representation=name)).events for name in REPRESENTATIONS
    )
    assert set(np.unique(frames)) <= {0, 127, 255}
    assert np.array_equal(np.sign(counted.astype(int) - 127), np.sign(frames.astype(int) - 127))
    assert len(np.unique(counted)) > 5
    assert ((faded != 127) >= (frames != 127)).mean() > 0.99
    with pytest.raises(InputError, match="time-surface"):
        write_dataset(tmp_path / "data", plan_sequences(7, 1, 32, seed=0, representation="voxels"))
