"""Labels from tables as spreadsheets write them, from options and from names; what is doubtful is refused."""

import re
import unicodedata
from pathlib import Path

import pytest

from eyeprentice.data.importing.label import EMOTION_WORDS, Label, check_label
from eyeprentice.data.importing.labels import find_sources
from eyeprentice.data.importing.table import COLUMNS, read_table
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

DOCS = Path(__file__).parents[3] / "docs"
PAGE = next(page for name in ("formats_pictures.part.md", "formats.md") if (page := DOCS / name).is_file())


def _table(folder: Path, content: str | bytes) -> Path:
    table = folder / "labels.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    return table


def _videos(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / "videos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder / "videos"


def _emotions(folder: Path, content: str | bytes) -> dict[str, str | None]:
    """Of each source, by the names in a folder and a table."""
    videos = folder / "videos"
    found = find_sources([videos], _table(folder, content), Label())
    return {s.path.relative_to(videos).as_posix(): s.label.emotion for s in found}


def test_labels_come_from_the_table_then_options_then_names(tmp_path: Path):
    for name in ("a/happiness_1.mp4", "a/b.mp4", "sadness/s07_x.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    table = _table(tmp_path, "file,emotion,subject,lighting,age\nb.mp4,Fear,anna,low,31\n")
    found = {s.path.name: s.label for s in find_sources([tmp_path], table, Label())}
    assert found["b.mp4"] == Label("fear", "anna", "Low", None, 31)
    assert found["happiness_1.mp4"].emotion == "happiness"
    assert found["s07_x.mp4"] == Label("sadness", "07")
    given = {s.path.name: s.label.emotion for s in find_sources([tmp_path], table, Label("angry"))}
    assert given == {"b.mp4": "fear", "happiness_1.mp4": "angry", "s07_x.mp4": "angry"}


PLAIN = "file,emotion\na.mp4,fear\nb.mp4,sadness\n"
READ = {
    "columns separated by commas": PLAIN,
    "columns separated by semicolons": PLAIN.replace(",", ";"),
    "columns separated by tabs": PLAIN.replace(",", "\t"),
    "columns separated by bars": PLAIN.replace(",", "|"),
    "a first line `sep=;`": "sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n"),
    "UTF-8 with a byte order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16 with a byte order mark": PLAIN.replace(",", "\t").encode("utf-16"),
    "capitals and blanks in the first line": PLAIN.replace("file,emotion", " File , Emotion "),
    "other names of columns": PLAIN.replace("file,emotion", "Filename,Label"),
    "more columns": "id,file,note,emotion\n1,a.mp4,x,fear\n2,b.mp4,,sadness\n",
    "empty lines and empty cells at the end": "\n" + PLAIN + "\n,\n,,,\n",
    "`\\` in paths": "file,emotion\nvideos\\a.mp4,fear\n.\\b.mp4,sadness\n",
    "usual words for emotions": "file,emotion\na.mp4,Scared\nb.mp4,sad\n",
    "one file twice with the same label": PLAIN + "videos/a.mp4,fear\n",
    "wide letters, and characters that are not seen": PLAIN.replace("sadness", "ｓａｄ").replace(
        "b.mp4", "\u200bb.mp4"
    ),
    "names in quotes": 'file,emotion\n"a.mp4",fear\n"b.mp4","sadness"\n',
}
REFUSED = {
    "a first line without the columns": ("name,feeling\na,b\n", "its first line is 'name,feeling'"),
    "no line": ("file,emotion\n", "lists no file"),
    "an empty file": ("\n\n", "is empty"),
    "a word that is no emotion": ("file,emotion\na.mp4,bored\n", "line 2: 'bored' is not an emotion; use one of angry"),
    "a word whose meaning is open (calm)": ("file,emotion\n\n\na.mp4,calm\n", "line 4: 'calm' is not an emotion"),
    "another word for a lighting": ("file,emotion,lighting\na.mp4,fear,dim\n", "'dim' is not a lighting"),
    "an age that is no number": ("file,emotion,age\na.mp4,fear,old\n", "'old' is not an age"),
    "an age above 120": ("file,emotion,age\na.mp4,fear,999\n", "line 2: 999 is not an age; write whole years, 120"),
    "an age that is not whole": ("file,emotion,age\na.mp4,fear,33.5\n", "'33.5' is not an age; write whole years"),
    "a sex that is no word": ("file,emotion,sex\na.mp4,fear,../x_y\n", "cannot be part of a sequence's name"),
    "another word for a subset": ("file,emotion,subset\na.mp4,fear,spare\n", "'spare' is not a subset"),
    "a column twice": ("file,emotion,emotion\na.mp4,fear,sad\n", "has two columns emotion, which mean the same"),
    "two names of one column": ("path,filename,emotion\na,b,sad\n", "has filename and path, which mean the same"),
    "a missing quotation mark": ('file,emotion\n"a.mp4,fear\nb.mp4",sad\n', "line 3: has a line break in a cell"),
    "a quotation mark inside": ('file,emotion\n"a.mp4"x,fear\n', "line 2: cannot be read as a table"),
    "more cells than columns": ("file,emotion\na,b.mp4,fear\n", "line 2: has 3 cells, and the first line has 2"),
    "a line without a file": ("file,emotion\n,fear\n", "line 2: names no file"),
    "a workbook (.xlsx, .ods, .xls)": (b"PK\3\4" + bytes(40), "a workbook .*; save the table as CSV in UTF-8"),
    "another kind of file (PDF, gzip)": (b"\x1f\x8b\x08" + bytes(40), "a compressed file, not a CSV file"),
    "UTF-16 without a byte order mark": (PLAIN.encode("utf-16-be"), "text in UTF-16 without a byte order mark"),
    "UTF-32": (PLAIN.encode("utf-32"), "text in UTF-32"),
    "zero bytes": ("file,emotion\na.mp4,fe\0ar\n", "it contains zero bytes"),
    "another encoding": ("file,emotion\né.mp4,fear\n".encode("cp1252"), "not text in UTF-8"),
    "one file twice with two labels": (PLAIN + "a.mp4,angry\n", "lines 2 and 4: tell different things of one source"),
    "a short and a long name of one file": (PLAIN + "videos/a.mp4,angry\n", "lines 2 and 4: tell different things"),
    "a name that fits no file": (PLAIN + "c.mp4,fear\n", "line 4: lists c.mp4, which does not exist"),
    "a name that fits several files": (PLAIN + "c/x.mp4,fear\nx.mp4,fear\n", r"line 5: x.mp4 fits 2 sources"),
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_tables_are_read_as_spreadsheets_write_them(tmp_path: Path, content: str | bytes):
    _videos(tmp_path, "a.mp4", "b.mp4")
    assert _emotions(tmp_path, content) == {"a.mp4": "fear", "b.mp4": "sadness"}


@pytest.mark.parametrize(("content", "complaint"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_table_is_refused(tmp_path: Path, content: str | bytes, complaint: str):
    videos = _videos(tmp_path, "a.mp4", "b.mp4", *(["c/x.mp4", "d/x.mp4"] if "x.mp4" in str(content) else []))
    with pytest.raises(InputError, match=complaint):
        find_sources([videos], _table(tmp_path, content), Label())


def test_the_page_of_formats_lists_these_tables_and_these_words():
    section = PAGE.read_text(encoding="utf-8").split("## Tables of labels\n")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| (.+?) \| (read|refused)", section, re.MULTILINE))
    assert told == dict.fromkeys(READ, "read") | dict.fromkeys(REFUSED, "refused")
    words = dict(re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", section, re.MULTILINE))
    assert words == {emotion: ", ".join(EMOTION_WORDS[emotion]) for emotion in EMOTIONS}
    for column, others in COLUMNS.items():
        assert all(f"`{name}`" in section for name in (column, *others))


@pytest.mark.parametrize(
    ("written", "age"), [("33.0", 33), ("33.", 33), ('"33,0"', 33), ("３３", 33), ("0", 0), ("120", 120)]
)
def test_ages_are_read_as_spreadsheets_write_them(tmp_path: Path, written: str, age: int):
    (row,) = read_table(_table(tmp_path, f"file,emotion,age,split\na.mp4,fear,{written},Ｔest\n"))
    assert (row.label.age, row.label.subset) == (age, "testing")


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_both_unicode_forms_of_a_name_are_one(tmp_path: Path, forms: tuple):
    on_disk, in_table = (unicodedata.normalize(form, "Zoë/é.mp4") for form in forms)
    _videos(tmp_path, on_disk)
    assert _emotions(tmp_path, f"file,emotion\n{in_table},fear\n") == {on_disk: "fear"}


def test_capitals_count_only_where_two_names_differ_in_nothing_else(tmp_path: Path):
    _videos(tmp_path, "A.MP4", "x/b.mp4")
    assert _emotions(tmp_path, "file,emotion\na.mp4,fear\nX/B.mp4,sad\n") == {"A.MP4": "fear", "x/b.mp4": "sadness"}
    _videos(tmp_path, "y/a.mp4")
    if len(list((tmp_path / "videos").rglob("*.[mM][pP]4"))) == 3:
        told = _emotions(tmp_path, "file,emotion\na.mp4,fear\nA.MP4,sad\nb.mp4,joy\n")
        assert told == {"A.MP4": "sadness", "y/a.mp4": "fear", "x/b.mp4": "happiness"}


def test_a_source_that_is_given_twice_is_one(tmp_path: Path):
    videos = _videos(tmp_path, "fear/a.mp4")
    assert len(find_sources([videos, videos / "fear", videos / "fear" / "a.mp4"], None, Label())) == 1


@pytest.mark.parametrize(
    ("name", "emotion"),
    [
        ("happy/1.mp4", "happiness"),
        ("ｓａｄ/1.mp4", "sadness"),
        ("HappyFace/1.mp4", "happiness"),
        ("x/s01_Scared.mp4", "fear"),
        ("x/s01happy2.mp4", "happiness"),
        ("neutraL/1.mp4", "neutral"),
        ("Anger/1.mp4", "angry"),
        ("fear/surprised_2.mp4", "surprise"),
        ("happy/happiness_1.mp4", "happiness"),
        ("unhappy/1.mp4", None),
        ("fearless/1.mp4", None),
        ("calm/1.mp4", None),
    ],
)
def test_names_tell_emotions_by_whole_words(tmp_path: Path, name: str, emotion: str | None):
    (source,) = find_sources([_videos(tmp_path, name)], None, Label())
    assert (source.label.emotion, source.doubt) == (emotion, None)


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("happy_vs_sad.mp4", "its name tells happiness and sadness"),
        ("sad/angry-or-scared/1.mp4", "its name tells angry and fear"),
        ("not_happy.mp4", "its name tells not happiness"),
    ],
)
def test_names_that_tell_two_emotions_or_negate_one_are_doubted(tmp_path: Path, name: str, doubt: str):
    videos = _videos(tmp_path, name)
    (source,) = find_sources([videos], None, Label())
    assert (source.label.emotion, source.doubt) == (None, doubt)
    (source,) = find_sources([videos], None, Label("fear"))
    assert (source.label.emotion, source.doubt) == ("fear", None)


def test_every_word_is_one_emotions_and_options_know_them_too():
    words = [word for words in EMOTION_WORDS.values() for word in words]
    assert len(words) == len(set(words))
    assert tuple(EMOTION_WORDS) == EMOTIONS
    assert check_label(Label("Surprised"), "options").emotion == "surprise"


def test_a_table_is_read_line_by_line(tmp_path: Path):
    content = "file;age;Gender;split;person;emotion\n\na b.mp4;30;woman;Train;Zoë;\n"
    (row,) = read_table(_table(tmp_path, content))
    assert (row.line, row.file) == (3, "a b.mp4")
    assert row.label == Label(None, "Zoë", None, "woman", 30, "training")
