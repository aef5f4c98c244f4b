"""Pictures, and headers that ask for more than any picture has."""

import re
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eyeprentice.sources.frames import open_frames
from eyeprentice.sources.picture_headers import read_header
from eyeprentice.sources.pictures import OTHER_PICTURES, decode_picture, pictures_in, read_picture, read_pictures
from eyeprentice.words.errors import InputError
from tests.sources.picture_cases import GREY, Case, cases, chunk, saved, tagged

PATH = Path("a.jpg")
CASES = list(cases())
DOCS = Path(__file__).parents[2] / "docs"
PAGE = next(page for name in ("formats_pictures.part.md", "formats.md") if (page := DOCS / name).is_file())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_every_kind_of_picture_is_read_rightly_or_refused(case: Case, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(case.content)
    if isinstance(case.right, str):
        with pytest.raises(InputError, match=case.right):
            read_picture(tmp_path / "a.png")
        return
    image = read_picture(tmp_path / "a.png")
    assert image.dtype == np.uint8
    assert image.shape == case.right.shape
    assert np.abs(image.astype(int) - case.right).max() <= case.within


def test_the_page_of_formats_lists_these_pictures_and_no_others():
    section = PAGE.read_text(encoding="utf-8").split("## Pictures\n")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| (.+?) \| (read|refused)", section, re.MULTILINE))
    assert told == {case.row: "refused" if isinstance(case.right, str) else "read" for case in CASES}


def test_all_frames_of_a_clip_have_one_scale(tmp_path: Path, capsys: pytest.CaptureFixture):
    frames = [GREY // 4, GREY, GREY // 2]  # the first one alone would be taken for 8 bits, the last one for 9
    for number, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / f"{number}.{'tiff' if number % 2 else 'png'}"), frame.astype(np.uint16) << 2)
    for _ in range(2):  # a source is read twice where a clip is cut
        images = [image for _, image in open_frames(tmp_path)]
        assert np.array_equal(images, frames)
    said = f"note: {tmp_path}: pictures of 16 bits, whose largest value is 1020; 10 bits are taken to be used\n"
    assert capsys.readouterr().err == said


def deep_clip(folder: Path, bits: int, mark: tuple[int, ...], level: int, marked: int = 1, frames: int = 4) -> Path:
    """Pictures of so many bits in 16, the first ones with a mark of that many pixels of one level."""
    for number in range(frames):
        image = np.rint(np.resize(GREY, (96, 128)) / 255 * ((1 << bits) - 1)).astype(np.uint16)
        if number < marked:
            image[tuple(slice(5, 5 + side) for side in mark)] = level
        cv2.imwrite(str(folder / f"{number}.png"), image)
    return folder


@pytest.mark.parametrize(
    ("bits", "mark", "level", "marked"),
    [
        (10, (1, 1), 65535, 1),  # a defect pixel in one picture
        (10, (1, 1), 1500, 4),  # in all of them
        (14, (1, 1), 65535, 4),
        (10, (3, 3), 65535, 1),  # a mark that a program has drawn
        (10, (3, 3), 4095, 4),
        (12, (9, 9), 65535, 4),
        (14, (9, 9), 20000, 4),
    ],
)
def test_a_few_pixels_that_are_brighter_than_white_do_not_set_the_scale(
    bits: int, mark: tuple, level: int, marked: int, tmp_path: Path, capsys: pytest.CaptureFixture
):
    clean, folder = tmp_path / "clean", tmp_path / "marked"
    clean.mkdir()
    folder.mkdir()
    right = list(read_pictures(pictures_in(deep_clip(clean, bits, (0, 0), 0))))
    found = list(read_pictures(pictures_in(deep_clip(folder, bits, mark, level, marked))))
    outside = np.zeros(right[0].shape, bool)
    outside[tuple(slice(5, 5 + side) for side in mark)] = True
    for number, (image, wanted) in enumerate(zip(found, right, strict=True)):
        assert np.array_equal(image[~outside], wanted[~outside])
        assert (image[outside] == (255 if number < marked else wanted[outside])).all()
    said = capsys.readouterr().err
    assert f"all but {marked * outside.sum():,} of 49,152 pixels lie below {1 << bits}; {bits} bits are taken" in said


def test_highlights_set_the_scale(tmp_path: Path):
    """Dark pictures of 12 bits with the light of a lamp in the eye, which has a soft edge."""
    y, x = np.mgrid[:96, :128]
    glint = 4095 * np.exp(-((x - 60.3) ** 2 + (y - 40) ** 2) / 10)
    image = np.maximum(np.resize(GREY, (96, 128)).astype(float) * 3, glint).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    assert np.array_equal(read_picture(tmp_path / "a.png"), image >> 4)


def test_too_much_that_is_brighter_than_white_is_refused(tmp_path: Path):
    deep_clip(tmp_path, 10, (20, 20), 65535, 4)
    with pytest.raises(InputError, match=r"3 % of the pixels lie above 1024.*which level is white cannot be told"):
        list(read_pictures(pictures_in(tmp_path)))


