"""Which way is up: of simulated eyes that were turned, of pictures without an eye, and of spoilt files."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.region import Region
from eyeprentice.eye.upright import (
    DEFAULT,
    DEGREES,
    FORMAT,
    SIDE,
    SURE,
    Turn,
    UprightNetwork,
    around,
    find_eye,
    turn,
    turn_of,
    turned,
)
from eyeprentice.files.seal import LENGTH, is_whole, sealed
from eyeprentice.finder.textures import texture
from eyeprentice.words.errors import InputError
from tests.data.importing.material import eyes, in_a_scene
from tests.eye.fakes import FACE, WALL, Seeing, at, eye

FULL, AUTO = Region("full"), Region("auto")
FINDER = EyeFinder()


def to_be_turned(frames: list[np.ndarray], degrees: int) -> list[np.ndarray]:
    """Pictures that are upright when they have been turned clockwise by `degrees`."""
    return [turn(frame, (360 - degrees) % 360) for frame in frames]


def test_turning_is_clockwise():
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    ways = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    for degrees, way in ways.items():
        assert np.array_equal(turn(picture, degrees), cv2.rotate(picture, way))
    assert np.array_equal(turn(picture, 0), picture)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("emotion", ["surprise", "neutral", "sadness"])
def test_an_eye_that_fills_the_picture_is_turned_upright(emotion: str, degrees: int):
    frames = [*eyes(emotion)[::10]]
    for shown in (frames, [frame[:, ::-1] for frame in frames], [cv2.resize(frame, (160, 120)) for frame in frames]):
        for region in (FULL, AUTO):
            found = turned(to_be_turned(shown, degrees), FINDER, region)
            assert (found.degrees, found.likeliest, found.doubtful) == (degrees, degrees, False)


@pytest.mark.parametrize("degrees", DEGREES)
def test_an_eye_in_a_larger_picture_is_found_and_turned_upright(degrees: int):
    scene = in_a_scene(eyes("surprise"), left=190, top=20)[::10]
    assert turned(to_be_turned(scene, degrees), FINDER, AUTO).degrees == degrees
    box = {0: "190,20,110,110", 90: "20,20,110,110", 180: "20,110,110,110", 270: "110,190,110,110"}[degrees]
    assert turned(to_be_turned(scene, degrees), FINDER, Region.parse(box)).degrees == degrees


def test_pictures_that_show_no_eye_are_doubtful():
    rng = np.random.default_rng(0)
    walls = [
        np.zeros((90, 90), np.uint8),
        np.full((480, 640), 200, np.uint8),
        texture(rng, 128),
        np.ones((1, 1), np.uint8),
    ]
    for wall in walls:
        for region in (FULL, AUTO):
            found = turned([wall], FINDER, region)
            assert (found.degrees, found.doubtful) == (0, True)


def test_nothing_is_known_of_no_frames():
    found = turned([], FINDER, FULL)
    assert found == Turn((0.25, 0.25, 0.25, 0.25))
    assert (found.degrees, found.likeliest, found.doubtful) == (0, 0, True)


def test_frames_in_which_no_eye_is_found_say_nothing():
    frames = [eyes("surprise")[0], np.full((110, 110), 90, np.uint8)]
    assert turned(frames, FINDER, AUTO) == turned(frames[:1], FINDER, AUTO)
    assert turned(frames, FINDER, FULL) != turned(frames[:1], FINDER, FULL)


def test_frames_are_joined_by_the_geometric_mean():
    """sqrt(0.8·0.2) = 0.4 and sqrt(0.1·0.4) = 0.2 for 90 degrees; 0.05 and 0.2 give 0.1, twice: 0.8 in all."""
    logs = np.log([[0.8, 0.1, 0.05, 0.05], [0.2, 0.4, 0.2, 0.2]])
    assert turn_of(list(logs)).probabilities == pytest.approx((0.5, 0.25, 0.125, 0.125))


def test_what_is_not_clearly_ahead_is_doubtful():
    rest = (1 - SURE) / 3
    sure, unsure = SURE + 1e-6, SURE - 1e-6
    assert (Turn((rest, rest, sure, rest)).degrees, Turn((rest, rest, sure, rest)).doubtful) == (180, False)
    doubt = Turn((rest, rest, unsure, rest))
    assert (doubt.degrees, doubt.likeliest, doubt.doubtful) == (0, 180, True)


@pytest.mark.parametrize("degrees", DEGREES)
def test_an_eye_is_found_at_its_place_in_the_picture_as_it_is(degrees: int):
    """The pattern stands at 60..100 and 80..120 of 300x200 pixels; it is known only the right way up."""
    shown = turn(at(60, 80), (360 - degrees) % 360)
    found = find_eye(shown, Seeing())
    wanted = {0: (80, 100), 90: (100, 220), 180: (220, 100), 270: (100, 80)}[degrees]
    assert found is not None
    assert (found.x, found.y) == wanted
    x, y = (int(value) for value in wanted)
    assert np.array_equal(turn(shown[y - 20 : y + 20, x - 20 : x + 20], degrees), FACE)
    assert find_eye(WALL, Seeing()) is None


def test_a_square_around_the_eye_is_looked_at_or_the_whole_picture():
    place = around(eye(70.0, 90.0, 50.0), (200, 300))
    assert (place.x, place.y, place.width, place.height) == (70, 90, 65, 65)
    whole = around(eye(150.0, 100.0, 240.0), (200, 300))
    assert (whole.x, whole.y, whole.width, whole.height) == (150, 100, 300, 200)


def test_no_way_is_preferred_to_another():
    """The answer for a picture that is turned by 90 degrees is the same, one place farther."""
    frame = texture(np.random.default_rng(3), SIDE)
    network = UprightNetwork()
    first = network.run(frame)
    for turns, degrees in enumerate(DEGREES):
        assert np.roll(network.run(turn(frame, degrees)), turns) == pytest.approx(first, abs=1e-4)


def test_the_packaged_file_keeps_its_contract():
    file = DEFAULT.read_bytes()
    assert len(file) < 100_000
    assert is_whole(file)
    operations = {node.op_type for node in onnx.load_from_string(file).graph.node}
    assert operations == {
        "Cast", "Div", "Unsqueeze", "Mul", "Concat", "AveragePool", "Split", "Sub", "Relu", "Add", "Sqrt", "Transpose",
        "Slice", "Conv", "Reshape", "LogSoftmax",
    }  # fmt: skip
    logs = UprightNetwork().run(texture(np.random.default_rng(0), SIDE))
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-5)


def graph_file(path: Path, value: float = 0.0, side: int = SIDE, version: str = FORMAT, ways: int = 4) -> Path:
    same = helper.make_tensor("same", TensorProto.FLOAT, [ways], [value] * ways)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["same"], ["upright"])], "upright",
        [helper.make_tensor_value_info("frame", TensorProto.UINT8, [side, side])],
        [helper.make_tensor_value_info("upright", TensorProto.FLOAT, [ways])], [same],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"eyeprentice.upright": version})
    path.write_bytes(sealed(model.SerializeToString()))
    return path


def test_what_is_no_such_network_is_refused_in_one_line(tmp_path: Path):
    good = DEFAULT.read_bytes()
    contents = {"changed": good[:5000] + bytes([good[5000] ^ 1]) + good[5001:], "short": good[:-LENGTH], "empty": b""}
    spoilt = {tmp_path / f"{name}.onnx": content for name, content in contents.items()}
    for path, content in spoilt.items():
        path.write_bytes(content)
    others = {
        graph_file(tmp_path / "old.onnx", version="0"): "of format 0, this version reads 1",
        graph_file(tmp_path / "nan.onnx", value=float("nan")): "gives other things than four numbers",
        graph_file(tmp_path / "five.onnx", ways=5): "gives other things than four numbers",
        graph_file(tmp_path / "large.onnx", side=64): "takes other things",
        tmp_path / "missing.onnx": "cannot be read",
        **dict.fromkeys(spoilt, "is spoilt|has no seal"),
    }
    for path, said in others.items():
        with pytest.raises(InputError, match=said) as caught:
            turned([WALL], FINDER, FULL, UprightNetwork(path))
        assert str(caught.value).startswith(f"{path}: ")
        assert str(caught.value).isprintable()
