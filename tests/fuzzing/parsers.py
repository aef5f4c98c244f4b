"""Every parser of ours: what it is fed with, intact, and how it is called."""

import argparse
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyeprentice.words.errors import InputError
from tests.fuzzing import faces, runs
from tests.fuzzing.spoken import (
    CONVERSATION_TOKENS,
    read_conversation,
    read_message,
    write_conversations,
    write_messages,
)


@dataclass(frozen=True)
class Parser:
    """A way in for files."""

    prepare: Callable[[Path], list[Path]]
    """Fills a folder with intact files, and tells which of them are to be replaced by mutated ones."""
    read: Callable[[Path, Path], Any]
    """Reads what the folder holds, given also the path of the file that was replaced."""
    tokens: tuple[bytes, ...] = ()
    """What means something in this format."""


def _recordings(*names: str) -> Callable[[Path], list[Path]]:
    def prepare(folder: Path) -> list[Path]:
        from tests.sources.events.recordings import WRITERS, random_events

        for name in names:
            WRITERS[name](folder / name, random_events(300))
        return [folder / name for name in names]

    return prepare


def _write_layouts(folder: Path) -> list[Path]:
    """One file of each layout of HDF5 and NPZ, and of each meaning of numbers."""
    from tests.sources.events.formats import CASES

    cases = [case for case in CASES if case.table in ("HDF5", "NPZ", "numbers")]
    paths = [folder / f"{number}-{case.name}" for number, case in enumerate(cases)]
    for case, path in zip(cases, paths, strict=True):
        case.write(path)
    return paths


def _read_recording(_: Path, path: Path) -> None:
    from eyeprentice.sources.events.recording import open_recording, summarise

    summarise(open_recording(path))


def _write_pictures(folder: Path) -> list[Path]:
    import cv2
    import numpy as np

    image = np.random.default_rng(0).integers(0, 255, (24, 32), np.uint8)
    options = {
        "a.jpg": [],
        "progressive.jpg": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
        "a.png": [],
        "a.bmp": [],
        "a.tiff": [],
    }
    for name, chosen in options.items():
        cv2.imwrite(str(folder / name), image, chosen)
    return [folder / name for name in options]


def _read_picture(_: Path, path: Path) -> None:
    from eyeprentice.sources.pictures import read_picture

    assert read_picture(path).ndim == 2


def _inspect(_: Path, path: Path) -> None:
    from eyeprentice.app.commands.inspect import inspect

    inspect(path, json=True)


def _write_videos(folder: Path) -> list[Path]:
    import cv2
    import numpy as np

    for name, codec in (("a.mp4", "mp4v"), ("a.avi", "MJPG")):
        writer = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*codec), 25, (48, 32))
        for level in range(6):
            writer.write(np.full((32, 48, 3), 40 * level, np.uint8))
        writer.release()
    return [folder / "a.mp4", folder / "a.avi"]


def _read_frames(_: Path, path: Path) -> None:
    from eyeprentice.sources.frames import open_frames

    for number, (_t_us, image) in enumerate(open_frames(path)):
        assert image.ndim == 2
        if number == 200:  # repeated headers make many frames
            break


def write_dataset(folder: Path) -> None:
    """Four sequences of three frames with events and action units, half of them for testing."""
    import numpy as np

    from eyeprentice.data.layout import Annotation, SequenceName, write_annotations, write_images, write_units

    rng, annotations = np.random.default_rng(0), {}
    for number, emotion in enumerate(("angry", "fear", "neutral", "sadness")):
        name = SequenceName(number + 1, f"{number:03d}", "man", 24, "Master", "normal", emotion, 3, 0)
        write_images(folder, "frame", name, rng.integers(0, 255, (3, 20, 20), np.uint8))
        write_images(folder, "event", name, rng.choice(np.array([0, 127, 127, 127, 255], np.uint8), (3, 20, 20)))
        write_units(folder, name, rng.random((3, 2)), ["AU1", "AU2"])
        annotations[str(name)] = Annotation("testing" if number % 2 else "training", emotion, (0, 2))
    write_annotations(folder, annotations)


