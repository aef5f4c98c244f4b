"""What fuzzing has ever found, as changes of the intact files that the parsers are fed with."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing.parsers import PARSERS, TABLE
from tests.fuzzing.worker import Surroundings


@dataclass(frozen=True)
class Found:
    """In one of a parser's files, `old` was replaced by `new`."""

    parser: str
    file: str
    old: bytes
    new: bytes
    what: str


FOUND = (
    Found("raw", "evt3.raw", b"EVT3;", b"EVQ3\x00\x1b[2J;", "control characters of a header in the message"),
    Found("dat", "dat2.dat", b"% Version 2", b"% Version \x1b[2J", "control characters of a header in the message"),
    Found("picture", "a.png", b"\x00\x00\x03", b"\xff\x00\x03", "4 GB for a part of 400 bytes"),
    Found("dataset", "emotion.json", b'"training"', b'"tra', "a traceback of NumPy's parser of headers"),
    Found("ledger", "numbers.json", b'"subjects"', b'"subject"', "numbers without people"),
    Found("ledger", "numbers.json", b": 1", b": 1.5", "a number that is not whole"),
    Found("ledger", ".json", b'"mirrored"', b'"mirroree"', "a note with a field that is not known"),
    Found("ledger", ".json", b'"key"', b'"kez"', "a note without a key"),
    Found("model", "small.onnx", b"forgetting_hz", b"forgetting_h\xff", "metadata that are not UTF-8"),
    Found("table", "labels.csv", b",24,", b"," + b"9" * 4500 + b",", "an age of 4,500 digits"),
    Found(
        "table", "labels.csv", "\n".join(TABLE[:2]).encode(), b"emotion,file\nfear", "a line that ends before its file"
    ),
    Found("run", "config.json", b'"size": 16', b'"size": 16.5', "images of 16.5 pixels"),
    Found("options", "a.yaml", b"4", b"[" * 5000, "lists within lists"),
    Found("activity", "operations.json", b'"padding":', b'"padding":99999999999', "1.5 TB for a padding"),
    Found("activity", "operations.json", b'"outputs":', b'"outputs":' + b"9" * 299, "outputs beyond any float"),
    Found("activity", "operations.json", b'"kernel":', b'"kernel":1e999,"x":', "an infinite kernel"),
    Found("run split", "split.json", b'{"training"', b'"training" {', "a split that is text"),
    Found("plan", "plan.yaml", b"width: 0.25", b"contrast: '" + b"[" * 5000 + b"'", "lists within lists, in text"),
    Found("plan", "plan.yaml", b"width: 0.25", b"contrast: '&a [*a]'", "a list that is its own part, in text"),
    Found("plan", "plan.yaml", b"sampling: E4-S3", b"size:", "a number that is not there"),
    Found("plan", "plan.yaml", b"emo, sweep", b"resnet18_lstm, options: {layers: 90000000}, sweep", "endless layers"),
    Found("run", "config.json", b'"units": []', b'"units": 9', "units that are no list"),
    Found("run", "config.json", b'"extensions": {}', b'"extensions": "9"', "files that are no table"),
    Found("run", "config.json", b'"model": "student"', b'"model": []', "a model that is a list"),
    Found("predictions", "test_epoch_1_1.json", b"0.75", b"1" + b"0" * 400, "10^400"),
    Found("predictions", "test_epoch_1_1.json", b"0.75", b"NaN", "no number"),
)


def failures(parser: str) -> list[str]:
    """What goes wrong again in one parser."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        surroundings = Surroundings(PARSERS[parser], Path(folder))
        for found in (found for found in FOUND if found.parser == parser):
            which = [n for n, path in enumerate(surroundings.paths) if path.name.endswith(found.file)]
            contents = [(n, surroundings.intact[n].replace(found.old, found.new)) for n in which]
            contents = [(n, content) for n, content in contents if content != surroundings.intact[n]]
            if not contents:
                wrong.append(f"{found.what}: nothing of {found.file} is changed any more")
            for n, content in contents[:1]:
                if (said := surroundings.read(n, content)) is not None:
                    wrong.append(f"{found.what}: {said}")
    return wrong
