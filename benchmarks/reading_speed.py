"""Measures how fast recordings of each format are read, beside the library that decodes them alone, as JSON.

Every recording is read in turns in four ways: by a library alone, called directly as fast as it can be (dv-processing,
h5py, and for Prophesee's formats faery, where it is installed, which is Rust); by the decoder of this
package alone; by the whole reader in this process, with every check; and by the reader as it is used, with its decoder
in a process of its own. Told are million events a second, by the clock and by the processors' time (of both processes),
the best of all rounds, and medians over the rounds of the ratios to the library.

With `--other SOURCES` (the folder `src` of another version) both versions read in turns, and `this/other` is told.

python benchmarks/reading_speed.py [RECORDING ...] [--events 4000000] [--rounds 7] [--other SOURCES]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, SECONDS = 640, 480, 10
FACTS = f"% geometry {WIDTH}x{HEIGHT}\n% end\n"


def evt3(rng: np.random.Generator, count: int) -> np.ndarray:
    """Words like those of a real recording: rows with some single events, or with twelve, twelve and eight pixels."""
    rows = count // 4
    t_us = np.sort(rng.integers(0, SECONDS * 10**6, rows))
    singles = rng.integers(1, 7, rows)
    words = np.zeros((rows, 13), np.uint16)
    words[:, 0] = 8 << 12 | (t_us >> 12 & 0xFFF)
    words[:, 1] = 6 << 12 | (t_us & 0xFFF)
    words[:, 2] = rng.integers(0, HEIGHT, rows)
    words[:, 3:9] = 2 << 12 | rng.integers(0, 2, (rows, 6)) << 11 | rng.integers(0, WIDTH, (rows, 6))
    words[:, 9] = 3 << 12 | rng.integers(0, 2, rows) << 11 | rng.integers(0, WIDTH - 32, rows)
    masks = rng.integers(0, 4096, (rows, 3)) & rng.integers(0, 4096, (rows, 3)) & rng.integers(0, 4096, (rows, 3))
    words[:, 10:] = [4 << 12, 4 << 12, 5 << 12] | masks & [0xFFF, 0xFFF, 0xFF]
    is_there = np.ones(words.shape, bool)
    is_there[:, 0] = np.diff(t_us >> 12, prepend=-1) > 0
    is_there[:, 1] = rng.random(rows) < 0.15
    is_there[:, 3:9] = np.arange(6) < singles[:, None]
    is_there[:, 9:] = rng.random((rows, 1)) < 0.17
    is_there[0] = True
    return words[is_there]


def evt2(t_us: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    words = p << 28 | (t_us & 63) << 22 | x << 11 | y
    at = np.flatnonzero(np.diff(t_us >> 6, prepend=-1))
    return np.insert(words, at, 8 << 28 | (t_us[at] >> 6)).astype("<u4")


def evt21(rng: np.random.Generator, t_us: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Of so many groups, each of some of 32 neighbouring pixels."""
    masks = rng.integers(1, 1 << 32, (4, len(x))).astype(np.uint64)
    masks = np.maximum(np.bitwise_and.reduce(masks), 1 << (x % 32).astype(np.uint64))
    words = (p << 60 | (t_us & 63) << 54 | (x & ~31) << 43 | y << 32).astype(np.uint64) | masks
    at = np.flatnonzero(np.diff(t_us >> 6, prepend=-1))
    return np.insert(words, at, (8 << 60 | (t_us[at] >> 6 << 32).astype(object)).astype(np.uint64)).astype("<u8")


def write_aedat4(path: Path, columns: list[np.ndarray]) -> None:
    """In packets of 10 ms, as cameras write them."""
    import dv_processing as dv

    writer = dv.io.MonoCameraWriter(str(path), dv.io.MonoCameraWriter.EventOnlyConfig("DVXplorer", (WIDTH, HEIGHT)))
    borders = np.searchsorted(columns[0], np.arange(0, SECONDS * 10**6 + 10_000, 10_000))
    for first, end in pairwise(borders):
        store = dv.EventStore()
        for event in zip(*(column[first:end].tolist() for column in columns), strict=True):
            store.push_back(*event)
        if end > first:
            writer.writeEvents(store)


