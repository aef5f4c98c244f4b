"""Writes what a page needs of a model: model.onnx and model.json, and beside them the finder's networks.

python networks.py FOLDER [MODEL.onnx]
"""

import json
import shutil
import sys
from pathlib import Path

from eyeprentice.app.serving.app import describe_model
from eyeprentice.eye.network import DEFAULT as FINDER
from eyeprentice.eye.upright import DEFAULT as UPRIGHT
from eyeprentice.runtime.model import DEFAULT, open_model
from eyeprentice.words.errors import InputError


def main(folder: Path, model: Path) -> None:
    description = describe_model(open_model(model), model.name)
    folder.mkdir(parents=True, exist_ok=True)
    for path, name in ((model, "model"), (FINDER, "finder"), (UPRIGHT, "upright")):
        shutil.copyfile(path, folder / f"{name}.onnx")
    (folder / "model.json").write_text(json.dumps(description))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python networks.py FOLDER [MODEL.onnx]")
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else DEFAULT)
    except InputError as error:
        sys.exit(f"error: {error}")
