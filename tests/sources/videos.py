"""Videos whose headers say what ours do not: other rates, and other ways to be shown."""

import struct
from pathlib import Path

import cv2
import numpy as np

_TIMESTAMP, _SIMPLE_BLOCK, _CUES = 0xE7, 0xA3, 0x1C  # of the last one, the first byte
_TRACKS, _TAGS, _CLUSTER = b"\x16\x54\xae\x6b", b"\x12\x54\xc3\x67", b"\x1f\x43\xb6\x75"


def write_webm(path: Path, frames: list[np.ndarray], rate: float = 30) -> Path:
    height, width = frames[0].shape
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), rate, (width, height))
    for frame in frames:
        writer.write(cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def restated(webm: Path, out: Path, rate_hz: float) -> Path:
    """The same video with another duration of a frame in its header (DefaultDuration, in ns)."""
    content = bytearray(webm.read_bytes())
    at = content.index(b"\x23\xe3\x83\x84") + 4
    struct.pack_into(">I", content, at, round(1e9 / rate_hz))
    out.write_bytes(content)
    return out


def retimed(webm: Path, out: Path, times_ms: list[int]) -> Path:
    """The same video with other times of its frames."""
    content = bytearray(webm.read_bytes())
    at, done, began = content.index(_CLUSTER), 0, 0
    while at < len(content) and content[at] != _CUES:
        is_cluster = content.startswith(_CLUSTER, at)
        size, bytes_of_it = _length(content, at + (4 if is_cluster else 1))
        start = at + (4 if is_cluster else 1) + bytes_of_it
        if content[at] == _TIMESTAMP:  # of a cluster; its frames' times are counted from there
            began = times_ms[done]
            content[start : start + size] = began.to_bytes(size, "big")
        elif content[at] == _SIMPLE_BLOCK:
            struct.pack_into(">h", content, start + 1, times_ms[done] - began)
            done += 1
        at = start if is_cluster else start + size
    assert done == len(times_ms)
    out.write_bytes(content)
    return out


def _length(content: bytearray, at: int) -> tuple[int, int]:
    """A number of EBML, and how many bytes it takes."""
    count = 9 - content[at].bit_length()
    return int.from_bytes(content[at : at + count], "big") & ((1 << 7 * count) - 1), count


def posed(webm: Path, out: Path, yaw: float, roll: float, pitch: float = 0.0) -> Path:
    """The same video with the pose of a projection, in the place of its tags: nothing else moves."""
    content = webm.read_bytes()
    numbers = {b"\x76\x73": yaw, b"\x76\x74": pitch, b"\x76\x75": roll}
    pose = b"".join(kind + b"\x84" + struct.pack(">f", value) for kind, value in numbers.items())
    projection = b"\x76\x70" + bytes([0x80 | len(pose)]) + pose
    cluster = content.index(_CLUSTER)
    tracks, tags = (content.rindex(kind, 0, cluster) for kind in (_TRACKS, _TAGS))
    head, more = bytearray(content[tracks:tags]), len(projection)
    head[4] += more
    struct.pack_into(">Q", head, 6, struct.unpack_from(">Q", head, 6)[0] + more)
    head[head.index(b"\xe0\x86\xb0") + 1] += more
    room = cluster - tags - more - 2
    out.write_bytes(
        content[:tracks] + head + projection + b"\xec" + bytes([0x80 | room]) + bytes(room) + content[cluster:]
    )
    return out


def with_matrix(mp4: Path, out: Path, matrix: tuple[float, float, float, float], box: bytes = b"tkhd") -> Path:
    """The same video with another display matrix (a, b, c, d) of its track, or of the film (`mvhd`)."""
    content = bytearray(mp4.read_bytes())
    a, b, c, d = (round(65536 * value) for value in matrix)
    at = content.index(box) + 4 + {b"tkhd": 40, b"mvhd": 36}[box]
    struct.pack_into(">9i", content, at, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    out.write_bytes(content)
    return out
