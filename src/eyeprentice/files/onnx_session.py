"""ONNX Runtime, imported in this one place, so that its telemetry is switched off before it is loaded."""

import os
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, while the library is loaded

import onnxruntime

from eyeprentice.files.seal import is_whole
from eyeprentice.files.whole import read_bytes
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

__all__ = ["onnxruntime", "open_sealed"]


def open_sealed(
    path: Path, what: str, key: str, version: str, remedy: str, threads: int = 1
) -> tuple[onnxruntime.InferenceSession, dict[str, str]]:
    """The graph of a sealed file, ready to run on the processor, and its metadata.

    Raises `InputError` unless `path` is `what`: whole, and of the format `version` by the entry `key` of its metadata.
    """
    file = read_bytes(path, limits.MODEL_BYTES, what)
    whole = is_whole(file)
    if not whole:
        said = (
            "has no seal: cut short, or not written by eyeprentice" if whole is None else "is spoilt (SHA-256 differs)"
        )
        raise InputError(path, said, remedy)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4  # what is wrong with a file, we say ourselves
    # weights lie in the file itself; one that names others reads none
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    try:
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    except Exception as error:  # ONNX Runtime's exceptions share no base class of its own
        raise InputError(path, f"not an ONNX model ({str(error).splitlines()[0]})", remedy) from None
    if (found := metadata.get(key, "none")) != version:
        raise InputError(path, f"of format {found}, this version reads {version}", remedy)
    return session, metadata
