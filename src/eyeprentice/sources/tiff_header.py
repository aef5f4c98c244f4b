"""The header of a TIFF file (TIFF 6.0). What is read is one page of grey or colour, of 1, 8 or 16 bits.

A header can point anywhere and ask for anything, so all that it points to has to lie in the file.
"""

import struct

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""How a TIFF begins; the last two are BigTIFF."""
_LENGTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of a value by the number of its type."""
_UNSIGNED = {1: "B", 3: "H", 4: "I"}
_MOST_PAGES = 10_000

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLOUR, _SAMPLES, _PLANES, _FORMAT = 256, 257, 258, 259, 262, 277, 284, 339
_TILE_SIZE, _STRIPS, _TILES = (322, 323), (273, 279), (324, 325)
_COMPRESSIONS = (1, 5, 8, 32773, 32946)
"""None, LZW, Deflate, PackBits and Deflate under its old number: those that lose nothing."""

Tags = dict[int, tuple[int, ...]]


def read_tiff(content: bytes) -> tuple[int, int, str | None]:
    """Width, height and why the file is refused, or None; raises `struct.error` where it ends too early."""
    if content[2:3] == b"+" or content[3:4] == b"+":
        return 0, 0, "a BigTIFF"
    order = "<" if content.startswith(b"II") else ">"
    (at,) = struct.unpack_from(order + "I", content, 4)
    tags, at = _read_page(content, at, order)
    pages, seen = 1, set[int]()
    while at and at not in seen and pages < _MOST_PAGES:
        seen.add(at)
        at = _next_page(content, at, order)
        pages += 1
    width, height = (_one(tags, tag, 0) for tag in (_WIDTH, _HEIGHT))
    if pages > 1:
        return width, height, f"a TIFF of {pages} pages"
    return width, height, _refusal(content, tags, width, height)


def _refusal(content: bytes, tags: Tags, width: int, height: int) -> str | None:
    """Why a page is not read."""
    samples = _one(tags, _SAMPLES, 1)
    bits = set(tags.get(_BITS, (1,)))
    if _one(tags, _COMPRESSION, 1) not in _COMPRESSIONS:
        return "a TIFF of a compression that is not read"
    if set(tags.get(_FORMAT, (1,))) != {1} or bits not in ({1}, {8}, {16}):
        return f"a TIFF of {'/'.join(map(str, sorted(bits)))} bits that are no whole levels of 1, 8 or 16 bits"
    if (samples, _one(tags, _COLOUR, -1)) not in ((1, 0), (1, 1), (1, 3), (3, 2)) or _one(tags, _PLANES, 1) != 1:
        return f"a TIFF of {samples} channels that are not read"
    if bits == {16} and _one(tags, _COLOUR, 1) in (0, 3):
        return "a TIFF of 16 bits in which 0 is not black"
    sides = [_one(tags, tag, 0) for tag in _TILE_SIZE if tag in tags]
    if any(not 0 < side <= max(width, height) + 1024 for side in sides):
        return "a TIFF of tiles larger than itself"
    for starts, lengths in (_STRIPS, _TILES):
        pairs = zip(tags.get(starts, ()), tags.get(lengths, ()), strict=False)
        if len(tags.get(starts, ())) != len(tags.get(lengths, ())) or any(a + n > len(content) for a, n in pairs):
            return "a TIFF that is cut short"
    if not {_STRIPS[0], _TILES[0]} & set(tags):
        return "a TIFF without a picture"
    return None


def _one(tags: Tags, tag: int, otherwise: int) -> int:
    return tags.get(tag, (otherwise,))[0]


def _read_page(content: bytes, at: int, order: str) -> tuple[Tags, int]:
    """The whole numbers among a page's tags, and where the next page is described; 0 for nowhere."""
    (count,) = struct.unpack_from(order + "H", content, at)
    tags: Tags = {}
    for place in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", content, place)
        length = number * _LENGTHS.get(kind, 1)
        (there,) = (place + 8,) if length <= 4 else struct.unpack_from(order + "I", content, place + 8)
        if there + length > len(content):
            raise struct.error("a tag that points out of the file")
        if kind in _UNSIGNED and number:
            tags[tag] = struct.unpack_from(f"{order}{number}{_UNSIGNED[kind]}", content, there)
    return tags, _next_page(content, at, order)


def _next_page(content: bytes, at: int, order: str) -> int:
    (count,) = struct.unpack_from(order + "H", content, at)
    return int(struct.unpack_from(order + "I", content, at + 2 + 12 * count)[0])
