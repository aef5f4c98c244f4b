"""The packaged file, what is refused in its place, and what it finds in simulated pictures."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from eyeprentice.eye.contract import CELL, CHANNELS, FORMAT, WINDOW, Rules
from eyeprentice.eye.decoding import chosen
from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.network import DEFAULT, EyeNetwork, open_network
from eyeprentice.eye.tracking import Tracker
from eyeprentice.files.seal import LENGTH, is_whole, sealed
from eyeprentice.finder.textures import texture
from eyeprentice.words.errors import InputError
from tests.data.importing.material import SCENE, eyes, in_a_scene

RATE = 30
GOOD = {"eyeprentice.finder": FORMAT, "rules": Rules().as_json()}


def test_what_follows_an_eye_goes_by_the_rules_of_the_file(tmp_path: Path):
    """The packaged file has this version's; one that tells of others is followed by those."""
    assert open_network().rules == Rules()
    other = Rules(lost_s=0.1, slack_sizes=0.5, levels_px=(128, 32))
    network = open_network(graph_file(tmp_path / "a.onnx", GOOD | {"rules": other.as_json()}))
    assert network.rules == other
    assert Tracker(EyeFinder(network), RATE).rules == other


@pytest.fixture(scope="module")
def network() -> EyeNetwork:
    return open_network()


