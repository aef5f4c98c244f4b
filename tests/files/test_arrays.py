"""Arrays are read by their description, and whatever is another file is refused before anything is unpacked."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.files.arrays import Arrays, Form, Forms, read_arrays
from eyeprentice.files.whole import open_regular
from eyeprentice.words.errors import InputError

FORMS = Forms(
    {
        "points": Form("float", ("count", 2), -100, 100),
        "names": Form("text", ("count",)),
        "age": Form("whole", (), 0, 150),
        "known": Form("float", ("count",), unknown=True),
    },
    {"count": (1, 1000)},
    1 << 20,
)
GOOD = {
    "points": np.array([[1.5, 2], [3, 4], [5, 6]], np.float32), "names": np.array(["a", "bé", "日本"]),
    "age": np.array(42), "known": np.array([np.nan, 1, 2]),
}  # fmt: skip


def read(path: Path, forms: Forms = FORMS) -> Arrays:
    with open_regular(path, "numbers") as file:
        return read_arrays(file, path, forms, "the numbers", "give others")


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def described(header: bytes, content: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H" if version[0] == 1 else "<I", len(header)) + header + content


def header(descr: str = "'<f4'", shape: str = "(3, 2)", order: str = "False") -> bytes:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()


def archive(path: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def whole() -> dict[str, bytes]:
    return {f"{name}.npy": npy(array) for name, array in GOOD.items()}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_what_numpy_wrote(tmp_path: Path, save: Callable):
    save(tmp_path / "a.npz", **GOOD, other=np.array([None, {}], object))  # what nobody asks for is not looked at
    found = read(tmp_path / "a.npz")
    assert set(found) == set(GOOD)
    for name, array in GOOD.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
        np.testing.assert_array_equal(found[name], np.load(tmp_path / "a.npz")[name])


def test_other_orders_of_bytes_and_axes_are_the_same_numbers(tmp_path: Path):
    turned = GOOD | {"points": np.asfortranarray(GOOD["points"].astype(">f8")), "age": np.array(42, ">u2")}
    np.savez(tmp_path / "a.npz", **turned)
    found = read(tmp_path / "a.npz")
    np.testing.assert_array_equal(found["points"], GOOD["points"])
    assert (found["points"].dtype, found["points"].flags.c_contiguous, int(found["age"])) == (np.float64, True, 42)
    empty = Forms({"none": Form("bytes", ("count",))}, {"count": (0, 5)})
    np.savez(tmp_path / "b.npz", none=np.empty(0, np.uint8))
    assert read(tmp_path / "b.npz", empty)["none"].shape == (0,)


@pytest.mark.parametrize(
    ("name", "wrong", "why"),
    [
        ("points", np.array([[1, 2]] * 4, np.float32), "'names' has a length of 3 where 4 belong"),
        ("points", np.zeros((3, 3), np.float32), "'points' has a length of 3 where 2 belong"),
        ("points", np.zeros(6, np.float32), "'points' has 1 axes, not 2"),
        ("points", np.zeros((2000, 2), np.float32), "'points' has 2000 count, not 1 to 1000"),
        ("points", np.zeros((3, 2), np.int32), "'points' holds int32, not float"),
        ("points", np.zeros((3, 2), bool), "not one of plain numbers or text"),
        ("points", np.zeros((3, 2), np.longdouble), "which is not read"),
        ("points", np.zeros((3, 2), np.complex64), "not one of plain numbers or text"),
        ("points", np.zeros((3, 2), "datetime64[s]"), "not one of plain numbers"),
        ("points", np.zeros((3, 2), [("t", "<f4")]), "not one of plain numbers"),
        ("points", np.array([[None] * 2] * 3), "not one of plain numbers"),
        ("points", np.full((3, 2), np.nan, np.float32), "'points' holds what is not a number"),
        ("points", np.full((3, 2), -np.inf), "'points' holds what is not a number"),
        ("points", np.full((3, 2), 100.5), "'points' holds numbers that are not from -100 to 100"),
        ("known", np.array([np.inf, 1, 2]), "'known' holds what is not a number"),
        ("age", np.array(-1), "'age' holds numbers that are not from 0 to 150"),
        ("age", np.array(2**64 - 1, np.uint64), "'age' holds numbers that are not from 0 to 150"),
        ("age", np.array(True), "not one of plain numbers or text"),
        ("names", np.array([b"a", b"b", b"c"]), "not one of plain numbers or text"),
        ("names", np.array(["a" * 65, "b", "c"]), "not text"),
        ("names", np.array([0xD800, 65, 66], np.uint32).view("<U1"), "'names' holds what is not text"),
        ("names", np.array([0x7FFFFFFF, 65, 66], np.uint32).view("<U1"), "'names' holds what is not text"),
    ],
)
def test_what_is_not_described_so_is_refused(tmp_path: Path, name: str, wrong: np.ndarray, why: str):
    np.savez(tmp_path / "a.npz", **GOOD | {name: wrong})
    with pytest.raises(InputError, match=f"^{tmp_path}/a.npz: not the numbers .*{why}.*; give others$"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x04\x00" + b"\xff" * 90,
        b"\x80\x04]\x94.",  # a pickle
        described(b"{"),
        described(b"(" * 9000),
        described(b"-" * 9000 + b"1"),
        described(b"[" * 400 + b"]" * 400),
        described(b"\xff\xfe" * 20),
        described(header(), version=b"\x02\x00")[:20],
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + header(),
        described(header(shape="(99999999999999999999,)")),
        described(header(shape="(99999999999999999999, 2)")),
        described(header(shape="(999999999999, 999999999999)")),
        described(header(shape="(-3, 2)")),
        described(header(shape="(3.0, 2)")),
        described(header(shape="(True, 2)")),
        described(header(shape="3, 2")),
        described(header(shape="()"), b"\0" * 4),
        described(header(shape=f"({'1, ' * 60})"), b"\0" * 4),
        described(header("'|O'"), b"\x80\x04K\x05." * 9),
        described(header("'<f3'"), b"\0" * 18),
        described(header("'<f0'")),
        described(header("'f'"), b"\0" * 24),
        described(header("'|V1000000000'")),
        described(header("'<U0'")),
        described(header("('<f4', (1000000,))"), b"\0" * 24),
        described(header("__import__('os').system('echo')"), b"\0" * 24),
        described(header(order="0"), b"\0" * 24),
        described(header(), b"\0" * 23),
        described(header(), b"\0" * 25),
    ],
)
def test_a_member_that_is_no_array_is_refused(tmp_path: Path, content: bytes):
    path = archive(tmp_path / "a.npz", whole() | {"points.npy": content})
    with pytest.raises(InputError, match="not the numbers ") as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("ending", ["", ".NPY", ".npy.npy", ".txt"])
def test_members_are_called_by_their_whole_names(tmp_path: Path, ending: str):
    members = whole()
    members[f"points{ending}"] = members.pop("points.npy")
    with pytest.raises(InputError, match="it has no array 'points'"):
        read(archive(tmp_path / "a.npz", members))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path):
    with zipfile.ZipFile(archive(tmp_path / "a.npz", whole()), "a") as file:
        file.writestr("points.npy", whole()["points.npy"])
    with pytest.raises(InputError, match="two arrays of one name"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_not_read(tmp_path: Path, how: int):
    with pytest.raises(InputError, match="packed in a way that is not read"):
        read(archive(tmp_path / "a.npz", whole(), how))


def changed(content: bytes, at: int, form: str, value: int) -> bytes:
    return content[:at] + struct.pack(form, value) + content[at + struct.calcsize(form) :]


@pytest.mark.parametrize(
    ("where", "at", "form", "value"),
    [
        ("end", 4, "<H", 1),  # another disk
        ("end", 8, "<H", 3),  # entries here, not as many as there are
        ("end", 10, "<H", 0xFFFF),  # as ZIP64 asks for its own directory
        ("end", 12, "<L", 0xFFFFFFFF),
        ("end", 12, "<L", 5),
        ("end", 16, "<L", 0xFFFFFFF0),
        ("end", 20, "<H", 9),  # a comment that is not there
        ("entry", 8, "<H", 1),  # encrypted
        ("entry", 10, "<H", 99),
        ("entry", 16, "<L", 1),  # a wrong checksum
        ("entry", 20, "<L", 0xFFFFFFF0),
        ("entry", 24, "<L", 0xFFFFFFF0),  # unpacked to 4 GB
        ("entry", 24, "<L", 0xFFFFFFFF),  # as ZIP64 tells it elsewhere
        ("entry", 24, "<L", 3),
        ("entry", 42, "<L", 0xFFFFFF),
    ],
)
def test_an_archive_that_lies_about_itself_is_refused(tmp_path: Path, where: str, at: int, form: str, value: int):
    path = archive(tmp_path / "a.npz", whole())
    content = path.read_bytes()
    begin = content.rindex(b"PK\x05\x06") if where == "end" else content.index(b"PK\x01\x02")
    path.write_bytes(changed(content, begin + at, form, value))
    with pytest.raises(InputError, match="not the numbers "):
        read(path)


def test_what_stands_around_an_archive_is_refused(tmp_path: Path):
    content = archive(tmp_path / "a.npz", whole()).read_bytes()
    for spoilt in (b"before" + content, content + b"behind", content[:-1], content[: len(content) // 2], content * 2):
        (tmp_path / "a.npz").write_bytes(spoilt)
        with pytest.raises(InputError, match="not the numbers "):
            read(tmp_path / "a.npz")


def test_many_members_are_not_listed(tmp_path: Path):
    with pytest.raises(InputError, match="its directory is not that of a few arrays"):
        read(archive(tmp_path / "a.npz", whole() | {f"{number}.npy": b"" for number in range(1000)}))


def test_a_bomb_takes_no_memory(tmp_path: Path):
    """600 MB of zeros in 600 KB: refused by its header, by the size of its type, and by the sum of all arrays."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = described(header("'<f8'", "(1000, 75000)"))
    packed, checksum = packing.compress(start), zlib.crc32(start)
    for _ in range(600):
        packed += packing.compress(b"\0" * 1_000_000)
        checksum = zlib.crc32(b"\0" * 1_000_000, checksum)
    packed += packing.flush()
    size = len(start) + 600_000_000
    name = b"points.npy"
    fields = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0, checksum, len(packed), size, len(name), 0)
    local = b"PK\x03\x04" + fields + name
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    body = local + packed
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), len(body), 0)
    path = tmp_path / "a.npz"
    path.write_bytes(body + entry + end)
    assert len(np.load(path).files) == 1  # it is an archive that NumPy would read
    wide = {"a": (1, 10**9), "b": (1, 10**9)}
    for forms, why in (
        (Forms({"points": Form("float", (3, 2))}), "a length of 1000 where 3"),
        (Forms({"points": Form("whole", ("a", "b"))}, wide), "holds float64, not whole"),
        (Forms({"points": Form("float", ("a", "b"))}, wide), "its arrays take more than 512 MB"),
    ):
        tracemalloc.start()
        with pytest.raises(InputError, match=why):
            read(path, forms)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20


def test_a_pipe_and_a_folder_are_no_arrays(tmp_path: Path):
    with pytest.raises(InputError, match="not a file; give numbers"):
        read(tmp_path)
