"""The names of a run's files, and of the run that comes with the package."""

from pathlib import Path

import eyeprentice

CONFIG, STATE, WEIGHTS, SPLIT = "config.json", "state.safetensors", "weights.safetensors", "split.json"
HISTORY, ENVIRONMENT = "history.json", "environment.json"

DEFAULT = "default"
"""Names the packaged run wherever a run is taken."""
PACKAGED = Path(eyeprentice.__file__).parent / "runtime" / DEFAULT
"""Its folder: config.json and weights.safetensors, the weights of runtime/default.onnx."""


def find_run(run: Path) -> Path:
    """The folder of a run: `run` itself, or the packaged one where `run` is `default` and no run here is called so."""
    return PACKAGED if str(run) == DEFAULT and not (run / CONFIG).is_file() else run
