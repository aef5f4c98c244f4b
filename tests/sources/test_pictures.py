"""Pictures, and headers that ask for more than any picture has."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeprentice.sources.pictures import decode_picture, picture_size, read_picture
from eyeprentice.words.errors import InputError

PATH = Path("a.jpg")


def coded(kind: str, width: int, height: int, *options: int) -> bytes:
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(kind, image, list(options))[1].tobytes()


@pytest.mark.parametrize("options", [(".jpg",), (".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (".png",), (".bmp",)])
def test_the_size_of_a_picture_is_read_from_its_header(options: tuple):
    content = coded(options[0], 37, 21, *options[1:])
    assert picture_size(content) == (37, 21)
    assert decode_picture(content, PATH).shape == (21, 37)


def test_a_part_of_a_png_that_is_longer_than_the_file_is_refused():
    content = bytearray(coded(".png", 16, 16))
    at = content.index(b"IDAT") - 4
    content[at : at + 4] = struct.pack(">I", 4_000_000_000)  # 4 GB, if OpenCV is asked
    with pytest.raises(InputError, match="not a readable image"):
        decode_picture(bytes(content), PATH)


@given(st.binary(max_size=40), st.sampled_from([b"", b"BM", b"\xff\xd8", b"\x89PNG\r\n\x1a\n"]))
def test_no_header_is_too_short(content: bytes, begin: bytes):
    size = picture_size(begin + content)
    assert size is None or len(size) == 2


def huge_png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


def huge_jpeg() -> bytes:
    content = bytearray(coded(".jpg", 16, 16))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    return bytes(content)


def huge_bmp() -> bytes:
    content = bytearray(coded(".bmp", 16, 16))
    content[18:26] = struct.pack("<ii", 100_000, -100_000)
    return bytes(content)


@pytest.mark.parametrize("make", [huge_png, huge_jpeg, huge_bmp])
def test_an_enormous_picture_is_refused_by_its_header(make, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(make())
    with pytest.raises(InputError, match="pixels can be read"):
        read_picture(tmp_path / "a.png")


def test_a_picture_that_is_drawn_over_and_over_is_refused():
    content = bytearray(coded(".jpg", 64, 64, cv2.IMWRITE_JPEG_PROGRESSIVE, 1))
    at = content.index(b"\xff\xc2") + 5
    content[at : at + 4] = struct.pack(">HH", 5000, 5000)
    scans = bytes(content) + 20 * b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    with pytest.raises(InputError, match="drawn too many times"):
        decode_picture(scans, PATH)


def test_other_kinds_of_pictures_are_refused_whatever_they_are_called():
    for kind in (".tiff", ".webp", ".ppm"):
        with pytest.raises(InputError, match="not a readable image"):
            decode_picture(coded(kind, 8, 8), PATH)
