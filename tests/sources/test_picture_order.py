"""Names in the order of time, whatever their numbers look like, and names whose order is refused."""

import random
from pathlib import Path

import pytest

from eyeprentice.sources.frames import open_frames
from eyeprentice.sources.name_remarks import tell_of_names
from eyeprentice.sources.picture_order import in_order, times_in_names
from eyeprentice.words.errors import InputError

CLEAR = [
    "00001 00002 00010",
    "9 10 100",
    "998 1001",
    "img9 img10",
    "a1b2 a1b10",
    "cam1_0009 cam1_0010 cam2_0001",
    "frame-1 frame-2 frame-10",
    "-1.5 -0.5 0.5",
    "\N{MINUS SIGN}1.5 0.5",
    "-10.5s -9.5s 3.5s",
    "t-1.5 t-0.5 t0.0 t0.5",
    "x_-2 x_-1 x_0 x_10",
    "+0.5 +1.5",
    "0.0 0.033 0.067 0.1 0.133",
    "0,0 0,033 0,067 0,1",
    "0.0 0.25 0.5 0.75 1.0",
    "0 0.5 1 1.5",
    "0.99 1 1.01",
    "1.875 2 2.125 2.250",
    "1,999 9,999 10,000",
    "1.2 1.2.1 1.10",
    "9.95 10.0 10.05",
    "t=0.9 t=1.0 t=1.05 t=1.1 t=1.15",
    "t=1e-3 t=2e-3 t=1e-2",
    "1e-05 0.001 0.5",
    "1.8 1.9 1.10 1.11",
    "0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 0.10",
    "shot1.9998 shot1.9999 shot1.10000",
    "1.2.9 1.2.10",
    "2024-01-02_9.5 2024-01-02_10.5",
    "2024-01-02_10.11.12.5 2024-01-02_10.11.13.25",
    "\N{ARABIC-INDIC DIGIT NINE} \N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT ZERO}",
    "08 09 0a 0b 10",
    "frame frame1 frame2 frame10",
    "IMG IMG(1) IMG(2) IMG(10)",
    "1e3 2e3 3e3",
    "s1e3 s1e4 s2e3",
    "09-01-2024_12-00-00 10-01-2024_12-00-00 11-01-2024_11-00-00",
    "2024-01-31_23-59-59 2024-02-01_00-00-00",
    "20240131 20240201",
    "12-59-59 13-00-00",
    "192-01-2024 193-01-2024",
]
DOUBTFUL = {
    "0.1 0.10 0.2": "0.1 and 0.10 may be one number or two",
    "0.25 0.5 0.75": "may be a fraction or a number",
    "1.8 1.9 1.11 1.12": "may be a fraction or a number",
    "1.2.25 1.2.3 1.2.5": "may be a fraction or a number",
    "t0_0 t0_033 t0_1": "filled up with zeros, others are not",
    "-1 -2 -10": "hyphens may be signs",
    "998 999 1,000 1,001": "1,000 may be a thousand or a decimal",
    "999,999 1,000,000": "1,000 may be a thousand or a decimal",
    "8 9 a b 10": "hexadecimal",
    "a1e-3 a1e-10": "exponents",
    "1e3 2e3 1e4": "1e4 and 2e3 may be numbers with exponents",
    "1.5e3 2e3 1e4": "1e4 and 1.5e3 may be numbers with exponents",
    "t=1e3 t=2e3 t=1e4": "t=1e4 and t=2e3 may be",
    "1e3s 2E3s 1e4s": "may be numbers with exponents",
    "1e+99999999999 2e+3": "exponents",
    "09-01-2024 10-01-2024 01-02-2024": "01-02-2024.png comes before 09-01-2024.png, but by their dates it comes after",
    "09.01.2024 10.01.2024 01.02.2024": "by their dates",
    "09012024 10012024 01022024": "01022024.png comes before 09012024.png, but by their dates",
    "9_1_24 10_1_24 1_2_24": "by their dates",
    "12-31-2023 01-01-2024": "by their dates",
    "cam_31-12-2023T23-59-59.9 cam_01-01-2024T00-00-00.1": "by their dates",
    "23-59-59_31-12-2023 00-00-00_01-01-2024": "by their dates",
    "12-59-59_PM 01-00-00_PM": "by their times of day",
    "23-59-59 00-00-00": "00-00-00.png comes before 23-59-59.png, but it comes after, if midnight is between",
}
TWICE = ["1 01 2", "0.5 00.5 1.0", "IMG_1 img_1", "x-0 x0"]


def paths(names: str) -> list[Path]:
    """In some order that is not theirs."""
    found = [Path("folder") / f"{name}.png" for name in names.split()]
    random.Random(1).shuffle(found)
    return found


@pytest.mark.parametrize("names", CLEAR)
def test_pictures_are_in_the_order_of_their_numbers(names: str):
    for _ in range(3):
        assert [path.stem for path in in_order(Path("folder"), paths(names))] == names.split()


@pytest.mark.parametrize(("names", "words"), DOUBTFUL.items())
def test_names_that_can_be_read_in_two_orders_are_refused(names: str, words: str):
    with pytest.raises(InputError, match=f"folder: the order of its pictures is not clear: .*{words}"):
        in_order(Path("folder"), paths(names))


@pytest.mark.parametrize("names", TWICE)
def test_two_names_of_one_place_are_refused(names: str):
    with pytest.raises(InputError, match="has the same place in the order as"):
        in_order(Path("folder"), paths(names))


def test_two_types_of_one_number_are_refused():
    with pytest.raises(InputError, match=r"1\.png: has the same place in the order as 1\.jpg"):
        in_order(Path("folder"), [Path("folder/1.png"), Path("folder/1.jpg"), Path("folder/2.jpg")])


