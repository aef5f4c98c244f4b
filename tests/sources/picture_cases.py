"""Kinds of pictures, each with what becomes of it: the rows of the page of formats, and a test for each."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

GREY = cv2.normalize(
    cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (24, 32)).astype(np.uint8), (0, 0), 3),
    None, 0, 255, cv2.NORM_MINMAX,
)  # fmt: skip
COLOUR = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])  # RGB
LUMA = np.round(COLOUR @ [0.299, 0.587, 0.114]).astype(int)
PALETTE = np.array([200, 10, 100, 30])


@dataclass(frozen=True)
class Case:
    """One picture: its row in the page, its content, and the levels that are right, or the words that refuse it."""

    row: str
    content: bytes
    right: np.ndarray | str
    within: int = 1


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def coded(ending: str, image: np.ndarray, *options: int) -> bytes:
    return cv2.imencode(ending, image, list(options))[1].tobytes()


def tagged(content: bytes, tag: int, value: int) -> bytes:
    """A TIFF of Pillow with another (short) value of a tag."""
    for kind in (3, 4):
        at = content.find(struct.pack("<HHI", tag, kind, 1))
        if at >= 0:
            return content[: at + 8] + struct.pack("<I", value) + content[at + 12 :]
    raise AssertionError(f"no tag {tag}")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_chunk(png: bytes, kind: bytes, content: bytes) -> bytes:
    """A PNG with one more part behind its header."""
    return png[:33] + chunk(kind, content) + png[33:]


def turned(kind: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return saved(Image.fromarray(GREY), kind, exif=exif, **({"quality": 100} if kind == "JPEG" else {}))


TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda g: g[:, ::-1], 3: lambda g: g[::-1, ::-1], 4: lambda g: g[::-1], 5: lambda g: g.T,
    6: lambda g: np.rot90(g, -1), 7: lambda g: g[::-1, ::-1].T, 8: lambda g: np.rot90(g),
}  # fmt: skip


def cases() -> Iterator[Case]:
    grey, colour = Image.fromarray(GREY), Image.fromarray(COLOUR)
    indexed = Image.fromarray(GREY // 64).convert("P")
    indexed.putpalette([int(v) for v in np.repeat(PALETTE, 3)])
    with_alpha = colour.copy()
    with_alpha.putalpha(Image.fromarray(GREY[::-1]))
    deep = GREY.astype(np.uint16)
    yield Case("JPEG, grey or colour", coded(".jpg", GREY, cv2.IMWRITE_JPEG_QUALITY, 100), GREY, 2)
    yield Case("JPEG, grey or colour", saved(colour, "JPEG", quality=100, subsampling=0), LUMA, 4)
    yield Case("JPEG, CMYK", saved(colour.convert("CMYK"), "JPEG", quality=100), LUMA, 4)
    yield Case("PNG of 8 bits, grey or colour", saved(grey, "PNG"), GREY, 0)
    yield Case("PNG of 8 bits, grey or colour", saved(colour, "PNG"), LUMA)
    yield Case("PNG of 1, 2 or 4 bits", saved(grey.point(lambda v: 255 * (v > 127)).convert("1"), "PNG"),
               np.where(GREY > 127, 255, 0), 0)  # fmt: skip
    yield Case("PNG with a palette", saved(indexed, "PNG", bits=2), PALETTE[GREY // 64], 0)
    yield Case("PNG with an alpha channel", saved(with_alpha, "PNG"), LUMA)
    yield Case("PNG with a gamma (gAMA)", with_chunk(saved(grey, "PNG"), b"gAMA", struct.pack(">I", 100_000)), GREY, 0)
    for bits in (8, 10, 12, 14, 16):
        yield Case("PNG or TIFF of 16 bits", coded(".png", deep << bits - 8), GREY, 0)
        yield Case("PNG or TIFF of 16 bits", coded(".tiff", deep << bits - 8), GREY, 0)
    yield Case("PNG or TIFF of 16 bits", coded(".png", np.dstack([deep << 2] * 3)), GREY, 1)
    stated = with_chunk(coded(".png", (deep // 8) << 4), b"sBIT", b"\x0c")
    yield Case("PNG of 16 bits that states its bits (sBIT)", stated, GREY // 8, 0)
    yield Case("BMP", saved(grey, "BMP"), GREY, 0)
    yield Case("BMP", saved(colour, "BMP"), LUMA)
    for orientation, turn in TURNS.items():
        yield Case("JPEG, PNG or TIFF with an EXIF orientation", turned("JPEG", orientation), turn(GREY), 2)
        yield Case("JPEG, PNG or TIFF with an EXIF orientation", turned("PNG", orientation), turn(GREY), 0)
        yield Case("JPEG, PNG or TIFF with an EXIF orientation", turned("TIFF", orientation), turn(GREY), 0)
    for compression in (None, "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits"):
        yield Case("TIFF of 1 or 8 bits", saved(grey, "TIFF", compression=compression), GREY, 0)
        yield Case("TIFF of 1 or 8 bits", saved(colour, "TIFF", compression=compression), LUMA)
    yield Case("TIFF of 1 or 8 bits", tagged(saved(grey, "TIFF"), 262, 0), 255 - GREY.astype(int), 0)
    yield Case("animated PNG", with_chunk(saved(grey, "PNG"), b"acTL", struct.pack(">II", 2, 0)), "an animated picture")
    pages = saved(grey, "TIFF", save_all=True, append_images=[grey, grey])
    yield Case("TIFF of several pages", pages, "a TIFF of 3 pages")
    floats = Image.fromarray(GREY.astype(np.float32))
    yield Case("TIFF of 32 bits", saved(floats, "TIFF"), "a TIFF of 32 bits")
    yield Case("TIFF with an alpha channel, or CMYK", saved(with_alpha, "TIFF"), "a TIFF of 4 channels")
    yield Case("TIFF with an alpha channel, or CMYK", saved(colour.convert("CMYK"), "TIFF"), "a TIFF of 4 channels")
    yield Case("TIFF compressed as JPEG or fax", saved(grey, "TIFF", compression="jpeg"), "a compression that is not")
    yield Case("BigTIFF", saved(grey, "TIFF", big_tiff=True), "a BigTIFF")
    yield Case("WebP, GIF, JPEG 2000, AVIF and others", saved(grey, "WEBP"), "not a readable image")
    yield Case("WebP, GIF, JPEG 2000, AVIF and others", saved(grey, "GIF"), "not a readable image")
    yield Case("WebP, GIF, JPEG 2000, AVIF and others", saved(grey, "JPEG2000"), "not a readable image")
    offset = (deep << 2) + 32768
    yield Case("16 bits of which 8 would keep fewer than 16 levels", coded(".png", offset), "go from 32768 to 33788")
    yield Case("fewer than 5 levels, all near black", coded(".png", GREY >> 6), "uses 4 of 256 levels")
