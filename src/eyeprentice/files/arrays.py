"""The one reader of files of arrays (`.npz`), each by a description of what it may hold.

An archive is read in two passes: every header is compared with the description before a byte of any array is unpacked.
NumPy would take as much memory as a header asks for, evaluate the header as Python, and unpack members of any kind.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

Kind = Literal["float", "whole", "bytes", "text"]
KINDS: dict[Kind, tuple[str, tuple[int, ...]]] = {
    "float": ("f", (2, 4, 8)),
    "whole": ("iu", (1, 2, 4, 8)),
    "bytes": ("u", (1,)),
    "text": ("U", tuple(range(1, 65))),
}
"""NumPy's letters, and bytes of a number or letters of a text. No pickles, no records."""
Arrays = dict[str, NDArray[Any]]

_END = struct.Struct("<4s4H2LH")
_ZIP64 = 20
"""Bytes of the record that points to a directory of more than 65,535 members, which stands before the last one."""
_TYPE = re.compile(r"[<>|=]?([a-zA-Z])([0-9]{1,4})")
_SHAPE = re.compile(r"\(\s*(?:([0-9]{1,12})L?\s*,\s*)*(?:[0-9]{1,12}L?)?\s*\)")
_HEADER = re.compile(
    r"\{\s*'descr':\s*'([^']{2,8})',\s*'fortran_order':\s*(True|False),\s*'shape':\s*(\([0-9L, ]{0,200}\)),?\s*\}\s*"
)
_MOST_UNPACKED = 1032
"""Bytes that a byte can stand for when it is packed by DEFLATE."""


@dataclass(frozen=True)
class Form:
    """What one array may be."""

    kind: Kind
    shape: tuple[int | str, ...]
    """Lengths of its axes. A word stands for a length that is the same wherever the word stands (`Forms.lengths`)."""
    least: float = -np.inf
    most: float = np.inf
    """Between which its numbers lie, both included."""
    unknown: bool = False
    """Whether NaN may stand for a number that nobody knows."""


@dataclass(frozen=True)
class Forms:
    """What the arrays of a file may be. Others that the file holds are not read."""

    arrays: Mapping[str, Form]
    lengths: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """The least and the most that each word of the shapes may stand for."""
    most_bytes: int = limits.ARRAYS_BYTES
    """That all arrays together may take in memory."""


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_columns: bool
    bytes: int
    """Of the header itself."""

    @property
    def content_bytes(self) -> int:
        size = self.dtype.itemsize
        for length in self.shape:
            size *= length
        return size


def read_arrays(file: BinaryIO, path: Path, forms: Forms, what: str, todo: str) -> Arrays:
    """The arrays that `forms` names, in the machine's byte order; `file` is open, and `path` is what it is called.

    Raises `InputError`, saying that it is not `what` and `todo`, unless all of them are there, are what they may be,
    and every number is finite and within its bounds.
    """
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            members = _members(archive, forms)
            headers = {name: _checked_header(archive, member) for name, member in members.items()}
            _check_shapes({name: header.shape for name, header in headers.items()}, forms)
            for name, header in headers.items():
                _check_type(name, header.dtype, forms.arrays[name].kind)
                _check_size(name, header, members[name])
            if sum(header.content_bytes for header in headers.values()) > forms.most_bytes:
                raise ValueError(f"its arrays take more than {forms.most_bytes >> 20} MB")
            arrays = {name: _content(archive, members[name], header) for name, header in headers.items()}
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(path, f"not {what} ({reason[:200]})", todo) from None
    except (struct.error, IndexError, KeyError, OverflowError):  # of zipfile, where a directory is spoilt
        raise InputError(path, f"not {what} (its directory is damaged)", todo) from None
    for name, array in arrays.items():
        if (wrong := _wrong(array, forms.arrays[name])) is not None:
            raise InputError(path, f"not {what} ('{name}' {wrong})", todo)
    return arrays


def _check_directory(file: BinaryIO) -> None:
    """Raises `ValueError` unless the file ends with the short directory of an archive, as `numpy.savez` writes it."""
    size = file.seek(0, 2)
    if size < _END.size:
        raise ValueError("no archive of arrays (.npz)")
    file.seek(-min(size, _END.size + _ZIP64), 2)
    tail = file.read(_END.size + _ZIP64)
    kind, disk, first, here, count, length, begin, comment = _END.unpack(tail[-_END.size :])
    if kind != b"PK\x05\x06" or comment or disk or first or here != count or tail.startswith(b"PK\x06\x07"):
        raise ValueError("no archive of arrays (.npz), or cut short")
    if count > limits.ARRAYS or length > limits.ARRAYS * limits.HEADER_BYTES or begin + length + _END.size != size:
        raise ValueError("its directory is not that of a few arrays")
    file.seek(0)