def test_a_mark_does_not_hide_that_nothing_is_seen(tmp_path: Path):
    for number in range(2):
        image = GREY >> 6
        image[5, 5:7] = 255 * number
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    with pytest.raises(InputError, match="uses 4 of 256 levels"):
        list(read_pictures(pictures_in(tmp_path)))


def test_a_folder_of_8_and_16_bits_is_refused(tmp_path: Path):
    for number, depth in enumerate((np.uint8, np.uint8, np.uint16)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), GREY.astype(depth))
    with pytest.raises(InputError, match=r"2\.png: one of it and 0\.png has 8 bits, the other 16"):
        list(read_pictures(pictures_in(tmp_path)))
    (tmp_path / "0.png").replace(tmp_path / "3.png")
    (tmp_path / "2.png").replace(tmp_path / "0.png")
    with pytest.raises(InputError, match="have no scale in common"):
        list(read_pictures(pictures_in(tmp_path)))


def test_a_dark_picture_is_read_if_others_of_its_clip_are_not_dark(tmp_path: Path):
    for number, frame in enumerate((GREY >> 6, GREY)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), frame)
    assert np.array_equal(next(read_pictures(pictures_in(tmp_path))), GREY >> 6)
    (tmp_path / "1.png").unlink()
    with pytest.raises(InputError, match="uses 4 of 256 levels"):
        list(open_frames(tmp_path))


def test_a_frame_of_16_bits_that_comes_alone_is_refused():
    content = cv2.imencode(".png", GREY.astype(np.uint16) << 2)[1].tobytes()
    with pytest.raises(InputError, match="does not tell by itself how many of them are used"):
        decode_picture(content, PATH)


@pytest.mark.parametrize("suffix", OTHER_PICTURES)
def test_a_picture_of_another_type_among_others_is_named(suffix: str, tmp_path: Path):
    for name in ("1.png", f"2{suffix.upper()}", "3.png"):
        cv2.imwrite(str(tmp_path / "1.png"), GREY)
        (tmp_path / name).write_bytes((tmp_path / "1.png").read_bytes())
    with pytest.raises(InputError, match=f"2{suffix.upper()}: a picture of a type that is not read"):
        open_frames(tmp_path)


def test_what_is_no_picture_of_a_clip_is_left_out(tmp_path: Path):
    for name in ("2.tif", "10.png", "1.JPG"):
        cv2.imwrite(str(tmp_path / name), GREY)
    for name in (".hidden.png", "._1.png", "Thumbs.db", "desktop.ini", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "more").mkdir()
    assert [path.name for path in pictures_in(tmp_path)] == ["1.JPG", "2.tif", "10.png"]
    (tmp_path / "3.png").mkdir()  # whatever is called a picture has to be one
    with pytest.raises(InputError, match=r"3\.png"):
        list(read_pictures(pictures_in(tmp_path)))


@pytest.mark.parametrize(
    ("tag", "value", "words"),
    [
        (256, 1 << 30, "pixels can be read"),
        (257, 1 << 31, "pixels can be read"),
        (279, 1 << 31, "cut short"),
        (273, 1 << 31, "cut short"),
    ],
)
def test_a_tiff_whose_header_asks_for_too_much_is_refused(tag: int, value: int, words: str):
    content = tagged(saved(Image.fromarray(GREY), "TIFF"), tag, value)
    with pytest.raises(InputError, match=words):
        decode_picture(content, PATH)


def coded(kind: str, width: int, height: int, *options: int) -> bytes:
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(kind, image, list(options))[1].tobytes()


@pytest.mark.parametrize(
    "options", [(".jpg",), (".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (".png",), (".bmp",), (".tiff",)]
)
def test_the_size_of_a_picture_is_read_from_its_header(options: tuple):
    content = coded(options[0], 37, 21, *options[1:])
    header = read_header(content)
    assert header is not None
    assert (header.width, header.height) == (37, 21)
    assert decode_picture(content, PATH).shape == (21, 37)


def test_a_part_of_a_png_that_is_longer_than_the_file_is_refused():
    content = bytearray(coded(".png", 16, 16))
    at = content.index(b"IDAT") - 4
    content[at : at + 4] = struct.pack(">I", 4_000_000_000)  # 4 GB, if OpenCV is asked
    with pytest.raises(InputError, match="not a readable image"):
        decode_picture(bytes(content), PATH)


@given(st.binary(max_size=40), st.sampled_from([b"", b"BM", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*"]))
def test_no_header_is_too_short(content: bytes, begin: bytes):
    header = read_header(begin + content)
    assert header is None or header.width >= 0 or header.refused or begin == b"BM"


def huge_png() -> bytes:
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
    for kind in (".webp", ".ppm", ".hdr"):
        with pytest.raises(InputError, match="not a readable image"):
            decode_picture(coded(kind, 8, 8), PATH)