def _write_dataset(folder: Path) -> list[Path]:
    from eyeprentice.data.dataset import open_dataset

    write_dataset(folder)
    open_dataset(folder, 16, True)
    kinds = ("frame/*/*/00000.jpg", "event/*/*/00000.png", "unit/*/*.csv")
    one_of_each = [next(folder.glob(kind)) for kind in kinds]
    return [folder / "emotion.json", *one_of_each, *sorted((folder / ".eyeprentice").iterdir())]


def _read_dataset(folder: Path, _: Path) -> None:
    import shutil

    from eyeprentice.data.dataset import open_dataset

    kept = {path: path.read_bytes() for path in (folder / ".eyeprentice").iterdir()}
    try:
        dataset = open_dataset(folder, 16, True)
        assert len(dataset.frames) == int(dataset.lengths.sum())
        int(dataset.frames.sum())
    finally:
        shutil.rmtree(folder / ".eyeprentice")
        (folder / ".eyeprentice").mkdir()
        for path, content in kept.items():
            path.write_bytes(content)


def _write_checked(folder: Path) -> list[Path]:
    write_dataset(folder)
    return [folder / "emotion.json", next(folder.glob("frame/*/*/00000.jpg")), next(folder.glob("unit/*/*.csv"))]


def _check(folder: Path, _: Path) -> None:
    from eyeprentice.app.commands.check import check

    check(folder)


def _write_text(name: str, *lines: str) -> Callable[[Path], list[Path]]:
    def prepare(folder: Path) -> list[Path]:
        (folder / name).write_text("\n".join(lines) + "\n")
        return [folder / name]

    return prepare


def _read_annotations(folder: Path, _: Path) -> None:
    from eyeprentice.data.layout import read_annotations

    read_annotations(folder)


def _score(folder: Path, _: Path) -> None:
    from eyeprentice.judging.predictions import read_predictions
    from eyeprentice.judging.scoring import score_predictions

    json.dumps(score_predictions(read_predictions(folder)).to_json("fuzzed"), allow_nan=False)


def _read_units(_: Path, path: Path) -> None:
    from eyeprentice.data.layout import read_units

    read_units(path)


def _read_scheduler(_: Path, path: Path) -> None:
    from eyeprentice.files.cluster import address_of

    address_of(str(path))


def _read_split(_: Path, path: Path) -> None:
    from eyeprentice.data.layout import SequenceName
    from eyeprentice.data.splits import read_split

    read_split(path, [SequenceName.parse(NAME)])


def _read_table(_: Path, path: Path) -> None:
    from eyeprentice.data.importing.table import read_table

    read_table(path)


def _parse_options(_: Path, path: Path) -> None:
    from eyeprentice.app.commands.synth import synth
    from eyeprentice.app.options import parse

    try:
        parse(synth, ["out", "--config", str(path)])
    except argparse.ArgumentError as error:  # the command line makes one line of it
        raise InputError(path, str(error), "see --help") from None


def _read_plan(folder: Path, path: Path) -> None:
    from eyeprentice.studies.benchmark.job import tasks_of
    from eyeprentice.studies.benchmark.plan import read_plan

    runs = folder / "runs"
    for task in tasks_of(read_plan(path), {"d": folder}, runs, 1, 1, "cpu")[:100]:
        assert task.run.resolve().parent.parent == runs.resolve()


def _write_run(folder: Path) -> list[Path]:
    import torch

    from eyeprentice.learning.runs import Record, save_state, save_weights
    from eyeprentice.learning.runs.record import write_config
    from eyeprentice.models import build_model
    from eyeprentice.words.recipe import Recipe

    options = {"channels": (2, 3), "stride": 2, "kernel": 3, "cells": 1}
    model = build_model("student", options)
    write_config(folder, Recipe(options={**options, "channels": [2, 3]}, size=16), Record("0123"))
    save_weights(folder, model)
    optimizer = torch.optim.AdamW(model.parameters())
    sum(parameter.sum() for parameter in model.parameters()).backward()
    optimizer.step()
    save_state(folder, model, optimizer, [{"loss": 1.0, "training": 50.0, "validation": 50.0, "learning_rate": 0.1}])
    return [folder / "config.json", folder / "weights.safetensors", folder / "state.safetensors"]