def _members(archive: zipfile.ZipFile, forms: Forms) -> dict[str, zipfile.ZipInfo]:
    """The members of the named arrays; raises `ValueError` if one is missing, there twice, or packed in another way."""
    infos = archive.infolist()
    if len({info.filename for info in infos}) < len(infos):
        raise ValueError("it holds two arrays of one name")
    by_name = {info.filename: info for info in infos}
    if missing := [name for name in forms.arrays if f"{name}.npy" not in by_name]:
        raise ValueError(f"it has no array '{missing[0]}'")
    members = {name: by_name[f"{name}.npy"] for name in forms.arrays}
    for name, info in members.items():
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise ValueError(f"'{name}' is packed in a way that is not read")
        if info.header_offset + info.compress_size > archive.start_dir:
            raise ValueError(f"'{name}' is longer than the file")
    return members


def _checked_header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> _Header:
    with archive.open(member) as file:
        return _read_header(file)


def _read_header(file: IO[bytes]) -> _Header:
    """The description before an array. It is matched, not evaluated: NumPy writes it in one form alone."""
    start = file.read(8)
    if start[:6] != b"\x93NUMPY" or start[6:] not in (b"\x01\x00", b"\x02\x00", b"\x03\x00"):
        raise ValueError("one of its members is not an array")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(_exactly(file, width), "little")
    if length > limits.HEADER_BYTES:
        raise ValueError("the description of an array is too long")
    match = _HEADER.fullmatch(_exactly(file, length).decode("latin-1"))
    if match is None:
        raise ValueError("the description of an array is not one of plain numbers or text")
    kind, by_columns, shape = match.groups()
    if (types := _TYPE.fullmatch(kind)) is None or types[1] not in "fiuU" or not _SHAPE.fullmatch(shape):
        raise ValueError("an array is not one of plain numbers or text")
    numbers = tuple(int(number) for number in re.findall(r"[0-9]+", shape))
    if types[1] != "U" and int(types[2]) not in (1, 2, 4, 8):
        raise ValueError(f"an array has the type {kind}, which is not read")
    dtype = np.dtype(("" if kind[0].isalpha() else kind[0].replace("|", "")) + types[1] + types[2])
    return _Header(numbers, dtype, by_columns == "True", 8 + width + length)


def _exactly(file: IO[bytes], count: int) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise EOFError("an array ends early")
    return content


def _check_type(name: str, dtype: np.dtype[Any], kind: Kind) -> None:
    letters, sizes = KINDS[kind]
    size = dtype.itemsize // 4 if kind == "text" else dtype.itemsize
    if dtype.kind not in letters or size not in sizes:
        raise ValueError(f"'{name}' holds {dtype}, not {kind}")


def _check_shapes(shapes: Mapping[str, tuple[int, ...]], forms: Forms) -> None:
    found: dict[str, int] = {}
    for name, shape in shapes.items():
        wanted = forms.arrays[name].shape
        if len(shape) != len(wanted):
            raise ValueError(f"'{name}' has {len(shape)} axes, not {len(wanted)}")
        for length, word in zip(shape, wanted, strict=True):
            if isinstance(word, str):
                least, most = forms.lengths[word]
                if not least <= length <= most:
                    raise ValueError(f"'{name}' has {length} {word}, not {least} to {most}")
                word = found.setdefault(word, length)
            if length != word:
                raise ValueError(f"'{name}' has a length of {length} where {word} belong")


def _check_size(name: str, header: _Header, member: zipfile.ZipInfo) -> None:
    size = header.bytes + header.content_bytes
    if member.file_size != size or size > _MOST_UNPACKED * member.compress_size + limits.HEADER_BYTES:
        raise ValueError(f"'{name}' is not as long as its description says")


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, header: _Header) -> NDArray[Any]:
    flat = np.empty(header.content_bytes, np.uint8)
    with archive.open(member) as file:
        _exactly(file, header.bytes)
        done = 0
        while done < len(flat):
            part = file.read(min(1 << 20, len(flat) - done))
            if not part:
                raise EOFError("an array ends early")
            flat[done : done + len(part)] = np.frombuffer(part, np.uint8)
            done += len(part)
        if file.read(1):  # and the checksum is compared, at the end
            raise ValueError("an array is longer than its description says")
    shaped = flat.view(header.dtype).reshape(header.shape, order="F" if header.by_columns else "C")
    return shaped.astype(header.dtype.newbyteorder("="), order="C", copy=False)


def _wrong(array: NDArray[Any], form: Form) -> str | None:
    """What is wrong with the content of an array, in a few words."""
    if array.size == 0:
        return None
    if form.kind == "text":
        codes = array.reshape(-1).view(np.uint32)
        strange = (codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))
        return "holds what is not text" if strange.any() else None
    if form.kind == "float":
        infinite = np.isinf(array).any() if form.unknown else not np.isfinite(array).all()
        if infinite:
            return "holds what is not a number"
    if np.fmin.reduce(array, axis=None) < form.least or np.fmax.reduce(array, axis=None) > form.most:
        return f"holds numbers that are not from {form.least:g} to {form.most:g}"
    return None
