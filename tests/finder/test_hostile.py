"""Material and weights that somebody else made, and disks that are full: one line, and nothing half-written."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from safetensors.torch import save

from eyeprentice.app.cli import main
from eyeprentice.finder.architecture import FinderNetwork
from eyeprentice.finder.material import FACE, read_material, write_material
from eyeprentice.finder.portraits import read_eyes
from eyeprentice.finder.training import FinderTraining, read_finder_weights, write_run
from eyeprentice.words.errors import InputError
from tests.finder.test_training import material


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    path = tmp_path_factory.mktemp("written") / "material.npz"
    write_material(path, {"training": material(0), "validation": material(1)})
    with np.load(path) as arrays:
        return dict(arrays)


def pictures(*images: np.ndarray, kind: str = ".jpg") -> dict[str, np.ndarray]:
    """As faces to learn from."""
    codes = [cv2.imencode(kind, image)[1].ravel() for image in images]
    lengths = np.array([len(code) for code in codes])
    return {"training.faces": np.concatenate(codes), "training.faces.lengths": lengths}


GREY = np.full((FACE, FACE), 99, np.uint8)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"training.faces": None}, "it has no array 'training.faces'"),
        ({"training.faces.eyes": np.full((3, 2, 2), np.nan)}, "holds what is not a number"),
        ({"training.faces.eyes": np.full((3, 2, 2), 1e30)}, "not from 0 to 416"),
        ({"training.faces.inside": np.full((3, 4), 5.0)}, "next to nothing is seen"),
        ({"training.faces.inside": np.tile([0, 0, np.inf, 9], (3, 1))}, "holds what is not a number"),
        ({"training.faces.openness": np.array([2, 0, 0.5])}, "not from 0 to 1"),
        ({"training.faces.openness": np.array([0, 0.5])}, "a length of 2 where 3 belong"),
        ({"training.closeups.size": np.zeros(12)}, "not from 1 to 960"),
        ({"training.faces.lengths": np.array([5, 5, 5])}, "the lengths of 'training.faces' are not those"),
        ({"training.faces.lengths": np.array([-5, 5, 5])}, "not from 1 to"),
        ({"training.faces.lengths": np.array([2**62] * 3)}, "not from 1 to"),
        ({"training.faces.lengths": np.ones(10**6, int)}, "its pictures take 165.... MB|not those|belong"),
        ({"training.faces.lengths": np.ones(10**7, int)}, "not 1 to 1000000"),
        ({"training.faces": np.zeros(10, np.float32)}, "holds float32, not bytes"),
        (pictures(GREY, GREY, GREY[:300, :300]), "a picture of 300x300 where others belong"),
        (pictures(GREY, GREY, np.zeros((9000, 9000), np.uint8), kind=".png"), "a picture of 9000x9000"),
        (pictures(GREY, GREY, GREY, kind=".webp"), "not a readable image"),
    ],
)
def test_material_of_something_else_is_refused(
    tmp_path: Path, written: dict[str, np.ndarray], changed: dict[str, Any], why: str
):
    arrays = {name: array for name, array in (written | changed).items() if array is not None}
    np.savez_compressed(tmp_path / "material.npz", **arrays)
    with pytest.raises(InputError, match=f"material.npz: .*({why}).*; make it again from the portraits"):
        read_material(tmp_path / "material.npz")


def test_pictures_that_decode_to_far_more_than_the_file_are_refused(tmp_path: Path, written: dict[str, np.ndarray]):
    count = 4000  # of one grey, whose codes are the same and pack to nothing
    black = cv2.imencode(".jpg", np.zeros((FACE, FACE), np.uint8))[1].ravel()
    faces = {
        "eyes": np.full((count, 2, 2), 99.0),
        "openness": np.ones(count),
        "inside": np.tile([0, 0, 99, 99], (count, 1)),
    }
    arrays = written | {f"training.faces.{name}": array.astype(np.float32) for name, array in faces.items()}
    arrays |= {"training.faces": np.tile(black, count), "training.faces.lengths": np.full(count, len(black))}
    np.savez_compressed(tmp_path / "material.npz", **arrays)
    with pytest.raises(InputError, match=r"its pictures take 66\d MB"):
        read_material(tmp_path / "material.npz")


@pytest.mark.parametrize("spoilt", ["nan", "shape", "missing", "cut", "header", "pipe"])
def test_weights_of_something_else_are_refused(tmp_path: Path, spoilt: str):
    weights, path = dict(FinderNetwork().state_dict()), tmp_path / "weights.safetensors"
    name = next(name for name, value in weights.items() if value.is_floating_point())
    if spoilt == "nan":
        weights[name] = weights[name] * float("nan")
    elif spoilt == "shape":
        weights[name] = weights[name][None]
    elif spoilt == "missing":
        del weights[name]
    content = save(weights)
    if spoilt == "cut":
        content = content[: len(content) // 2]
    elif spoilt == "header":
        content = b"\xff" * 8 + content[8:]
    path.mkdir() if spoilt == "pipe" else path.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.safetensors: ") as caught:
        read_finder_weights(path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_an_error_of_the_system_and_nothing_else(tmp_path: Path):
    (tmp_path / "weights.safetensors").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_run(tmp_path, FinderNetwork(), [], {}, FinderTraining(1, 4, 0.1, 0))


def test_a_portrait_that_a_table_names_twice_is_refused(tmp_path: Path):
    head = "file,right_x,right_y,left_x,left_y"
    (tmp_path / "eyes.csv").write_text(f"{head}\na.jpg,1,2,3,4\nb.png,1,2,3,4\n")
    assert set(read_eyes(tmp_path / "eyes.csv")) == {"a", "b"}
    (tmp_path / "eyes.csv").write_text(f"{head}\na.jpg,1,2,3,4\na.png,5,2,3,4\n")
    with pytest.raises(InputError, match="two rows are of 'a'"):
        read_eyes(tmp_path / "eyes.csv")


def test_the_finder_given_again_is_done(tmp_path: Path, capsys: pytest.CaptureFixture):
    from eyeprentice.files.orders import note_order, order_of

    write_material(tmp_path / "material.npz", {"training": material(0), "validation": material(1)})
    plan = FinderTraining(2, 4, 0.002, 0, None)
    asked = {"plan": plan, "drawn": 40, "textures": 40, "scenes": 20, "precision": "32-true"}
    (tmp_path / "out").mkdir()
    note_order(tmp_path / "out", order_of("finder", asked, [tmp_path / "material.npz"]))
    words = [
        "--steps",
        "2",
        "--batch-size",
        "4",
        "--drawn",
        "40",
        "--textures",
        "40",
        "--scenes",
        "20",
        "--accelerator",
        "cpu",
        "--jobs",
        "1",
    ]
    main(["finder", str(tmp_path / "material.npz"), *words, "--out", str(tmp_path / "out")])
    assert "done already" in capsys.readouterr().out