def _read_run(folder: Path, path: Path) -> None:
    import torch

    from eyeprentice.data.clips import Clip
    from eyeprentice.learning.runs import load_model, load_state
    from eyeprentice.learning.runs.checkpoint import weights_digest
    from eyeprentice.models import build_model

    weights_digest(folder)
    if path.name == "state.safetensors":
        model = build_model("student", {"channels": (2, 3), "stride": 2, "kernel": 3, "cells": 1})
        load_state(folder, model, torch.optim.AdamW(model.parameters()))
        return
    model, config = load_model(folder)
    if config.size <= 32 and config.model == "student":
        model(Clip(torch.zeros(1, 1, 1, config.size, config.size), None))


def _write_model(folder: Path) -> list[Path]:
    import shutil

    from eyeprentice.files.seal import LENGTH
    from eyeprentice.runtime.model import DEFAULT
    from tests.hostile.test_model_files import write_model

    small = write_model(folder / "small.onnx", {})
    shutil.copy(DEFAULT, folder / "default.onnx")
    for path in (small, folder / "default.onnx"):
        path.write_bytes(path.read_bytes()[:-LENGTH])
    return [small, small, small, folder / "default.onnx"]


def _read_model(_: Path, path: Path) -> None:
    import numpy as np

    from eyeprentice.files.seal import sealed
    from eyeprentice.runtime import Recognizer

    path.write_bytes(sealed(path.read_bytes()))  # an attacker can seal, too
    recognizer = Recognizer(path)
    reading = recognizer.step(np.full((recognizer.model.size,) * 2, 99, np.uint8))
    assert 0 <= reading.probability <= 1


def _write_finder(folder: Path) -> list[Path]:
    from eyeprentice.eye.network import DEFAULT
    from eyeprentice.files.seal import LENGTH

    (folder / "finder.onnx").write_bytes(DEFAULT.read_bytes()[:-LENGTH])
    return [folder / "finder.onnx"]


def _read_finder(_: Path, path: Path) -> None:
    import numpy as np

    from eyeprentice.eye.looking import EyeFinder
    from eyeprentice.eye.network import open_network
    from eyeprentice.files.seal import sealed

    path.write_bytes(sealed(path.read_bytes()))
    finder = EyeFinder(open_network(path))
    frame = np.random.default_rng(0).integers(0, 255, (48, 64)).astype(np.uint8)
    for eye in [*finder.search(frame), *finder.look_around(frame, 20.0, 20.0, 20.0)]:
        assert eye.probability >= 0


def _read_eyes(_: Path, path: Path) -> None:
    from eyeprentice.finder.portraits import read_eyes

    read_eyes(path)


def _read_representation(folder: Path, _: Path) -> None:
    from eyeprentice.data.layout import read_representation

    read_representation(folder)


def _read_names(_: Path, path: Path) -> None:
    from eyeprentice.data.layout import SequenceName
    from eyeprentice.eye.region import Region
    from eyeprentice.words.recipe import Recipe
    from eyeprentice.words.schema import checked, in_file

    text = path.read_bytes().decode("utf-8", "replace")

    def parse_settings(word: str) -> None:
        checked(Recipe, {"sampling": word, "split": word}, in_file(path))

    for parse, part in zip((SequenceName.parse, parse_settings, Region.parse), text.split("\n"), strict=False):
        with suppress(InputError):
            assert "/" not in str(parse(part))


def _read_template(_: Path, path: Path) -> None:
    from eyeprentice.synth.cast.landmarks import read_template

    read_template(path, 1350, 1350)


def _read_about(_: Path, path: Path) -> None:
    from eyeprentice.synth.cast.make import read_about

    read_about([path])


def _write_ledger(folder: Path) -> list[Path]:
    from eyeprentice.data.importing.labels import Label, Source
    from eyeprentice.data.importing.ledger import ImportOutcome, number_sources, open_ledger, write_entry
    from eyeprentice.data.layout import SequenceName

    open_ledger(folder)
    source = Source(Path("a.mp4"), Label("angry"))
    number_sources([source], folder)
    write_entry(folder, source, "0123", ImportOutcome("a.mp4", NAME, None))
    (folder / "frame" / "angry" / str(SequenceName.parse(NAME))).mkdir(parents=True)
    return sorted((folder / ".eyeprentice" / "imported").iterdir())


