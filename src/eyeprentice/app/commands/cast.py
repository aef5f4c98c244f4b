from pathlib import Path

from eyeprentice.files.orders import is_made
from eyeprentice.files.processes import processors
from eyeprentice.synth.cast.make import find_portraits, make_cast, order_cast, read_about
from eyeprentice.words.errors import InputError


def cast(portraits: list[Path], out: Path, *, face_model: Path, info: list[Path] = [], jobs: int | None = None) -> None:  # noqa: B006
    """Make people for the simulator from portraits: each portrait is fitted to a 3-D face model and can then be moved.

    Every portrait needs its landmarks in a file beside it, a WebMorph template of 189 points (NAME.tem). Give the
    written folder to `synth --people`. It contains the faces: protect it as you protect the portraits.

    Example: eyeprentice cast portraits/ data/cast --face-model ICT-FaceKit/FaceXModel

    Args:
        portraits: pictures of faces seen from the front, or folders of such pictures
        out: folder to write
        face_model: the folder FaceXModel of ICT-FaceKit, or an .npz file with its arrays
        info: CSV tables about the people, with the columns face_id, face_age and face_gender
        jobs: number of parallel processes; by default one for each processor
    """
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"{jobs} processes", "give 1 or more")
    found = find_portraits(portraits)
    order = order_cast(found, info, face_model)
    if is_made(out, order):
        print(f"{out}: done already: this command has written it before")
        return
    people, refused = make_cast(found, read_about(info), face_model, out, jobs or processors(), order)
    for reason in refused.values():
        print(f"refused: {reason}")
    residuals = sorted(person.residual for person in people)
    median, most = residuals[len(residuals) // 2], residuals[-1]
    print(f"{out}: {len(people)} people; landmarks {median} % off the model in the median, {most} % at most")
