"""ONNX Runtime, imported in this one place, so that its telemetry is switched off before it is loaded."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, while the library is loaded

import onnxruntime

__all__ = ["onnxruntime", "open_session"]


def open_session(file: bytes, threads: int = 1) -> tuple[onnxruntime.InferenceSession, dict[str, str]]:
    """A file's graph, ready to run on the processor, and its metadata.

    Raises `ValueError`, with one line, for a file that is no ONNX model.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4  # what is wrong with a file, we say ourselves
    # weights lie in the file itself; one that names others reads none
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
    try:
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        return session, session.get_modelmeta().custom_metadata_map
    except Exception as error:  # ONNX Runtime's exceptions share no base class of its own
        raise ValueError(f"not an ONNX model ({str(error).splitlines()[0]})") from None