def write_all(folder: Path, count: int) -> Iterable[Path]:
    """About so many events in each format."""
    import h5py

    rng = np.random.default_rng(0)
    t, p = np.sort(rng.integers(0, SECONDS * 10**6, count)), rng.integers(0, 2, count)
    x, y = rng.integers(0, WIDTH, count), rng.integers(0, HEIGHT, count)
    write_aedat4(folder / "events.aedat4", [t, x, y, p.astype(bool)])
    (folder / "evt2.raw").write_bytes(f"% evt 2.0\n{FACTS}".encode() + evt2(t, x, y, p).tobytes())
    few = (column[::3] for column in (t, x, y, p))
    (folder / "evt21.raw").write_bytes(f"% evt 2.1\n{FACTS}".encode() + evt21(rng, *few).tobytes())
    (folder / "evt3.raw").write_bytes(f"% evt 3.0\n{FACTS}".encode() + evt3(rng, count).tobytes())
    rows = np.stack([t, x | y << 14 | p << 28], axis=1).astype("<u4")
    head = f"% Data file containing CD events.\n% Version 2\n% Width {WIDTH}\n% Height {HEIGHT}\n"
    (folder / "cd.dat").write_bytes(head.encode() + bytes([12, 8]) + rows.tobytes())
    for name, options in {"plain.h5": {}, "gzip.h5": {"compression": 1, "shuffle": True}}.items():
        with h5py.File(folder / name, "w") as file:
            for column, kind, values in zip("txyp", ("<i8", "<u2", "<u2", "u1"), (t, x, y, p), strict=True):
                file.create_dataset(f"events/{column}", data=values.astype(kind), chunks=(1 << 16,), **options)
            file["events"].attrs.update(width=WIDTH, height=HEIGHT)
    np.savez(folder / "stored.npz", t=t, x=x.astype("<u2"), y=y.astype("<u2"), p=p == 1, width=WIDTH, height=HEIGHT)
    return sorted(folder.iterdir())


# what follows runs in a process for each version


def library(path: Path) -> Callable[[], int] | None:
    """What decodes a file alone, and gives the number of events; None where there is no such library."""
    kind = path.suffix.lower()

    def dv_processing() -> int:
        import dv_processing as dv

        reader, count = dv.io.MonoCameraRecording(str(path)), 0
        while reader.isRunning("events") and (batch := reader.getNextEventBatch()) is not None:
            count += len(batch.numpy())
        return count

    def faery() -> int:
        import faery

        stream = faery.events_stream_from_file(path, dimensions_fallback=(1280, 720))
        return sum(len(events) for events in stream)

    def hdf5() -> int:
        import h5py

        with h5py.File(path) as file:
            events, count = file["events"], 0
            columns = [events] if isinstance(events, h5py.Dataset) else [events[name] for name in "txyp"]
            for first in range(0, len(columns[0]), 1 << 18):
                *_, last = (column[first : first + (1 << 18)] for column in columns)
                count += len(last)
            return count

    def numpy() -> int:
        with np.load(path) as file:
            *_, last = (file[name] for name in "txyp")
            return len(last)

    if kind in (".raw", ".dat"):
        is_evt21 = b"evt 2.1" in path.read_bytes()[:1000]  # which faery does not know
        return faery if find_spec("faery") and not is_evt21 else None
    return {".aedat4": dv_processing, ".h5": hdf5, ".hdf5": hdf5, ".npz": numpy}[kind]