@pytest.mark.parametrize(
    ("names", "seconds"),
    [
        ("0.0 0.033 0.067 0.1", (0, 0.033, 0.067, 0.1)),
        ("t=-0.5 t=-0.25 t=0.0 t=0.25", (0, 0.25, 0.5, 0.75)),
        ("time_10.9s time_11.0s time_11.1s", (0, 0.1, 0.2)),
        ("0,5 1,0 1,5", (0, 0.5, 1)),
        ("1.01 1.02 1.03", None),  # may be pictures 1 to 3 of clip 1
        ("shot1.5 shot2.0 shot2.5", None),
        ("0 33 67 100", None),
        ("1.5ms 2.0ms 2.5ms", None),
        ("0.5 1.0", None),
        ("100.5 200.0 300.5", None),
        ("a0.1 b0.2 c0.3", None),
        ("1.2.1 1.2.2 1.2.3", None),
    ],
)
def test_times_are_read_where_names_tell_them_beyond_doubt(names: str, seconds: tuple | None):
    times = times_in_names(in_order(Path("folder"), paths(names)))
    assert times == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("2024-01-01T00-00-10.000 2024-01-01T00-00-10.500 2024-01-01T00-00-11.000", "about 2 a second;"),
        ("2024-01-31T23:59:59Z 2024-02-01T00:00:00Z 2024-02-01T00:00:01Z", "about 1 a second;"),
        ("20240101_120010 20240101_120011 20240101_120012", "about 1 a second;"),
        ("IMG_20240101120010000 IMG_20240101120010040 IMG_20240101120010080", "about 25 a second;"),
        ("20240101_120010_123 20240101_120010_156 20240101_120010_190", "about 30 a second;"),
        ("240101_115959 240101_120000 240101_120001", "about 1 a second;"),
        ("31.12.2023_10.00.00 31.12.2023_10.00.05 31.12.2023_10.00.10", "about 0.2 a second;"),
        ("12-59-59 13-00-00 13-00-01", "about 1 a second;"),
        ("12h59m59s 13h00m00s 13h00m01s", "about 1 a second;"),
        ("frame7_12:00:00.50 frame8_12:00:00.75 frame9_12:00:01.00", "about 4 a second;"),
        ("1m59s 2m0s 2m1s", "about 1 a second;"),
        ("frame3_1700000000_300000000 frame4_1700000000_800000000 frame5_1700000001_300000000", "about 2 a second;"),
        ("1700000000_900000000 1700000001_5000000 1700000001_100000000", "about 10 a second;"),
        ("1700000000 1700000001 1700000002", "about 1 a second;"),
        ("f_1700000000.5 f_1700000001.0 f_1700000001.5", "about 2 a second if they are seconds"),
        ("f0001_0 f0002_33 f0003_67", "about 30 a second if they are ms"),
        ("f0001_0.9 f0002_1.0 f0003_1.1", "about 10 a second if they are seconds"),
        ("shot0.000 shot0.040 shot0.080", "about 25 a second if they are seconds"),
        ("0ms 4ms 8ms", "about 250 a second;"),
        ("1s 2s 3s", "about 1 a second;"),
        ("0.0 0.04 0.08", "about 25 a second"),
        ("f0 f33333 f66667", "about 30 a second if they are µs"),
        ("1000 1008 1017 1025", "about 125 a second if they are ms"),
        ("1700000000000000000 1700000000033000000 1700000000066000000", "about 30 a second if they are ns"),
    ],
)
def test_names_that_look_like_times_are_pointed_out(names: str, words: str, capsys: pytest.CaptureFixture):
    files = in_order(Path("folder"), paths(names))
    tell_of_names(Path(names), files, None)
    assert words in capsys.readouterr().err
    tell_of_names(Path(names), files, 25.0)
    tell_of_names(Path("counted"), in_order(Path("folder"), paths("1 2 3 4")), None)
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("f1 f2 f3 f5 f6 f9", "leave out 3; the pictures are read evenly all the same"),
        ("cam1_1 cam1_2 cam2_1 cam2_2", "tell 2 series of the same numbers; they are read one after the other"),
        ("s1_1 s1_2 s2_3 s2_4", None),
        ("10 11 12", None),
        ("0", None),
    ],
)
def test_numbers_that_are_left_out_and_series_are_pointed_out(
    names: str, words: str | None, capsys: pytest.CaptureFixture
):
    tell_of_names(Path(names), in_order(Path("folder"), paths(names)), None)
    said = capsys.readouterr().err
    assert words in said if words else not said


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("t=0 t=5e-2 t=0.1 t=1.5e-1", "about 20 a second if they are seconds"),
        ("2024-01-01_11-59-59_am 2024-01-01_12-00-00_pm 2024-01-01_12-00-01_pm", "about 1 a second;"),
    ],
)
def test_times_in_names_of_several_forms_are_pointed_out_too(names: str, words: str, capsys: pytest.CaptureFixture):
    files = in_order(Path("folder"), paths(names))
    assert [file.stem for file in files] == names.split()
    tell_of_names(Path(names), files, None)
    said = capsys.readouterr().err
    assert words in said
    assert "have 2 forms" in said or "have 3 forms" in said


def test_names_of_several_forms_are_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture):
    for name in ("start_1", "start_2", "end_1"):
        (tmp_path / f"{name}.png").write_bytes(b"")
    open_frames(tmp_path)
    assert f"{tmp_path}: the names of its pictures have 2 forms (end_#, start_#)" in capsys.readouterr().err