def _read_ledger(folder: Path, _: Path) -> None:
    from eyeprentice.data.importing.labels import Label, Source
    from eyeprentice.data.importing.ledger import imported, number_sources, read_entry

    source = Source(Path("a.mp4"), Label("angry"))
    imported(folder)
    read_entry(folder, source)
    number_sources([source], folder)


JSON_TOKENS = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"[" * 2000, b'{"a":' * 500, b"null", b"[]", b"{}", b'""', b"true",
    b'"../../x"', b'"/etc/passwd"', b"\xed\xa0\x80", b'"\\u0000"', b'"\\ud800"', b"-1", b"0.5", b"1e308", b",", b":",
)  # fmt: skip
YAML_TOKENS = (
    b"&a [1]", b"*a", b"[" * 60, b"{a: ", b"!!python/name:os.system ", b"!!binary ", b"2001-99-99", b"0x" + b"f" * 400,
    b"? ", b"- ", b": ", b".nan", b"<<: ", b"1_0", b"null", b"%YAML 9.9\n", b"---\n", b"|2\n", b"\t",
)  # fmt: skip
PLAN_TOKENS = (
    *YAML_TOKENS, b"width: 1.0e+5", b"cells: 100000", b"kernel: 9001", b"..", b"a/b", b"CON", b'"\\ud800"', b'"a\\0"',
    b"1:30", b".inf", b"-1", b"[[]]", b"size: 4096", b"sampling: E1000-S0", b"sweep: {a: [1, 2]}", b"'[[[['", b"emo",
)  # fmt: skip
NAME = "1_001_man_24_Master_normal_angry_45_take000"
ANNOTATIONS = json.dumps(
    {
        "labels": ["angry"],
        "database": {NAME: {"subset": "training", "annotations": {"label": "angry", "segment": [0, 44]}}},
    }
)
PREDICTIONS = json.dumps({"results": {NAME: [{"label": "angry", "score": 0.75}]}})
SCHEDULER = json.dumps({"type": "Scheduler", "id": "Scheduler-1", "address": "tcp://127.0.0.1:8786", "workers": {}})
SPLIT = json.dumps({"training": [NAME], "validation": [], "testing": []})
TABLE = ("file,emotion,subject,lighting,sex,age,subset", "a.mp4,angry,s1,normal,man,24,training", '"b.mp4",fear,,,,,')
OPTIONS = ("sequences: 4", "subjects: 2", "variety: wild", "size: 32", "seed: 7", "jobs: null", "out: data")
PLAN = (
    "seeds: [0, 1]", "controls: [last]", "compare: [[b, student]]", "training: {epochs: 4, seed: 1}", "sampling: E4-S3",
    "entries:", "  student: {options: {width: 0.25, channels: [8, 8], cells: 1}}", "  a: {model: teacher, size: 48}",
    "  b: {model: student, teacher: a, objective: {terms: [hckd, kd], weights: {kd: 0.5}}}",
    "  c: {model: emo, sweep: {training.epochs: [1, 2], options.width: [0.5]}}",
)  # fmt: skip
TEMPLATE = tuple(f"{100 + 5 * place}.5\t{200 + 3 * place}" for place in range(189))
RAW_TOKENS = (
    b"% format EVT21", b"% geometry 9x9\n", b"% evt 2.0\n", b"% evt 3.0\n", b"% endianness big\n", b"% system_ID 49\n",
    b"% endianness legacy\n", b"% end\n", b"\x00\x80", b"\xff\x8f", b"\x00\x60", b"\xff\x4f", b"\x00\x00\x00\x8f",
)  # fmt: skip
NPY_TOKENS = (b"'|O'", b"'<f8'", b"'|V1000000000'", b"(-1,)", b"(1099511627776,)", b"()", b"(5, 5)", b"'<U9'")

