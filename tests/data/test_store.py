"""Packed stores that are damaged, left behind or cannot be written."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.data import store
from eyeprentice.data.dataset import open_dataset
from eyeprentice.data.layout import Images, read_sequences
from eyeprentice.data.store import open_store
from eyeprentice.files.cache_dir import FOLDER, partial_file
from eyeprentice.words.errors import InputError


def pack(root: Path) -> np.ndarray:
    return np.array(open_store(root, "frame", read_sequences(root, "frame"), 24)[0])


def store_of(root: Path) -> Path:
    (store,) = (root / FOLDER).glob("frame-24-*.npy")
    return store


def cut_short(root: Path) -> None:
    os.truncate(store_of(root), 1000)


def lengthen(root: Path) -> None:
    np.save(store_of(root), np.zeros((9, 24, 24), np.uint8))


def fill_with_floats(root: Path) -> None:
    np.save(store_of(root), np.random.default_rng(0).random((700, 24, 24)))


def garble(root: Path) -> None:
    store_of(root).write_bytes(b"\x93NUMPY" + bytes(range(256)))


def garble_note(root: Path) -> None:
    (note,) = (root / FOLDER).glob("frame-*.seen")
    note.write_bytes(b"\xff\xfe../../x")


@pytest.mark.parametrize("spoil", [cut_short, lengthen, fill_with_floats, garble, garble_note])
def test_a_damaged_store_is_packed_again(tiny: Path, spoil):
    before = pack(tiny)
    spoil(tiny)
    assert np.array_equal(pack(tiny), before)
    assert len(list((tiny / FOLDER).iterdir())) == 2


def test_what_a_killed_program_left_is_removed_and_what_a_living_one_writes_is_not(tiny: Path):
    (tiny / FOLDER).mkdir()
    (tiny / FOLDER / "0123.partial").write_bytes(b"left behind")
    with partial_file(tiny / FOLDER) as held:
        pack(tiny)
        assert [path.name for path in (tiny / FOLDER).glob("*.partial")] == [held.name]


def test_a_store_may_be_read_by_whom_the_umask_lets(tiny: Path):
    before = os.umask(0o022)
    try:
        pack(tiny)
    finally:
        os.umask(before)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o644 for path in (tiny / FOLDER).iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a file's size stands for a full disk")
def test_a_disk_that_is_full_is_told_in_a_line(tiny: Path):
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from tests.data.test_store import pack\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))\n"
        "pack(Path(sys.argv[1]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}", str(tiny)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert f"InputError: {tiny / FOLDER}: cannot be written (File too large)" in ended.stderr
    assert list((tiny / FOLDER).iterdir()) == []


def test_links_that_lead_out_of_a_dataset_are_refused(tiny: Path, tmp_path: Path):
    sequence = next((tiny / "frame" / "angry").iterdir())
    (tmp_path / "elsewhere").mkdir()
    image = sequence / "00003.png"
    image.rename(tmp_path / "elsewhere" / "private.png")
    image.symlink_to(tmp_path / "elsewhere" / "private.png")
    with pytest.raises(InputError, match=r"00003\.png: a link that leads out of the dataset"):
        pack(tiny)
    image.unlink()
    image.symlink_to("00004.png")  # within the dataset it is nobody else's
    assert len(pack(tiny)) == 700
    sequence.rename(tmp_path / "elsewhere" / "whole")
    sequence.symlink_to(tmp_path / "elsewhere" / "whole")
    with pytest.raises(InputError, match="a link that leads out of the dataset"):
        pack(tiny)


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling"])
def test_what_is_named_like_an_image_and_is_none_is_refused(tiny: Path, kind: str):
    image = next((tiny / "frame" / "angry").iterdir()) / "00003.png"
    image.unlink()
    if kind == "folder":
        image.mkdir()
    elif kind == "pipe":
        os.mkfifo(image)
    else:
        image.symlink_to("nowhere.png")
    with pytest.raises(InputError, match=r"00003\.png: (not a file|cannot be read)"):
        pack(tiny)


def write_events(root: Path, image: np.ndarray, ending: str = ".png", *how: int) -> None:
    """The same image in place of every event frame."""
    coded = cv2.imencode(ending, image, how)[1].tobytes()
    for path in (root / "event").rglob("*.png"):
        path.unlink()
        path.with_suffix(ending).write_bytes(coded)


def packed_events(root: Path, size: int = 24) -> np.ndarray:
    return np.array(open_store(root, "event", read_sequences(root, "event"), size)[0])


def sparse(side: int = 48) -> np.ndarray:
    return np.random.default_rng(0).choice(np.array([0, 127, 255], np.uint8), (side, side), p=[0.01, 0.98, 0.01])


def test_event_frames_are_packed_as_events_whatever_compressed_them(tiny: Path):
    write_events(tiny, sparse())
    exact = packed_events(tiny, 48)
    assert np.array_equal(exact[0], sparse())
    write_events(tiny, sparse(), ".jpg", cv2.IMWRITE_JPEG_QUALITY, 75)
    assert np.array_equal(packed_events(tiny, 48), exact)
    assert set(np.unique(packed_events(tiny, 24))) == {0, 127, 255}


def test_images_that_are_no_event_frames_are_refused_unless_it_is_noted_what_they_are(tiny: Path):
    counts = (127 + 16 * np.random.default_rng(0).choice([-1, 0, 1], (48, 48), p=[0.1, 0.8, 0.1])).astype(np.uint8)
    write_events(tiny, counts)
    with pytest.raises(InputError, match=r"no event frames: .*write into .*event\.json"):
        packed_events(tiny, 48)
    assert not list((tiny / FOLDER).glob("event-*"))
    (tiny / "event.json").write_text('{"representation": "count"}')
    assert np.array_equal(packed_events(tiny, 48)[0], counts)


@pytest.mark.parametrize("noted", ["event-frame", "count"])
def test_one_photograph_among_the_event_frames_is_refused_and_named(tiny: Path, noted: str):
    write_events(tiny, np.full((48, 48), 127, np.uint8))
    (tiny / "event.json").write_text(json.dumps({"representation": noted}))
    spoilt = sorted((tiny / "event").rglob("*.png"))[7]
    cv2.imwrite(str(spoilt), np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8))
    with pytest.raises(InputError, match="no image of events as " + noted) as raised:
        packed_events(tiny, 48)
    assert raised.value.parts[0] == str(spoilt)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"representation": 3}', "names no representation of events"),
        ("[]", "names no representation of events"),
        ("{", "not JSON"),
        (None, "event.json"),
    ],
)
def test_a_note_on_event_frames_that_is_none_is_refused(tiny: Path, content: str | None, complaint: str):
    (tiny / "event.json").mkdir() if content is None else (tiny / "event.json").write_text(content)
    with pytest.raises(InputError, match=complaint):
        packed_events(tiny, 48)


def test_event_frames_that_were_resized_as_photographs_are_taken_and_that_is_said(
    tiny: Path, capsys: pytest.CaptureFixture[str]
):
    write_events(tiny, cv2.resize(sparse(96), (80, 80), interpolation=cv2.INTER_AREA))
    assert set(np.unique(packed_events(tiny, 80))) <= {0, 127, 255}
    assert "they were resized or compressed strongly" in capsys.readouterr().err


def test_a_representation_that_is_not_of_this_package_is_taken_as_it_is_and_said(
    tiny: Path, capsys: pytest.CaptureFixture[str]
):
    greys = np.random.default_rng(0).integers(0, 256, (24, 24), np.uint8)
    write_events(tiny, greys)
    (tiny / "event.json").write_text('{"representation": "martian"}')
    dataset = open_dataset(tiny, 24, events=True)
    assert np.array_equal(dataset.events[0], greys)
    assert dataset.representation == "martian"
    assert "'martian', which is not a representation of this package" in capsys.readouterr().err


def test_packing_asks_for_a_few_images_at_once(tiny: Path, monkeypatch: pytest.MonkeyPatch):
    """A path takes 400 bytes, and a large dataset has millions of images."""
    sequences, asked, packed = read_sequences(tiny, "frame"), [0], []
    monkeypatch.setattr(store, "CHUNK", 50)
    get = Images.__getitem__

    def counting(images: Images, index: int) -> Path:
        asked[0] += 1
        return get(images, index)

    def fill(images: list[Path], *how: object) -> tuple[bytes, np.ndarray]:
        packed.append((len(images), asked[0] - before))
        return fill_plainly(images, *how)

    fill_plainly = store._fill
    open_store(tiny, "frame", sequences, 16)
    before = asked[0]
    monkeypatch.setattr(Images, "__getitem__", counting)
    monkeypatch.setattr(store, "_fill", fill)
    store._pack(tiny, "frame", store.FRAMES, sequences, 24)
    assert [count for count, _ in packed] == [50] * 14
    # after the last image of each sequence it is asked for one more, to learn that there is none
    assert all(seen <= 53 * number + 21 for number, (_, seen) in enumerate(packed, 1))