def test_the_packaged_file_keeps_its_contract(network: EyeNetwork):
    file = DEFAULT.read_bytes()
    assert len(file) <= 400_000
    assert is_whole(file)
    maps = network.run(np.random.default_rng(0).integers(0, 255, (64, 96)).astype(np.uint8))
    assert (maps.shape, maps.dtype) == ((len(CHANNELS), 64 // CELL, 96 // CELL), np.float32)
    for channel in ("probability", "left", "openness"):
        values = maps[CHANNELS.index(channel)]
        assert values.min() >= 0
        assert values.max() <= 1
    assert maps[CHANNELS.index("size")].min() > 0
    operations = {node.op_type for node in onnx.load_from_string(file).graph.node}
    assert operations <= {
        "Cast", "Div", "Unsqueeze", "Mul", "Concat", "Pad", "AveragePool", "Resize", "Shape", "Slice", "Split", "Sub",
        "Relu", "Sqrt", "Conv", "Add", "Squeeze", "Sigmoid", "Exp",
    }  # fmt: skip


def graph_file(path: Path, metadata: dict[str, str], channels: int = 7, value: float = 0.0) -> Path:
    """A graph that always gives the same maps, as of a picture of 32x48."""
    shape = [channels, 4, 6]
    same = helper.make_tensor("same", TensorProto.FLOAT, shape, [value] * (24 * channels))
    graph = helper.make_graph(
        [helper.make_node("Identity", ["same"], ["eyes"])], "finder",
        [helper.make_tensor_value_info("frame", TensorProto.UINT8, ["h", "w"])],
        [helper.make_tensor_value_info("eyes", TensorProto.FLOAT, shape)], [same],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    path.write_bytes(sealed(model.SerializeToString()))
    return path


def spoilt_files(folder: Path) -> Iterator[tuple[Path, str]]:
    good = DEFAULT.read_bytes()
    for name, content, said in (
        ("changed", good[:5000] + bytes([good[5000] ^ 1]) + good[5001:], "is spoilt"),
        ("short", good[:-1000], "has no seal"),
        ("unsealed", good[:-LENGTH], "has no seal"),
        ("empty", b"", "has no seal"),
        ("none", sealed(b"no graph"), "not an ONNX model"),
    ):
        path = folder / f"{name}.onnx"
        path.write_bytes(content)
        yield path, said
    yield folder / "missing.onnx", "cannot be read"
    yield graph_file(folder / "old.onnx", {"eyeprentice.finder": "0"}), "of format 0, this version reads 2"
    yield graph_file(folder / "nan.onnx", GOOD, value=float("nan")), "gives other things"
    yield graph_file(folder / "other.onnx", GOOD, channels=5), "gives other things"
    rules = json.loads(GOOD["rules"])
    for number, (text, said) in enumerate(
        (
            ("", "its rules are incomplete or wrong"),
            ("[" * 9000, "its rules are incomplete or wrong"),
            ("{}", "other rules than this version's"),
            (json.dumps(rules | {"keep": "0.25"}), "'0.25' in place of a number"),
            (json.dumps(rules | {"keep": float("nan")}), "keep is nan"),
            (json.dumps(rules | {"levels_px": [256]}), "in place of a number"),
            (json.dumps(rules | {"most_eyes": 10**9}), "most_eyes is 1000000000"),
            (json.dumps(rules | {"median_frames": 0}), "median_frames is 0"),
            (json.dumps(rules | {"cell_px": 16}), "its cells are of 16 pixels"),
        )
    ):
        yield graph_file(folder / f"rules{number}.onnx", GOOD | {"rules": text}), said


def test_what_is_no_finder_is_refused_in_one_line(tmp_path: Path):
    for path, said in spoilt_files(tmp_path):
        with pytest.raises(InputError, match=said) as caught:
            open_network(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert str(caught.value).isprintable()
    same = open_network(graph_file(tmp_path / "a.onnx", GOOD))
    with pytest.raises(InputError, match="gives other things"):
        same.run(np.zeros((64, 64), np.uint8))


@pytest.mark.parametrize("emotion", ["surprise", "neutral", "sadness"])
def test_a_picture_that_is_an_eye_is_taken_whole_at_any_size(emotion: str, network: EyeNetwork):
    for scale in (1, 3):
        tracker = Tracker(EyeFinder(network), RATE)
        for frame in eyes(emotion):
            large = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
            sight = tracker.step(large)
            assert sight is not None
            assert (sight.manner, sight.place.mirrored) == ("full", False)


def test_an_eye_in_a_picture_is_found_where_it_is(network: EyeNetwork):
    """The simulated crop's eye lies at (0.50, 0.58) of 110 pixels, whose side is the size."""
    for left, top in ((100, 70), (30, 20)):
        frame = in_a_scene(eyes("surprise"), left=left, top=top)[0]
        found = chosen(EyeFinder(network).search(frame), "auto")
        assert found is not None
        assert found.probability >= network.rules.find
        assert np.hypot(found.x - (left + 55), found.y - (top + 64)) < 0.08 * 110
        assert 85 < found.size < 140


def test_a_swaying_eye_is_followed_without_a_gap(network: EyeNetwork):
    """By up to 2.5 pixels a frame: the crop may be 3.5 % of its side and a frame behind."""
    frames = in_a_scene(eyes("surprise"), left=100, top=70, sway=20)
    tracker = Tracker(EyeFinder(network), RATE)
    sights = [tracker.step(frame) for frame in frames]
    assert all(sight is not None and sight.eye is not None for sight in sights)
    true = np.array([100 + round(20 * np.sin(n / 8)) + 55 for n in range(len(frames))])
    seen = np.array([sight.eye.x for sight in sights if sight and sight.eye]) - true
    assert np.abs(seen - np.median(seen)).max() < 0.03 * 110
    held = np.array([sight.place.x for sight in sights if sight]) - true
    assert np.abs(held - np.median(seen)).max() < 0.035 * 130 + 2.5 + 0.03 * 110


def test_a_mirrored_eye_is_a_left_one(network: EyeNetwork):
    for frames, is_left in ((eyes("neutral"), False), ([f[:, ::-1].copy() for f in eyes("neutral")], True)):
        sight = Tracker(EyeFinder(network), RATE).step(frames[0])
        assert sight is not None
        assert sight.place.mirrored == is_left


def test_walls_and_generated_pictures_show_no_eye(network: EyeNetwork):
    rng = np.random.default_rng(0)
    walls = [np.full(SCENE, 120, np.uint8), np.zeros(SCENE, np.uint8), rng.integers(60, 90, SCENE).astype(np.uint8)]
    shaded = cv2.GaussianBlur(rng.integers(0, 255, SCENE).astype(np.uint8), (0, 0), 20)
    pictures = [*walls, shaded.astype(np.uint8), *(texture(rng, 128) for _ in range(50))]
    finder = EyeFinder(network)
    assert sum(Tracker(finder, RATE).step(picture) is not None for picture in pictures) <= 1


def test_pictures_of_every_shape_are_searched(network: EyeNetwork):
    eye = eyes("neutral")[0]
    for height, width in ((1, 1), (3, 500), (700, 20), (110, 110), (16, 33)):
        frame = cv2.resize(eye, (width, height))
        for found in EyeFinder(network).search(frame):
            assert np.isfinite([found.x, found.y, found.size]).all()
        Tracker(EyeFinder(network), RATE).step(frame)


def test_around_a_large_eye_the_whole_picture_is_looked_at(network: EyeNetwork):
    """A window would stand before black there."""
    given: list[tuple[int, ...]] = []

    class Noted:
        rules = network.rules

        def run(self, frame: np.ndarray) -> np.ndarray:
            given.append(frame.shape)
            return network.run(frame)

    finder = EyeFinder(Noted())
    picture = texture(np.random.default_rng(1), 300)[:200].copy()
    for size in (149.0, 150.0, 9e9):
        finder.look_around(picture, 150.0, 100.0, size)
    assert given == [(WINDOW, WINDOW), (48, 64), (48, 64)]
