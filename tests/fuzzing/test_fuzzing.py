"""The corpus is read or refused, and the fuzzer sees what it is there to see."""

import random
from pathlib import Path

import pytest

from tests.fuzzing import corpus, parsers, watch
from tests.fuzzing.mutate import mutate
from tests.fuzzing.parsers import Parser
from tests.fuzzing.worker import Surroundings


@pytest.mark.parametrize("parser", sorted({found.parser for found in corpus.FOUND}))
def test_what_was_ever_found_is_mended(parser: str):
    assert corpus.failures(parser) == []


def test_a_mutation_follows_from_its_number_and_changes_something():
    made = [mutate(b"abc 123 " * 50, random.Random(number)) for number in range(200)]
    assert made == [mutate(b"abc 123 " * 50, random.Random(number)) for number in range(200)]
    assert sum(content != b"abc 123 " * 50 for content in made) > 180


def test_a_traceback_is_seen_and_the_intact_file_comes_back(tmp_path: Path):
    def fail(_: Path, path: Path) -> None:
        raise KeyError(path.read_bytes())

    surroundings = Surroundings(Parser(parsers._write_text("a.txt", "whole"), fail), tmp_path)
    assert "KeyError: b'spoilt'" in str(surroundings.read(0, b"spoilt"))
    assert (tmp_path / "a.txt").read_text() == "whole\n"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the fuzzer watches by /proc")
def test_a_worker_reads_inputs_and_is_watched(tmp_path: Path):
    watched = watch.Watched("units", 0, tmp_path / "noted")
    watched.run(0.5)
    assert watched.done > 20
    assert watched.ended == []
    assert 10 << 20 < watched.peak < 1 << 30
