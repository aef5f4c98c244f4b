"""Videos of all kinds, each with what becomes of it: the rows of the page of formats, and a test for each."""

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from eyeprentice.sources.frames import open_frames
from eyeprentice.words.errors import InputError
from tests.data.importing.material import write_video
from tests.sources.videos import posed, restated, with_matrix, write_webm

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
RAMP = [np.full((48, 64), 20 + 8 * number, np.uint8) for number in range(24)]


class Case(NamedTuple):
    row: str
    make: Callable[[Path], Path]
    right: list[float] | str
    """Times in seconds of the first frames, or why it is refused."""


def delayed(webm: Path, out: Path, number: int, by_ms: int) -> Path:
    """The same video, from one frame on later by so much."""
    content = bytearray(webm.read_bytes())
    cluster, seen, last_ms = content.rindex(b"\x1f\x43\xb6\x75"), 0, 0
    for block in re.finditer(rb"\xa3(?:[\x80-\xff]|[\x40-\x7f].)\x81", content[cluster:], re.DOTALL):
        at = cluster + block.end()
        t_ms = struct.unpack_from(">h", content, at)[0]
        if t_ms < last_ms:  # only looks like a block
            continue
        if seen >= number:
            struct.pack_into(">h", content, at, t_ms + by_ms)
        seen, last_ms = seen + 1, t_ms
    out.write_bytes(content)
    return out


def written(path: Path, code: str, rate: float = 30) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), rate, (64, 48))
    for frame in RAMP:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def with_bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def even(rate: float) -> list[float]:
    return [number / rate for number in range(24)]


def turned(at: Path, matrix: tuple[float, float, float, float]) -> Path:
    return with_matrix(write_video(at / "plain.mp4", RAMP), at / "a.mp4", matrix)


def tilted(at: Path, yaw: float, roll: float) -> Path:
    return posed(write_webm(at / "plain.webm", RAMP), at / "a.webm", yaw, roll)


def cut_short(at: Path) -> Path:
    return with_bytes(at / "b.avi", written(at / "a.avi", "MJPG").read_bytes()[:-4000])


def misstated(at: Path) -> Path:
    return restated(write_webm(at / "plain.webm", RAMP, 15), at / "a.webm", 120)


def uneven(at: Path) -> Path:
    return delayed(write_webm(at / "plain.webm", RAMP, 10), at / "a.webm", 12, 450)


NONE = "no frame can be read"
CASES = (
    Case("MP4, MOV and M4V", lambda at: write_video(at / "a.mov", RAMP), even(30)),
    Case("MKV and WebM", lambda at: write_webm(at / "a.mkv", RAMP), even(30)),
    Case("AVI", lambda at: written(at / "a.avi", "MJPG"), even(30)),
    Case("a rate in the header that the times do not have", misstated, even(15)),
    Case("frames at uneven times", uneven, [t + 0.45 * (t > 1.15) for t in even(10)]),
    Case("fewer than one frame a second", lambda at: write_video(at / "a.mp4", RAMP, 0.25), even(0.25)),
    Case("more than 1,000 frames a second", lambda at: write_video(at / "a.mp4", RAMP, 4000), even(4000)),
    Case("a display matrix of quarter turns and mirrors", lambda at: turned(at, (-1, 0, 0, 1)), even(30)),
    Case("another display matrix", lambda at: turned(at, (0.8, 0.6, -0.6, 0.8)), "no quarter turn"),
    Case("a pose that turns by quarters, or mirrors", lambda at: tilted(at, 180, 0), even(30)),
    Case("another pose", lambda at: tilted(at, 0, 30), "no quarter turn"),
    Case("a file that is cut short", cut_short, even(30)[:6]),
    Case("a file without a frame", lambda at: with_bytes(at / "a.mp4", b"\0\0\0\x18ftypisom" + bytes(40)), NONE),
    Case("an empty file", lambda at: with_bytes(at / "a.mp4", b""), NONE),
    Case("a playlist, or another text", lambda at: with_bytes(at / "a.mp4", b"#EXTM3U\nfile:/etc/passwd\n"), NONE),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_what_becomes_of_a_video(case: Case, tmp_path: Path):
    path = case.make(tmp_path)
    if isinstance(case.right, str):
        with pytest.raises(InputError, match=case.right):
            list(open_frames(path))
        return
    times = [1e-6 * t_us for t_us, _ in open_frames(path)]
    assert times[: len(case.right)] == pytest.approx(case.right, abs=0.0011)
    assert len(times) >= len(case.right)


def test_the_page_of_formats_lists_these_videos_and_no_others():
    section = PAGE.read_text(encoding="utf-8").split("## Videos\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    told = {row[0].strip(): row[1].split()[0].strip(":;,") for row in rows}
    assert told == {case.row: "refused" if isinstance(case.right, str) else "read" for case in CASES}
