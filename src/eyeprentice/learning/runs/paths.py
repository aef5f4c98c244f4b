"""The names of a run's files, and of the run that comes with the package."""

from pathlib import Path

import eyeprentice
from eyeprentice.files.whole import check_writable
from eyeprentice.words.errors import InputError

CONFIG, STATE, WEIGHTS, SPLIT = "config.json", "state.safetensors", "weights.safetensors", "split.json"
HISTORY, ENVIRONMENT = "history.json", "environment.json"

DEFAULT = "default"
"""Names the packaged run wherever a run is taken."""
PACKAGED = Path(eyeprentice.__file__).parent / "runtime" / DEFAULT
"""Its folder: config.json and weights.safetensors, the weights of runtime/default.onnx."""


def find_run(run: Path) -> Path:
    """The folder of a run: `run` itself, or the packaged one where `run` is `default` and no run here is called so."""
    return PACKAGED if str(run) == DEFAULT and not (run / CONFIG).is_file() else run


def place_for(run: Path, name: str, out: Path | None) -> Path | None:
    """Where results about a run go: `out`, or `name` in its folder; None for the packaged run, which takes none.

    Raises `InputError` if the run's folder takes none either.
    """
    if out is not None:
        return out
    if find_run(run).resolve() == PACKAGED.resolve():
        return None
    place = run / name
    if not (run / CONFIG).is_file():
        return place  # which no run will ever write to
    try:
        check_writable(place)
        if place.exists() and place.is_dir() == bool(place.suffix):
            raise InputError(place, "something else is in the way", "")
    except InputError as error:
        raise InputError(place, error.parts[1], "say where the results go, with --out") from None
    return place
