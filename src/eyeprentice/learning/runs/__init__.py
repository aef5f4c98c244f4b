"""A run on disk: what was trained, how, on what, and what came of it.

RUN/config.json          its recipe, which `--config` takes again, and a record of what the recipe names
RUN/environment.json     versions and hardware it was trained with
RUN/split.json           the sequences learnt from, watched and left for testing, with fingerprints of their content
RUN/state.safetensors    weights, optimizer and history after the last whole epoch; a killed run goes on from it
RUN/weights.safetensors  the trained weights, once the run is finished
RUN/history.json         losses and accuracy, epoch by epoch
RUN/tensorboard/         the same as scalars

`record`: what decides a run, as it is written. `checkpoint`: weights and state. `folder`: the folder as a whole.
"""

from eyeprentice.learning.runs.checkpoint import load_state, save_state, save_weights, weights_digest
from eyeprentice.learning.runs.folder import check_folder, is_finished, load_model, write_setup
from eyeprentice.learning.runs.paths import CONFIG, SPLIT, STATE, WEIGHTS, find_run, place_for
from eyeprentice.learning.runs.record import (
    Record,
    check_representation,
    check_units,
    read_config,
    read_recipe,
    read_record,
    record_of,
)

__all__ = [
    "CONFIG",
    "SPLIT",
    "STATE",
    "WEIGHTS",
    "Record",
    "check_folder",
    "check_representation",
    "check_units",
    "find_run",
    "is_finished",
    "load_model",
    "load_state",
    "place_for",
    "read_config",
    "read_recipe",
    "read_record",
    "record_of",
    "save_state",
    "save_weights",
    "weights_digest",
    "write_setup",
]
