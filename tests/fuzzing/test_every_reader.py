"""Every reader of the package is fed by a fuzzer: readers are found in the source, and fuzzers are seen to run them."""

import ast
import shutil

import pytest

from tests.fuzzing.parsers import PARSERS
from tests.fuzzing.readers import SOURCE, Calls, readers, watched
from tests.fuzzing.worker import Surroundings

OURS, WROTE, CHILD = "it is packaged with us", "this command has just written it", "our own process says it"
RESUMES = "this command resumes what it wrote into its own folder"
NO_FILE_OF_OTHERS = {
    "app/commands/benchmark.py:benchmark": WROTE,
    "app/environment.py:_installed": OURS,
    "app/environment.py:_package": OURS,
    "app/environment.py:_text": "the system's",
    "app/live/video.py:_is_whole": WROTE,
    "app/serving/app.py:build_app": OURS,
    "app/serving/app.py:describe_model": OURS,
    "app/serving/page.py:Page.__init__": OURS,
    "app/serving/page.py:Served.__post_init__": OURS,
    "deploy/nir_check.py:compare_nir": WROTE,
    "deploy/nir_check.py:write_pairs": WROTE,
    "deploy/timing.py:time_on_device": CHILD,
    "eye/upright.py:UprightNetwork.session": OURS,
    "files/sandbox.py:_Process._receive": "a decoder says it: tests/files and tests/sources feed it",
    "files/sandbox_child.py:Channel.request": CHILD,
    "files/sandbox_child.py:_limit_memory": "the system's",
    "files/scratch.py:_lives": "the system's",
    "judging/written.py:_remove_earlier": RESUMES,
    "sources/frames.py:_camera": "a camera",
    "sources/network/http.py:open_http": "a connection: tests/sources/network answers it",
    "studies/benchmark/job.py:_do": RESUMES,
    "studies/benchmark/run.py:record_plan": CHILD,
    "studies/benchmark/table.py:collect": RESUMES,
    "studies/demo.py:_begin": RESUMES,
    "studies/demo.py:demonstrate": RESUMES,
    "synth/camera.py:degrade": WROTE,
    "synth/cast/folder.py:write_person": WROTE,
    "words/extensions.py:load": "it is code, which the user asks to run",
}
"""Readers that no fuzzer runs, and why nobody else made what they read."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What runs when every fuzzer reads its intact files once."""
    found: set[str] = set()
    for name, parser in PARSERS.items():
        folder = tmp_path_factory.mktemp("intact")
        surroundings = Surroundings(parser, folder)
        with watched() as names:
            # each layout has readers of its own; of the many images of a dataset, one will do
            by = (lambda path: path) if name == "layouts" else (lambda path: (path.parent, path.suffix))
            kinds = {by(path): number for number, path in enumerate(surroundings.paths)}
            for which in kinds.values():
                assert surroundings.read(which, surroundings.intact[which]) is None, name
        found |= names
        shutil.rmtree(folder)
    return found


def test_every_reader_is_run_by_a_fuzzer(ran: set[str]):
    left = {where: calls for where, calls in readers().items() if where not in ran and where not in NO_FILE_OF_OTHERS}
    assert left == {}, (
        "add a parser for them to tests/fuzzing, or say in NO_FILE_OF_OTHERS why nobody else made the file"
    )


def test_what_is_said_of_readers_is_of_some(ran: set[str]):
    said = NO_FILE_OF_OTHERS.items()  # what is packaged may be read once more, or was read before
    assert [where for where, why in said if where not in readers() or (where in ran and why is not OURS)] == []


def test_whatever_opens_loads_or_decodes_is_seen():
    found = {where: len(calls) for where, calls in Calls(ast.parse(SAMPLE)).found.items()}
    assert found == {
        "raw": 6,
        "others": 10,
        "Kind.of.<locals>.inner": 1,
    }


def test_readers_in_the_package_are_found():
    assert len(readers()) > 60
    assert "files/whole.py:open_regular" in readers()
    assert SOURCE.is_dir()


SAMPLE = """
import json, lzma, zipfile
import cv2, h5py, numpy as np, yaml
import pandas as pd
from pathlib import Path
from safetensors.torch import load_file, save
from eyeprentice.files.whole import read_json, new_file

def raw(path):
    open(path); open(path, "rb"); path.open(); Path(path).read_bytes(); (path / "a").read_text(); json.loads(path)

def others(path):
    np.load(path), yaml.safe_load(path), h5py.File(path), zipfile.ZipFile(path), cv2.imread(path), cv2.imdecode(path, 0)
    pd.read_csv(path), load_file(path), lzma.open(path), read_json(path, "it")

def writes(path):
    open(path, "w"); path.open("wb"); save({}, path); json.dumps(path); new_file(path); np.stack([path])

class Kind:
    def of(self, path):
        def inner():
            return np.fromfile(path)
        return inner
"""
