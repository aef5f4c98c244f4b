import json
import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.data.check import HINTS, KINDS, check_dataset
from eyeprentice.data.layout import SequenceName, write_units
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.words.errors import InputError


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("check") / "clean"
    write_dataset(root, plan_sequences(sequences=35, subjects=5, size=32, seed=0))
    return root


@pytest.fixture
def data(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "data"))


def annotations(root: Path) -> dict:
    return json.loads((root / "emotion.json").read_text())["database"]


def annotate(root: Path, change) -> str:
    """Changes the annotation of the third training sequence, and gives its name."""
    database = annotations(root)
    name = [text for text, entry in database.items() if entry["subset"] == "training"][2]
    renamed = change(database, name) or name
    (root / "emotion.json").write_text(json.dumps({"database": database}))
    return renamed


def folder(root: Path, modality: str = "frame", number: int = 5) -> Path:
    return sorted((root / modality).glob("*/*"))[number]


def image(root: Path, modality: str = "frame") -> Path:
    return next(folder(root, modality).glob("00003.*"))


def set_label(root: Path, label: str) -> None:
    annotate(root, lambda database, name: database[name]["annotations"].update(label=label))


def rename(root: Path, old: str, new: str) -> None:
    def change(database: dict, name: str) -> None:
        database[name.replace(old, new) if old in name else name + new] = database.pop(name)

    annotate(root, change)


def resize(path: Path) -> None:
    cv2.imwrite(str(path), cv2.resize(cv2.imread(str(path), 0), (48, 40)))


def darken(path: Path) -> None:
    """Event frames become counts of single events."""
    events = cv2.imread(str(path), 0).astype(int)
    cv2.imwrite(str(path), (127 + 16 * np.sign(events - 127)).astype(np.uint8))


def squeeze(folder: Path) -> None:
    """Frames become what is left of 10 bits where the upper 8 of 16 are kept."""
    for path in folder.iterdir():
        path.write_bytes(cv2.imencode(".png", cv2.imread(str(path), 0) >> 6)[1].tobytes())


def deepen(path: Path) -> None:
    path.write_bytes(cv2.imencode(".png", cv2.imread(str(path), 0).astype(np.uint16) << 2)[1].tobytes())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-60])


def copy_across_splits(root: Path) -> None:
    database = annotations(root)
    source = next(text for text, entry in database.items() if entry["subset"] == "training")
    name = SequenceName.parse(source)
    twin = str(SequenceName(999, "099", *(getattr(name, f) for f in ("sex", "age", "degree", "lighting", "emotion")),
                            name.length, 0))  # fmt: skip
    for modality in ("frame", "event"):
        for path in (root / modality / name.emotion / source).iterdir():
            target = root / modality / name.emotion / twin / path.name
            target.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(target), cv2.imread(str(path), 0), [cv2.IMWRITE_JPEG_QUALITY, 80])
    database[twin] = {"subset": "testing", "annotations": database[source]["annotations"]}
    (root / "emotion.json").write_text(json.dumps({"database": database}))


def take_out_surprise(root: Path) -> None:
    database = {text: entry for text, entry in annotations(root).items() if "surprise" not in text}
    (root / "emotion.json").write_text(json.dumps({"database": database}))
    for modality in ("frame", "event"):
        shutil.rmtree(root / modality / "surprise")


def write_units_of_all(root: Path) -> Path:
    """Gives the file of one sequence."""
    for text in annotations(root):
        name = SequenceName.parse(text)
        path = write_units(root, name, np.zeros((name.length, 2)), ("AU4", "AU5"))
    return path


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


