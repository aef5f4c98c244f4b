"""What else may be given for a model file, and what to give instead."""

from pathlib import Path

from eyeprentice.files.whole import open_regular
from eyeprentice.words.errors import InputError

EXPORTED = "give a file that eyeprentice export writes as .onnx"
PYTORCH = (".pt", ".pth", ".ckpt", ".pkl")


def refuse_other_files(path: Path) -> None:
    """Raises `InputError` for a folder, and for the files of a run or of other tools; says nothing of all others."""
    if path.is_dir():
        if (path / "config.json").is_file():
            what, todo = (
                "is a run, and a model is one file",
                f"write it with: eyeprentice export {path} --out FILE.onnx",
            )
            raise InputError(path, what, todo)
        raise InputError(path, "is a folder, and a model is one file", EXPORTED)
    if not path.exists() and str(path) == "default":
        raise InputError(path, "names the packaged run, not a file", "leave --model out: it is the packaged model then")
    if not path.is_file():
        return
    with open_regular(path, "a file that export wrote") as file:
        head = file.read(16)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        is_nir = path.suffix.lower() == ".nir"
        what = "a NIR graph, which neuromorphic tools read" if is_nir else "an HDF5 file, not a model file"
        raise InputError(path, what, EXPORTED)
    if path.suffix.lower() == ".safetensors" or head[8:10] == b'{"':
        run = "RUN" if path.parent == Path() else path.parent
        what = "weights without their network"
        raise InputError(path, what, f"export the run that they are of: eyeprentice export {run} --out FILE.onnx")
    if path.suffix.lower() in PYTORCH or head.startswith((b"PK\x03\x04", b"\x80\x02")):
        raise InputError(path, "a file of PyTorch or of another program, not a model file", EXPORTED)
