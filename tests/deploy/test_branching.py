"""What only the first step needs is computed in it alone, and changes no answer."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from eyeprentice.deploy.branching import branch_on_first_step
from eyeprentice.deploy.onnx import to_onnx
from eyeprentice.deploy.step import exported_step
from eyeprentice.files.onnx_session import onnxruntime
from eyeprentice.models import build_model

FLOAT = TensorProto.FLOAT


def graph(*nodes: onnx.NodeProto, outputs: tuple[str, ...] = ("a", "b", "y")) -> onnx.ModelProto:
    """Of an age, two things that are kept, and x; the choice says `later`."""
    given = [
        helper.make_tensor_value_info(n, FLOAT, s) for n, s in (("age", [1]), ("ka", [3]), ("kb", [3]), ("x", [3]))
    ]
    zero = helper.make_tensor("zero", FLOAT, [], [0.0])
    nodes = (helper.make_node("Greater", ["age", "zero"], ["later"]), *nodes)
    told = [helper.make_tensor_value_info(name, FLOAT, [3]) for name in outputs]
    made = helper.make_graph(nodes, "g", given, told, [zero])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


CHOICES = (
    helper.make_node("Exp", ["x"], ["e"]),
    helper.make_node("Where", ["later", "ka", "e"], ["a"]),
    helper.make_node("Add", ["a", "x"], ["s"]),  # uses the first choice before the second one is made
    helper.make_node("Neg", ["x"], ["n"]),  # is needed in every step
    helper.make_node("Sqrt", ["e"], ["r"]),
    helper.make_node("Mul", ["r", "n"], ["m"]),
    helper.make_node("Where", ["later", "kb", "m"], ["b"]),
    helper.make_node("Sub", ["s", "n"], ["y"]),
)


def answers(model: onnx.ModelProto, age: float) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    numbers = {"ka": [1, 2, 3], "kb": [4, 5, 6], "x": [0.1, 0.2, 0.3], "age": [age]}
    asked = {name: np.array(value, np.float32) for name, value in numbers.items()}
    return session.run(None, {i.name: asked[i.name] for i in session.get_inputs()})


@pytest.mark.parametrize("age", [0, 1, 5])
def test_it_answers_as_before(age: float):
    model, branched = graph(*CHOICES), graph(*CHOICES)
    branch_on_first_step(branched.graph)
    onnx.checker.check_model(branched)
    assert all(np.array_equal(a, b) for a, b in zip(answers(model, age), answers(branched, age), strict=True))


def test_what_the_first_step_alone_needs_moves_into_the_branch():
    model = graph(*CHOICES)
    branch_on_first_step(model.graph)
    assert sorted(node.op_type for node in model.graph.node) == ["Add", "Greater", "If", "Neg", "Sub"]
    (choice,) = [node for node in model.graph.node if node.op_type == "If"]
    branches = {each.name: [node.op_type for node in each.g.node] for each in choice.attribute}
    assert branches["then_branch"] == ["Identity", "Identity"]
    assert branches["else_branch"] == ["Exp", "Sqrt", "Mul", "Identity", "Identity"]


@pytest.mark.parametrize(
    "nodes",
    [
        (helper.make_node("Exp", ["x"], ["y"]),),  # nothing is chosen
        (  # between two things that are computed
            helper.make_node("Exp", ["x"], ["e"]),
            helper.make_node("Where", ["later", "e", "x"], ["y"]),
        ),
        (  # on two conditions
            helper.make_node("Not", ["later"], ["first"]),
            helper.make_node("Exp", ["x"], ["e"]),
            helper.make_node("Where", ["later", "ka", "e"], ["a"]),
            helper.make_node("Where", ["first", "kb", "e"], ["b"]),
            helper.make_node("Add", ["a", "b"], ["y"]),
        ),
    ],
)
def test_other_graphs_stay_as_they_are(nodes: tuple[onnx.NodeProto, ...]):
    model, same = graph(*nodes, outputs=("y",)), graph(*nodes, outputs=("y",))
    branch_on_first_step(model.graph)
    assert model == same


def test_a_student_that_registers_looks_at_the_first_frame_once():
    options = {"channels": (8, 16), "stride": 2, "cells": 2, "registration": 3}
    made = to_onnx(exported_step(build_model("student", options).eval(), 32, True)).graph
    (choice,) = [node for node in made.node if node.op_type == "If"]
    assert set(choice.output) >= {"first_after", "still_after", "descent_after"}
    found = next(each.g for each in choice.attribute if each.name == "else_branch")
    assert sum(node.op_type == "MatMul" for node in found.node) > 15  # a matrix is inverted
    assert "Where" not in [node.op_type for node in made.node]
