"""`load`: the packaged model, a run or a file, ready to read frames."""

import tempfile
from dataclasses import replace
from os import PathLike
from pathlib import Path

from eyeprentice.files.scratch import scratch_prefix
from eyeprentice.runtime.model import ModelError, StepModel, open_model
from eyeprentice.words.errors import InputError

PACKAGED = "default"


def load(model: str | PathLike[str] = PACKAGED, threads: int = 1) -> StepModel:
    """The model that `read`, `Stream` and `Recognizer` take as `model`.

    `model` is `default`, the one of the package; a file that `eyeprentice export` wrote; or the folder of a finished
    run, which is exported in passing (this needs torch and the packages of the extra `export`, and takes seconds).
    `threads` are those of ONNX Runtime. Raises `InputError` for what is none of the three, or needs events.
    """
    path = Path(model)
    if str(model) == PACKAGED and not path.is_file() and not (path / "config.json").is_file():
        return open_model(None, threads)
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelError(path, "a folder that is no run", "give default, a file of export, or the folder of a run")
        return _of_run(path, threads)
    if not path.exists():
        raise ModelError(path, "no such model", "give default, a file of export, or the folder of a run")
    return open_model(path, threads)


def _of_run(run: Path, threads: int) -> StepModel:
    try:
        from eyeprentice.deploy.onnx import facts_of, to_onnx, write_onnx
        from eyeprentice.deploy.step import exported_step
        from eyeprentice.learning.runs import load_model, read_record
    except ModuleNotFoundError as error:
        what = f"a run, and {error.name} is not installed"
        raise InputError(run, what, "install eyeprentice[train,export], or give a file of export") from None
    trained, recipe = load_model(run)
    step = exported_step(trained, recipe.size, units=read_record(run).units)
    with tempfile.TemporaryDirectory(prefix=scratch_prefix()) as folder:
        path = Path(folder) / "step.onnx"
        write_onnx(to_onnx(step), step, recipe, path, facts_of(run))
        return replace(open_model(path, threads), path=run)
