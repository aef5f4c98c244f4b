"""Recordings that were made to harm: each is refused in one line, soon, and within little memory."""

import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyeprentice.files import sandbox, sandbox_child
from eyeprentice.sources.events.recording import open_recording, summarise
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from tests.sources.events.recordings import WRITERS, columns, random_events

HERE = "tests.sources.events.test_hostile"


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        summarise(open_recording(path))
    assert str(caught.value).isprintable()
    return str(caught.value)


# what a decoder may do to us: these run in its process


def hang() -> Iterator[tuple[None, None]]:
    yield None, None
    while True:
        pass


def sleep() -> Iterator[tuple[None, None]]:
    time.sleep(60)
    yield None, None


def crash() -> Iterator[tuple[None, None]]:
    os.kill(os.getpid(), signal.SIGSEGV)
    yield None, None


def allocate() -> Iterator[tuple[None, np.ndarray]]:
    yield None, np.ones(1 << 30, np.uint8)


def made_in_room(sizes: list[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Arrays that are made where they are sent, and others, and parts of both."""
    for number, size in enumerate(sizes):
        array = sandbox_child.room(size, np.dtype(np.uint8)) if number % 3 else np.empty(size, np.uint8)
        array[:] = number % 251
        yield number, array[: size - number % 2]


def chatter() -> Iterator[tuple[None, None]]:
    os.write(1, b"a library says something\n")
    os.write(2, b"and complains\n")
    yield None, None


def arrays(sizes: list[int]) -> Iterator[tuple[int, np.ndarray]]:
    for size in sizes:
        yield size, np.arange(size, dtype=np.uint16).reshape(-1, 1)


def answer(line: str) -> Iterator[tuple[None, None]]:
    """Says `line` itself, as a decoder could of which a file has taken hold."""
    for descriptor in range(3, 10):
        with suppress(OSError):
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):  # the one for requests cannot be written
                os.write(descriptor, line.encode() + b"\n")
    yield None, None


def answer_and_crash(line: str) -> Iterator[tuple[None, None]]:
    list(answer(line))
    yield from crash()


def failure(function: str, **arguments: object) -> str:
    with pytest.raises(sandbox.DecoderError) as caught:
        list(sandbox.run_sandboxed(f"{HERE}:{function}", arguments))
    return str(caught.value)


def test_a_decoder_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "DECODER_CPU_SECONDS", 0.3)
    assert failure("hang") == "it takes too long to decode"
    monkeypatch.setattr(limits, "DECODER_SECONDS", 0.5)
    assert failure("sleep") == "it takes too long to decode"


def test_a_decoder_that_crashes_or_takes_too_much_memory_is_told_in_a_line():
    assert failure("crash") == "its decoder crashed, SIGSEGV"
    assert failure("allocate") == "it takes more than 512 MB to decode"


def test_what_a_library_prints_reaches_nobody(capfd: pytest.CaptureFixture[str]):
    assert list(sandbox.run_sandboxed(f"{HERE}:chatter", {})) == [(None, None)]
    assert capfd.readouterr() == ("", "")


def test_arrays_of_any_size_come_whole_out_of_the_decoder():
    sizes = [3, 0, 5_000_000, 1, 2_097_152, 2_097_153, 7, 7, 7, 7, 7]
    for size, (told, array) in zip(sizes, sandbox.run_sandboxed(f"{HERE}:arrays", {"sizes": sizes}), strict=True):
        assert told == size
        assert np.array_equal(array[:, 0], np.arange(size, dtype=np.uint16))


def test_arrays_that_are_made_where_they_are_sent_arrive_as_they_were_made():
    sizes = [1, 1000, 4 << 20, (4 << 20) + 1, 5, 4 << 20, 7, 4 << 20, 4 << 20, 3, 2, 4 << 20]
    kept = []
    for number, array in sandbox.run_sandboxed(f"{HERE}:made_in_room", {"sizes": sizes}):
        assert len(array) == sizes[number] - number % 2
        kept.append((number, array))
    assert all((array == number).all() for number, array in kept)
    assert len(kept) == len(sizes)


def test_packets_of_another_type_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    np.savez(tmp_path / "a.npz", **columns(random_events(10)), width=60, height=40)
    answers = iter([({"sensor": [[60, 40], True]}, None)]), iter([({}, np.zeros(3, [("t_us", "<i8")]))])
    replies = iter(answers)
    monkeypatch.setattr(sandbox, "run_sandboxed", lambda *_: next(replies))
    assert "its decoder makes no sense" in refused(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "[" * 50_000,
        "[]",
        '{"content": 1}',
        '{"kind": "content", "content": 1, "array": 7}',
        '{"kind": "content", "content": 1, "array": [true, "|O", [9]]}',
        '{"kind": "content", "content": 1, "array": [false, "|u1", [1099511627776]]}',
        '{"kind": "content", "content": 1, "array": [true, "|u1", [-5]]}',
        '{"kind": "content", "content": 1, "array": [true, "|u1", [0, 1180591620717411303424]]}',
        '{"kind": "content", "content": 1, "array": [true, "no type", [9]]}',
    ],
)
def test_what_a_decoder_answers_is_not_believed(line: str):
    assert failure("answer", line=line) == "its decoder makes no sense"


def test_a_decoder_that_ends_within_an_array_has_crashed():
    line = '{"kind": "content", "content": 1, "array": [false, "|u1", [99999999]]}'
    assert "crashed" in failure("answer_and_crash", line=line)


def test_a_decoder_ends_with_the_program_that_was_interrupted_or_killed():
    code = f"""
import sys; sys.path[:] = {sys.path!r}
from eyeprentice.words import limits
from eyeprentice.files import sandbox, sandbox_child
limits.DECODER_CPU_SECONDS = 1
for _ in sandbox.run_sandboxed('{HERE}:hang', {{}}): print(open('/proc/thread-self/children').read(), flush=True)
"""
    for sent in (signal.SIGINT, signal.SIGKILL):
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as program:
            assert program.stdout is not None
            decoder = int(program.stdout.readline())
            started = time.monotonic()
            program.send_signal(sent)
            program.wait(10)
            while Path(f"/proc/{decoder}").exists() and "Z" not in Path(f"/proc/{decoder}/stat").read_text():
                assert time.monotonic() - started < 60
                time.sleep(0.1)


# NPZ


def write_npz(path: Path, **headers: str) -> Path:
    """Arrays whose descriptions say what they like, before 8 kB of zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, header in headers.items():
            text = header.encode()
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x02\x00" + len(text).to_bytes(4, "little") + text + bytes(8192))
    return path


def described(descr: str, shape: str) -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n"


@pytest.mark.parametrize(
    ("descr", "shape", "said"),
    [
        ("'<i8'", "(-1,)", "negative length"),
        ("'<i8'", "(1099511627776,)", "more events than"),
        ("'<i8'", "(2, 2)", "one axis"),
        ("'<i8'", "()", "one axis"),
        ("'|V100000000'", "(9,)", "must be numbers"),
        ("'|O'", "(9,)", "must be numbers"),
        ("'<U9'", "(9,)", "must be numbers"),
        ("'<c8'", "(9,)", "must be numbers"),
    ],
)
def test_an_npz_that_asks_for_too_much_or_for_no_numbers_is_refused(descr: str, shape: str, said: str, tmp_path: Path):
    path = write_npz(tmp_path / "a.npz", **dict.fromkeys("txyp", described(descr, shape)))
    assert said in refused(path)
    compound = f"[('t', {descr}), ('x', {descr}), ('y', {descr}), ('p', {descr})]"
    assert said in refused(write_npz(tmp_path / "b.npz", events=described(compound, shape)))


def test_an_npz_with_hostile_headers_is_refused(tmp_path: Path):
    numbers = dict.fromkeys("txyp", described("'<i8'", "(9,)"))
    assert "description of an array is too long" in refused(
        write_npz(tmp_path / "a.npz", **numbers | {"t": " " * 20_000})
    )
    wide = {"width": described("'<i8'", "(1000,)"), "height": described("'<i8'", "()")}
    assert "whole numbers" in refused(write_npz(tmp_path / "b.npz", **numbers, **wide))
    wide["width"] = described("'<c8'", "()")
    assert "whole numbers" in refused(write_npz(tmp_path / "c.npz", **numbers, **wide))
    padded = "[('t', '<i8'), ('x', '<i8'), ('y', '<i8'), ('p', '<i8'), ('z', '|V2000')]"
    assert "an event takes 2032 bytes" in refused(write_npz(tmp_path / "d.npz", events=described(padded, "(9,)")))


def test_events_that_are_no_numbers_or_nowhere_are_refused(tmp_path: Path):
    good = {name: column.astype(np.float64) for name, column in columns(random_events(9)).items()}
    for field, value, said in (
        ("x", np.nan, "a coordinate"), ("y", -1, "a coordinate"), ("x", np.inf, "a coordinate"),
        ("t", np.nan, "a time"), ("t", 1e300, "a time"), ("p", np.nan, "a polarity"),
    ):  # fmt: skip
        column = good[field].copy()
        column[4] = value
        np.savez(tmp_path / "a.npz", **good | {field: column})
        assert said in refused(tmp_path / "a.npz"), (field, value)


def test_a_sensor_larger_than_any_is_refused(tmp_path: Path):
    for width, height in ((2**40, 1), (0, 10), (-5, 10), (65_000, 65_000)):
        np.savez(tmp_path / "a.npz", width=width, height=height, **columns(random_events(9)))
        assert "a sensor of" in refused(tmp_path / "a.npz")


# HDF5


def test_an_hdf5_that_reads_other_files_is_refused(tmp_path: Path):
    WRITERS["b.hdf5"](tmp_path / "other.h5", random_events(9))
    plain = columns(random_events(9))
    (tmp_path / "secret").write_bytes(b"root:x:0:0" * 20)
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        file["events"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/events")
    with h5py.File(tmp_path / "soft.h5", "w") as file:
        file["hop"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/events")
        file["events"] = h5py.SoftLink("/hop")
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout(9, "u8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "events/x", 9)
        for name in "typ":
            file[f"events/{name}"] = plain[name]
        file["events"].create_virtual_dataset("x", layout)
    with h5py.File(tmp_path / "stored.h5", "w") as file:
        for name in "typ":
            file[f"events/{name}"] = plain[name]
        file["events"].create_dataset("x", 9, "u1", external=[(str(tmp_path / "secret"), 0, 9)])
    assert "'events' is a link to elsewhere" in refused(tmp_path / "linked.h5")
    assert "'events' is a link to elsewhere" in refused(tmp_path / "soft.h5")
    assert "'x' is stored in another file" in refused(tmp_path / "virtual.h5")
    assert "'x' is stored in another file" in refused(tmp_path / "stored.h5")


def test_an_hdf5_of_odd_columns_is_refused(tmp_path: Path):
    plain = columns(random_events(9))

    def said(**odd: object) -> str:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            for name, column in (plain | odd).items():
                if isinstance(column, str) and column == "group":
                    file.create_group(f"events/{name}")
                elif isinstance(column, str):
                    file.create_dataset(f"events/{name}", (1 << 40,), "u8", chunks=(1 << 16,))
                else:
                    file[f"events/{name}"] = column
        return refused(tmp_path / "a.h5")

    assert "more events than a file of its size" in said(**dict.fromkeys("txyp", "sparse"))
    assert "'x' is not an array" in said(x="group")
    assert "must be numbers" in said(x=np.array([b"a"] * 9))
    assert "has not one axis" in said(x=np.zeros((9, 2)))
    assert "has not one axis" in said(x=3)
    assert "differ in length" in said(x=np.zeros(1))
    assert "a coordinate" in said(x=np.full(9, np.nan))


# everything else


def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.raw")
    (tmp_path / "folder.h5").mkdir()
    (tmp_path / "dangling.npz").symlink_to(tmp_path / "nowhere")
    assert "not a file" in refused(tmp_path / "pipe.raw")
    assert "not a file" in refused(tmp_path / "folder.h5")
    assert "cannot be read" in refused(tmp_path / "dangling.npz")
    assert "cannot be read" in refused(tmp_path / "nul\0.npz")


def test_escape_codes_in_a_file_or_its_name_do_not_reach_the_terminal(tmp_path: Path):
    (tmp_path / "a\x1b[2J.dat").write_bytes(b"% Version \x1b[2J\n" + bytes(100))
    assert "\\x1b[2J" in refused(tmp_path / "a\x1b[2J.dat")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from([name for name in WRITERS if name != "a.aedat4"]))
def test_a_recording_of_which_bytes_were_changed_is_read_or_refused(data: st.DataObject, name: str, tmp_path: Path):
    path = tmp_path / name
    WRITERS[name](path, random_events(100))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(InputError):
        assert summarise(open_recording(path)).events <= 2 * 100 + 16 * len(content)
