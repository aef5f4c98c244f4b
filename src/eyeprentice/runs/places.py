"""The names of a run's files, and of the run that comes with the package."""

from importlib.resources import files
from pathlib import Path

CONFIG, STATE, WEIGHTS, SPLIT = "config.json", "state.safetensors", "weights.safetensors", "split.json"

DEFAULT = "default"
"""Names the packaged run wherever a run is taken."""


def find_run(run: Path) -> Path:
    """The folder of a run: `run` itself, or the packaged one where `run` is `default` and no folder is called so."""
    if str(run) != DEFAULT or run.is_dir():
        return run
    return Path(str(files("eyeprentice.runtime"))) / DEFAULT
