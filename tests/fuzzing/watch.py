"""Watches a worker from outside: whether it crashes, hangs or takes too much memory. Linux only."""

import mmap
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT

CPU_SECONDS, WALL_SECONDS = 5.0, 90.0
"""An input hangs that takes so much time of the processor, or so much time altogether on a busy machine."""
MEMORY_BYTES = 1 << 30
_TICK, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watched:
    """A worker for one parser; started again behind an input that ended it."""

    parser: str
    seed: int
    out: Path
    """Where failures are noted."""
    done: int = 0
    ended: list[tuple[int, str]] = field(default_factory=list)
    """Inputs that the worker did not survive, by number, and how."""
    _left: float = 0.0
    peak: int = 0
    """Most memory that it and its decoders took at once, in bytes."""

    def run(self, seconds: float) -> None:
        """Reads inputs for that long, not counting the starts of workers."""
        self._left = seconds
        while self._left > 0:
            self._run_worker()

    def _run_worker(self) -> None:
        shared = Path("/dev/shm")  # mutated files need not reach a disk
        folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=shared if shared.is_dir() else None))
        counter = folder / "count"
        counter.write_bytes(struct.pack("<q", -1))
        arguments = [self.parser, str(self.seed), str(self.done), str(folder), str(self.out)]
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.fuzz import worker; worker()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            with counter.open("r+b") as file, mmap.mmap(file.fileno(), 8) as count:
                how = self._watch(process, count)
                number = struct.unpack("<q", count[:8])[0]
        finally:
            for pid in _tree(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
        if how is None:
            self.done = max(self.done, number)
        elif number < 0:
            raise SystemExit(f"error: the worker for {self.parser} does not start ({how}); run it alone to see why")
        else:
            self.ended.append((number, how))
            self.done = number + 1

    def _watch(self, process: "subprocess.Popen[bytes]", count: mmap.mmap) -> str | None:
        """How an input ended the worker, or None if its time was up."""
        current, cpu, since = None, 0.0, time.monotonic()
        last = since
        while process.poll() is None:
            time.sleep(0.1)
            if current is not None and current >= 0:
                self._left -= time.monotonic() - last
            last = time.monotonic()
            tree = _tree(process.pid)
            used, memory = _cpu_seconds(tree), _memory(tree)
            number = struct.unpack("<q", count[:8])[0]
            if number != current:
                if number >= 0 and self._left <= 0:
                    return None
                current, cpu, since = number, used, time.monotonic()
            if number >= 0:
                self.peak = max(self.peak, memory)
                if memory > MEMORY_BYTES:
                    return f"took {memory >> 20} MB"
                if used - cpu > CPU_SECONDS or time.monotonic() - since > WALL_SECONDS:
                    return f"hung for {used - cpu:.1f} s of the processor"
            elif time.monotonic() - since > 300:
                return "no input in five minutes"
        return f"ended with {process.returncode}"


def _tree(pid: int) -> list[int]:
    return list(_descendants(pid))


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _children(task)]
    except OSError:
        return
    for child in children:
        yield from _descendants(child)


def _children(task: Path) -> list[str]:
    return (task / "children").read_text().split()


def _cpu_seconds(tree: list[int]) -> float:
    """Of all processes, and of those of their children that ended."""
    ticks = 0
    for pid in tree:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(value) for value in fields[11:15])
    return ticks / _TICK


def _memory(tree: list[int]) -> int:
    """What all processes take now, or the worker took at its most (its own peak is reset by nobody)."""
    now, peak = 0, 0
    for pid in tree:
        try:
            now += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except (OSError, IndexError):
            continue
        peak = max([peak, *(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))])
    return max(now, peak)
