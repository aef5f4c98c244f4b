"""Which addresses are opened, and that nothing secret of them is shown, by whatever command."""

import csv
import json
from pathlib import Path

import pytest

from eyeprentice.app.cli import main
from eyeprentice.sources.frames import open_frames
from eyeprentice.sources.network.address import Address, is_address
from eyeprentice.words.errors import InputError, printable, without_secrets
from tests.app.live.conftest import eye_video
from tests.sources.network.serving import http_server, whole

assert eye_video  # a fixture


def test_an_address_is_told_from_a_file():
    assert is_address("rtsp://camera/")
    assert is_address("file:///etc/hostname")
    for source in ("a.mp4", "a:b.mp4", "0", "-", "C:\\a.mp4", "concat:a.mp4|b.mp4", 0, Path("http://a")):
        assert not is_address(source)


def test_the_parts_of_an_address():
    address = Address.parse("HTTP://me:s%40cret@192.168.1.20:8080?token=1")
    assert address == Address("http://192.168.1.20:8080/?token=1", "http", "me", "s@cret", address.shown)
    assert Address.parse("rtsp://[fe80::1]:554/a").url == "rtsp://[fe80::1]:554/a"
    assert Address.parse("http://camera/a").user is None


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/hostname", "ftp://camera/a.mp4", "concat://a", "hls+http://camera/a", "crypto+file://a", "data://a",
        "tcp://127.0.0.1:1", "udp://127.0.0.1:1", "gopher://a/", "http://", "http:///a", "rtsp://:554/", "http://a:0/",
        "http://a:99999/", "http://a:b/", "http://a b/", "http://a/\n", "http://[::1/", "http://a\\b/", "http://ä/",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_before_anything_is_opened(text: str):
    with pytest.raises(InputError, match=r"are not opened|is not an address") as error:
        open_frames(text)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://me:secret@host/a", "rtsp://***@host/a"),
        ("see http://me@host/a?b=c; then", "see http://***@host/a?...; then"),
        ("https:/me:secret@host/a: no", "https:/***@host/a: no"),
        ("http://host/a@b", "http://host/a@b"),
        ("http://me:p@ss@host/", "http://***@host/"),
        ("http://me:12/34@host/", "http://***@host/"),
        ("a.mp4?b=c", "a.mp4?b=c"),
        ("ftp://me:secret@host/a?b=c", "ftp://***@host/a?..."),
    ],
)
def test_what_may_be_secret_is_left_out_of_every_message(text: str, shown: str):
    assert without_secrets(text) == printable(text) == shown


@pytest.mark.parametrize(
    "text",
    ["ftp://me:secret@host/a", "http://me:se secret@host/", "http://me:secret/a@host/", "http://me:secret?a@host/",
     "http://me:secret#a@host/", "http://me:\u00e4secret@host/", "http://me:secret\\@host/",
     "http://me:secret @host/?a=secret"],
)  # fmt: skip
def test_a_password_that_makes_an_address_none_is_not_printed(text: str):
    with pytest.raises(InputError, match=r"are not opened|is not an address") as error:
        open_frames(text)
    assert "secret" not in str(error.value)
    assert "***@host" in str(error.value)


def test_lines_tables_and_verdicts_of_an_address_hold_no_secret(
    eye_video: Path, tmp_path: Path, capsys: pytest.CaptureFixture
):
    main(["predict", str(eye_video), "--eye", "full", "--json"])
    wanted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    with http_server({"/a": whole(eye_video.read_bytes())}) as (place, _):
        address, shown = f"http://me:secret@{place}/a?key=hidden", f"http://***@{place}/a?..."
        main(["predict", address, "--eye", "full", "--json", "--csv", str(tmp_path / "a.csv")])
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [row | {"source": ""} for row in rows] == [row | {"source": ""} for row in wanted]
    assert {row["source"] for row in rows} == {shown}
    with (tmp_path / "a.csv").open() as file:
        assert {row["source"] for row in csv.DictReader(file)} == {shown}
    assert "secret" not in told.out + told.err + (tmp_path / "a.csv").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "{}", "a.mp4"],
        ["predict", "a.mp4", "--neutral", "{}"],
        ["predict", "a.mp4", "--model", "{}"],
        ["predict", "a.mp4", "--eye", "{}"],
        ["inspect", "{}"],
        ["import", "{}", "out"],
        ["check", "{}"],
        ["predict", "{}", "--{}"],
    ],
)
def test_no_command_prints_a_password_or_opens_an_address_that_is_not_its_source(
    words: list[str], eye_video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mp4").write_bytes(eye_video.read_bytes())
    with http_server({"/a": whole(b"")}) as (place, asked):
        with pytest.raises(SystemExit) as ended:
            main([word.format(f"http://me:secret@{place}/a") for word in words])
        assert asked == []
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert "secret" not in told.out + told.err