def busy_s() -> float:
    """The processors' time of this process and of its children, all threads."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    threads = (file for process in children for file in Path(f"/proc/{process}/task").glob("*/schedstat"))
    return time.process_time() + 1e-9 * sum(int(file.read_text().split()[0]) for file in threads)


def measure(path: Path, rounds: int) -> dict[str, list[tuple[int, float, float]]]:
    """For each way and round: events, seconds by the clock and of the processors."""
    from eyeprentice.sources.events.checking import check_packets
    from eyeprentice.sources.events.packets import PACKET
    from eyeprentice.sources.events.readers import READERS, read_events
    from eyeprentice.sources.events.recording import open_recording, recognise

    kind, recording = recognise(path), open_recording(path)

    def decoder() -> int:
        """Counts columns of any type, and rows of two numbers each."""
        pieces = READERS[kind](path).packets(PACKET)
        return sum(
            len(piece[0]) if isinstance(piece, tuple) else len(piece) // 2
            for piece in pieces
            if isinstance(piece, tuple | np.ndarray)
        )

    def here() -> int:
        packets = (packet for _, packet in read_events(kind, str(path), PACKET) if packet is not None)
        return sum(map(len, check_packets(packets, recording.width, recording.height, path)))

    ways = {
        "library": library(path),
        "decoder": decoder,
        "here": here,
        "apart": lambda: sum(map(len, recording.events())),
    }
    reads = -(-2_000_000 // here())  # of a short recording many, as clocks of processors are coarse
    spent: dict[str, list[tuple[int, float, float]]] = {name: [] for name, way in ways.items() if way}
    for number in range(rounds + 1):
        for name, way in ways.items():
            if way is None:
                continue
            clock, busy = time.perf_counter(), busy_s()
            count = sum(way() for _ in range(reads))
            took = count, time.perf_counter() - clock, busy_s() - busy
            if number:  # the first is to warm up
                spent[name].append(took)
    assert len({count for took in spent.values() for count, _, _ in took}) == 1, "the ways differ in what they read"
    return spent


# what follows puts it together


def ask(path: Path, rounds: int, sources: Path) -> dict[str, np.ndarray]:
    command = [sys.executable, __file__, str(path), "--rounds", str(rounds), "--measure"]
    environment = os.environ | {"PYTHONPATH": str(sources)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return {name: np.array(took) for name, took in json.loads(done.stdout).items()}


def table(path: Path, spent: dict[str, np.ndarray]) -> dict[str, object]:
    """Speeds and ratios of one file."""
    row: dict[str, object] = {"events": int(spent["here"][0, 0])}
    for column, name in ((1, "by the clock"), (2, "by the processors")):
        told = {way: round(1e-6 * float((took[:, 0] / took[:, column]).max()), 1) for way, took in spent.items()}
        for way in ("decoder", "here", "apart") if "library" in spent else ():
            ratio = np.median(spent["library"][:, column] / spent[way][:, column])
            told[f"{way}/library"] = round(float(ratio), 2)
        for way in ("here", "apart"):
            told[f"{way}/decoder"] = round(float(np.median(spent["decoder"][:, column] / spent[way][:, column])), 2)
        row[name] = told
    return row


def compare(path: Path, rounds: int, this: Path, other: Path) -> dict[str, object]:
    """This version's row, and medians of pairs of this and the other version."""
    pairs = [(ask(path, 2, this), ask(path, 2, other)) for _ in range(rounds)]
    row = table(path, {way: np.concatenate([ours[way] for ours, _ in pairs]) for way in pairs[0][0]})
    before = table(path, {way: np.concatenate([theirs[way] for _, theirs in pairs]) for way in pairs[0][1]})
    ratios = {
        f"{way}, {name}": round(
            float(np.median([theirs[way][:, column].min() / ours[way][:, column].min() for ours, theirs in pairs])), 2
        )
        for way in ("here", "apart")
        for column, name in ((1, "clock"), (2, "processors"))
    }
    return row | {"other": before, "this/other": ratios}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--measure", action="store_true", help="in this process, for the one that asks")
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.recordings[0], given.rounds)))
        return
    this = Path(__file__).parents[1] / "src"
    with tempfile.TemporaryDirectory() as folder:
        for path in given.recordings or write_all(Path(folder), given.events):
            if given.other:
                row = compare(path, given.rounds, this, given.other)
            else:
                row = table(path, ask(path, given.rounds, this))
            print(json.dumps({path.name: row}, indent=1), flush=True)


if __name__ == "__main__":
    main()
