from pathlib import Path

from eyeprentice.errors import InputError
from eyeprentice.processors import processors
from eyeprentice.synth.cast.make import find_portraits, make_cast, read_about


def cast(portraits: list[Path], out: Path, *, face_model: Path, info: list[Path] = [], jobs: int | None = None) -> None:  # noqa: B006
    """Make people for the simulator out of portraits: each is put on a 3-D face model, so that it can be re-enacted.

    Every portrait needs its landmarks beside it, as a WebMorph template of 189 points (NAME.tem). The result
    is a folder that `synth --people` takes. It shows the people in it: keep it as you keep the portraits.

    Example: eyeprentice cast portraits/ data/cast --face_model ICT-FaceKit/FaceXModel

    Args:
        portraits: pictures of faces from the front, or folders of them
        out: folder to write
        face_model: ICT-FaceKit's folder FaceXModel
        info: tables of who is in the portraits (CSV with face_id, face_age and face_gender)
        jobs: processes; by default one a processor
    """
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"{jobs} processes", "give 1 or more")
    outcomes = make_cast(find_portraits(portraits), read_about(info), face_model, out, jobs or processors())
    people = [outcome.member for outcome in outcomes if outcome.member is not None]
    for outcome in outcomes:
        if outcome.error is not None:
            print(f"refused: {outcome.error}")
    residuals = sorted(person.residual for person in people)
    median, most = residuals[len(residuals) // 2], residuals[-1]
    print(f"{out}: {len(people)} people; landmarks {median} % off the model in the median, {most} % at most")