PARSERS: dict[str, Parser] = {
    "aedat4": Parser(_recordings("a.aedat4"), _read_recording),
    "raw": Parser(_recordings("evt2.raw", "evt21.raw", "evt3.raw"), _read_recording, RAW_TOKENS),
    "dat": Parser(_recordings("dat2.dat", "2d.dat"), _read_recording, (b"% Width 9\n", b"% Version 1\n")),
    "hdf5": Parser(_recordings("a.h5", "b.hdf5"), _read_recording),
    "npz": Parser(_recordings("a.npz", "b.npz", "stored.npz"), _read_recording, NPY_TOKENS),
    "layouts": Parser(_write_layouts, _read_recording, (*NPY_TOKENS, b"t_offset", b"timestamps", b"polarity")),
    "picture": Parser(_write_pictures, _read_picture),
    "video": Parser(_write_videos, _read_frames),
    "annotations": Parser(_write_text("emotion.json", ANNOTATIONS), _read_annotations, JSON_TOKENS),
    "representation": Parser(
        _write_text("event.json", '{"representation": "count"}'), _read_representation, JSON_TOKENS
    ),
    "dataset": Parser(_write_dataset, _read_dataset, JSON_TOKENS),
    "check": Parser(_write_checked, _check, JSON_TOKENS),
    "units": Parser(_write_text("a.csv", "AU1,AU2", "0.5,0.25", "0,1"), _read_units, (b"nan", b"inf", b",", b"\n")),
    "predictions": Parser(_write_text("test_epoch_1_1.json", PREDICTIONS), _score, JSON_TOKENS),
    "split": Parser(_write_text("split.json", SPLIT), _read_split, JSON_TOKENS),
    "scheduler": Parser(_write_text("scheduler.json", SCHEDULER), _read_scheduler, JSON_TOKENS),
    "table": Parser(_write_text("labels.csv", *TABLE), _read_table, (b'"', b",", b"\r", b"\x00", b'"' * 3)),
    "options": Parser(_write_text("a.yaml", *OPTIONS), _parse_options, YAML_TOKENS),
    "plan": Parser(_write_text("plan.yaml", *PLAN), _read_plan, PLAN_TOKENS),
    "names": Parser(_write_text("names.txt", NAME, "E4-S3", "10,20,30,40"), _read_names),
    "run": Parser(_write_run, _read_run, JSON_TOKENS),
    "model": Parser(_write_model, _read_model, (b"frame", b"logits", b"NaN", b"skip", b"999")),
    "finder": Parser(_write_finder, _read_finder, (b"frame", b"eyes", b"NaN")),
    "eyes": Parser(_write_text("eyes.csv", "file,right_x,right_y,left_x,left_y", "a.jpg,1,2,3,4"), _read_eyes, (b'"',)),
    "ledger": Parser(_write_ledger, _read_ledger, JSON_TOKENS),
    "landmarks": Parser(_write_text("a.tem", "189", *TEMPLATE), _read_template, (b"nan", b"inf", b" ")),
    "messages": Parser(write_messages, read_message, JSON_TOKENS),
    "conversation": Parser(write_conversations, read_conversation, CONVERSATION_TOKENS),
    "people": Parser(_write_text("about.csv", "face_id,face_age,face_gender", "001,24,male"), _read_about, (b'"',)),
    "cast": Parser(faces.write_cast, faces.read_cast, (*JSON_TOKENS, *faces.NAMES_TOKENS, *faces.NPY_TOKENS)),
    "face pack": Parser(faces.write_face_pack, faces.read_face_pack, faces.NPY_TOKENS),
    "face folder": Parser(faces.write_face_folder, faces.read_face_folder, faces.OBJ_TOKENS),
    "material": Parser(faces.write_material, faces.read_material, faces.NPY_TOKENS),
    "weights": Parser(faces.write_weights, faces.read_weights, (*JSON_TOKENS, b"F32", b"F8_E4M3", b"data_offsets")),
    "portraits": Parser(faces.write_portraits, faces.read_portraits, (b"nan", b"1e999", b" ", b",", b'"')),
    "neutral": Parser(faces.write_neutral, faces.read_neutral),
    "order": Parser(faces.write_order, faces.read_order),
    "run split": Parser(runs.write_split, runs.read_split, JSON_TOKENS),
    "plan record": Parser(runs.write_plan, runs.read_plan, (*JSON_TOKENS, *YAML_TOKENS)),
    "activity": Parser(runs.write_activity, runs.read_activity, JSON_TOKENS),
    "inspect": Parser(_write_pictures, _inspect),
}