NOISE = np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8)
FAULTS = {
    "no-annotations": lambda root: (root / "emotion.json").write_text("{"),
    "annotation": lambda root: annotate(root, lambda database, name: database[name]["annotations"].pop("segment")),
    "name": lambda root: rename(root, "_take", "_Take"),
    "label": lambda root: set_label(root, "bored"),
    "label-and-name": lambda root: set_label(root, "surprise"),
    "subset": lambda root: annotate(root, lambda database, name: database[name].update(subset="spare")),
    "segment": lambda root: annotate(
        root, lambda database, name: database[name]["annotations"].update(segment=[0, 500])
    ),
    "missing": lambda root: shutil.rmtree(folder(root)),
    "wrong-folder": lambda root: folder(root).rename(root / "frame" / "surprise" / folder(root).name),
    "unlisted": lambda root: annotate(root, lambda database, name: database.pop(name) and None),
    "no-counterpart": lambda root: shutil.rmtree(folder(root, "event")),
    "unequal": lambda root: max(folder(root, "event").iterdir()).unlink(),
    "representation": lambda root: (root / "event.json").write_text('{"representation": 3}'),
    "own-representation": lambda root: (root / "event.json").write_text('{"representation": "martian"}'),
    "representation, a folder": lambda root: (root / "event.json").mkdir(),
    "levels": lambda root: cv2.imwrite(str(image(root, "event")), NOISE),
    "levels, of counts": lambda root: [darken(path) for path in folder(root, "event").iterdir()],
    "units": lambda root: write_units_of_all(root).write_text("AU4\n0.5\n"),
    "units, missing": lambda root: write_units_of_all(root).unlink(),
    "units, of other names": lambda root: rewrite(write_units_of_all(root), "AU4,AU5", "AU4,AU6"),
    "length-and-name": lambda root: [max(folder(root, modality).iterdir()).unlink() for modality in ("frame", "event")],
    "gap": lambda root: image(root).unlink(),
    "empty": lambda root: image(root).write_bytes(b""),
    "unreadable": lambda root: image(root).write_bytes(b"no image"),
    "unreadable, cut": lambda root: cut(image(root)),
    "size": lambda root: resize(image(root)),
    "flat": lambda root: cv2.imwrite(str(image(root)), np.zeros((32, 32), np.uint8)),
    "few-levels": lambda root: squeeze(folder(root)),
    "unreadable, of 16 bits": lambda root: deepen(image(root)),
    "near-duplicate": copy_across_splits,
    "shared-subject": lambda root: annotate(root, lambda database, name: database[name].update(subset="testing")),
    "no-samples": take_out_surprise,
}


def test_nothing_is_found_in_a_clean_dataset(clean: Path):
    assert check_dataset(clean) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_nothing_unrelated(data: Path, fault: str):
    FAULTS[fault](data)
    kind = fault.split(",")[0]
    kinds = {finding.kind for finding in check_dataset(data)}
    follows = {  # what one fault brings about besides itself
        "no-annotations": {"unlisted"},
        "name": {"missing", "unlisted"},
        "missing": set(),
        "unlisted": set(),
        "gap": {"unequal", "length-and-name", "units"},
        "length-and-name": {"segment", "units"},
        "near-duplicate": {"units"},
    }
    assert kind in kinds
    assert kinds - {kind} <= follows.get(kind, set())


def test_every_kind_has_a_fault_planted():
    assert {fault.split(",")[0] for fault in FAULTS} == set(KINDS)


def test_many_faults_are_found_in_one_pass(data: Path):
    """Each in a sequence of its own."""
    set_label(data, "bored")
    (folder(data, number=9) / "00000.jpg").write_bytes(b"")
    cv2.imwrite(str(folder(data, number=12) / "00003.jpg"), np.zeros((32, 32), np.uint8))
    resize(folder(data, number=15) / "00003.jpg")
    found = {
        (finding.kind, finding.where.split("/")[2] if "/" in finding.where else "") for finding in check_dataset(data)
    }
    assert found == {
        ("label", ""),
        ("empty", folder(data, number=9).name),
        ("flat", folder(data, number=12).name),
        ("size", folder(data, number=15).name),
    }


def run(capsys, *arguments: str) -> tuple[int, str]:
    try:
        main(["check", *map(str, arguments)])
    except SystemExit as exit_:
        return int(exit_.code), capsys.readouterr().out
    return 0, capsys.readouterr().out


