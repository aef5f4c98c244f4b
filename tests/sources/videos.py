"""Videos whose headers say what ours do not: other rates, and other ways to be shown."""

import struct
from pathlib import Path

import cv2
import numpy as np

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


def posed(webm: Path, out: Path, yaw: float, roll: float, pitch: float = 0.0) -> Path:
    """The same video with the pose of a projection, in the place of its tags: nothing else moves."""
    content = webm.read_bytes()
    numbers = {b"\x76\x73": yaw, b"\x76\x74": pitch, b"\x76\x75": roll}
    pose = b"".join(kind + b"\x84" + struct.pack(">f", value) for kind, value in numbers.items())
    projection = b"\x76\x70" + bytes([0x80 | len(pose)]) + pose
    tracks, tags, cluster = (content.rindex(kind) for kind in (_TRACKS, _TAGS, _CLUSTER))
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
