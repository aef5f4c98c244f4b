"""Model files with a good seal that ask for what no model needs."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from eyeprentice.files.seal import sealed
from eyeprentice.runtime import ModelError, Recognizer
from eyeprentice.runtime.belief import updated
from eyeprentice.runtime.model import FORMAT, open_model
from eyeprentice.words.vocabulary import EMOTIONS

GOOD = {
    "eyeprentice.format": FORMAT, "labels": " ".join(EMOTIONS), "size": "16", "input": "ready", "steps": "4",
    "skip": "3", "sharpness": "0.2", "forgetting_hz": "3.0",
}  # fmt: skip


def write_model(
    path: Path, changes: dict[str, str | None], value: float = 0.5, state: int = 3, logits: int = 7
) -> Path:
    """A graph that always gives the same logits, and a state of `state` numbers, as export would describe it."""
    constant = helper.make_tensor("same", TensorProto.FLOAT, [logits], [value] * logits)
    graph = helper.make_graph(
        [
            helper.make_node("Identity", ["same"], ["logits"]),
            helper.make_node("Identity", ["memory"], ["memory_after"]),
        ],
        "step",
        [
            helper.make_tensor_value_info("frame", TensorProto.UINT8, [16, 16, 1]),
            helper.make_tensor_value_info("memory", TensorProto.FLOAT, [state]),
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [logits]),
            helper.make_tensor_value_info("memory_after", TensorProto.FLOAT, [state]),
        ],
        [constant],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    described = {name: text for name, text in (GOOD | changes).items() if text is not None}
    helper.set_model_props(model, described)
    path.write_bytes(sealed(model.SerializeToString()))
    return path


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Recognizer(path).step(np.zeros((16, 16), np.uint8))
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_such_a_file_is_read_where_nothing_is_wrong(tmp_path: Path):
    reading = Recognizer(write_model(tmp_path / "a.onnx", {})).step(np.zeros((16, 16), np.uint8))
    assert reading.probability == pytest.approx(1 / 7)


@pytest.mark.parametrize("name", [name for name in GOOD if name != "eyeprentice.format"])
@pytest.mark.parametrize("text", [None, "", "x", "nan", "-1", "9" * 5000, "1e999"])
def test_metadata_that_are_missing_or_odd_are_refused(name: str, text: str | None, tmp_path: Path):
    path = write_model(tmp_path / "a.onnx", {name: text})
    if name == "input" and text is not None:
        assert open_model(path).ready is False
    else:
        assert "its description is incomplete or wrong" in refused(path)


@pytest.mark.parametrize("value", [1e38, -1e38, 2e6, float("inf"), float("nan")])
def test_logits_that_are_no_numbers_or_too_large_to_be_added_up_are_refused(value: float, tmp_path: Path):
    model = write_model(tmp_path / "a.onnx", {"sharpness": "999999", "forgetting_hz": "0"}, value)
    assert "its answers are not finite, or larger than 1e+06" in refused(model)


def test_the_largest_logits_are_believed_evenly(tmp_path: Path):
    model = write_model(tmp_path / "a.onnx", {"sharpness": "999999", "forgetting_hz": "0"}, 1e6)
    assert Recognizer(model).step(np.zeros((16, 16), np.uint8)).probability == pytest.approx(1 / 7)


def test_a_belief_that_forgets_nothing_can_be_turned():
    """Of two emotions, first all evidence is for one and then for the other: nothing would be left but 0/0."""
    belief = np.array([0.5, 0.5])
    for evidence, expected in (((0.0, -1e6), [1, 0]), ((-1e6, 0.0), [0, 1])):
        belief = updated(belief, np.array(evidence), 1.0, 0.0)
        assert belief.tolist() == pytest.approx(expected)


def test_a_model_of_endless_phases_or_memory_is_refused(tmp_path: Path):
    assert "skip is 99999999" in refused(write_model(tmp_path / "a.onnx", {"skip": "99999999"}))
    assert "10001 streams of it at once" in refused(write_model(tmp_path / "a.onnx", {"skip": "10000"}, state=1 << 16))
    assert "its state is larger than any" in refused(write_model(tmp_path / "a.onnx", {}, state=1 << 30))


def test_answers_that_are_no_numbers_are_refused(tmp_path: Path):
    assert "not finite" in refused(write_model(tmp_path / "a.onnx", {}, value=float("nan")))
    assert "not finite" in refused(write_model(tmp_path / "a.onnx", {}, value=float("inf")))
    assert "logits" in refused(write_model(tmp_path / "a.onnx", {}, logits=8))


def test_weights_in_another_file_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_model(tmp_path / "a.onnx", {})
    (tmp_path / "elsewhere").write_bytes(bytes(28))
    model = onnx.load_from_string(path.read_bytes())
    tensor = model.graph.initializer[0]
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="elsewhere")
    model.metadata_props.pop()  # the seal
    path.write_bytes(sealed(model.SerializeToString()))
    monkeypatch.chdir(tmp_path)
    assert "not an ONNX model" in refused(path)