def test_the_command_prints_json_or_a_table_and_exits_with_1_where_there_is_a_fault(data: Path, clean: Path, capsys):
    assert run(capsys, clean) == (0, f"{clean}: no faults, no hints\n")
    FAULTS["flat"](data)
    code, said = run(capsys, data)
    assert (code, "1 fault, no hints" in said, "every pixel is 0" in said) == (1, True, True)
    code, said = run(capsys, data, "--json")
    where = str(image(data).relative_to(data))
    assert code == 1
    assert json.loads(said) == [{"kind": "flat", "where": where, "what": "every pixel is 0", "hint": False}]
    assert run(capsys, data, "--ignore", "[flat]")[0] == 0
    assert run(capsys, data, "--ignore", "[smell]")[0] == 2


@pytest.mark.parametrize("kind", HINTS)
def test_a_hint_is_listed_and_is_no_fault(data: Path, kind: str, capsys):
    FAULTS[kind](data)
    code, said = run(capsys, data)
    assert (code, "no faults, 1 hint" in said, kind in said) == (0, True, True)
    code, said = run(capsys, data, "--json")
    assert (code, [finding["hint"] for finding in json.loads(said)]) == (0, [True])


def test_an_import_of_one_light_is_no_fault(data: Path):
    """What `import` writes where nothing else is known."""
    text = (data / "emotion.json").read_text()
    for lighting in ("Overexposed", "Low", "HDR"):
        text = text.replace(f"_{lighting}_", "_normal_")
    (data / "emotion.json").write_text(text)
    for path in [path for path in data.glob("*/*/*") if "_normal_" not in path.name]:
        renamed = path.name
        for lighting in ("Overexposed", "Low", "HDR"):
            renamed = renamed.replace(f"_{lighting}_", "_normal_")
        path.rename(path.with_name(renamed))
    (finding,) = check_dataset(data)
    assert (finding.where, finding.what, finding.hint) == ("lighting", "no sequence of Overexposed, Low, HDR", True)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no such dataset"):
        check_dataset(tmp_path / "nowhere")


def long_sequence(root: Path, length: int) -> Path:
    """One sequence of frames of 256 x 256."""
    name = SequenceName(1, "001", "man", 20, "x", "normal", "fear", length, 0)
    folder = root / "frame" / "fear" / str(name)
    folder.mkdir(parents=True)
    picture = cv2.resize(NOISE, (256, 256))
    cv2.imwrite(str(folder / "00000.png"), picture)
    for number in range(1, length):
        (folder / f"{number:05d}.png").hardlink_to(folder / "00000.png")
    annotation = {"subset": "training", "annotations": {"label": "fear", "segment": [0, length - 1]}}
    (root / "emotion.json").write_text(json.dumps({"database": {str(name): annotation}}))
    return root


def test_a_long_sequence_is_not_held_in_memory(tmp_path: Path):
    """Of each of its images, a thumbnail is kept, of 576 bytes."""
    peaks = []
    for length in (10, 60):
        root = long_sequence(tmp_path / str(length), length)
        tracemalloc.start()
        assert {finding.kind for finding in check_dataset(root)} == {"no-samples"}
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 2 * 256 * 256


def test_copies_in_several_sequences_are_one_finding_of_each_tested_sequence(clean: Path, tmp_path: Path):
    """Not one of each pair: of a dataset of links to a few files these would be millions."""
    database = annotations(clean)
    text = next(text for text, entry in database.items() if entry["subset"] == "training")
    name = SequenceName.parse(text)
    shown = {}
    for index in range(1, 9):
        twin = str(replace(name, index=index, subject=f"{index:03d}"))
        for modality in ("frame", "event"):
            shutil.copytree(clean / modality / name.emotion / text, tmp_path / modality / name.emotion / twin)
        shown[twin] = {**database[text], "subset": "training" if index < 6 else "testing"}
    (tmp_path / "emotion.json").write_text(json.dumps({"database": shown}))
    found = [finding for finding in check_dataset(tmp_path) if finding.kind == "near-duplicate"]
    assert [finding.where for finding in found] == list(shown)[5:]
    assert {finding.what for finding in found} == {f"shows what {next(iter(shown))} shows"}
