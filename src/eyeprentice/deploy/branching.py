"""What a step computes in its first call alone, in a branch of the graph that is entered in the first call alone."""

from graphlib import TopologicalSorter

import onnx
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, helper


def branch_on_first_step(graph: GraphProto) -> None:
    """Turns choices between what a state keeps and what the first step finds into an If that finds it only if needed.

    Such choices are `Where(condition, kept, found)` of float tensors, in which `kept` is an input of the graph and
    `condition`, the same one in all of them, a single truth. Everything that is computed for `found` alone moves into
    the If. The graph's answers stay the same; one without such choices stays as it is.
    """
    given = {each.name for each in graph.input}
    choices = [node for node in graph.node if node.op_type == "Where" and node.input[1] in given]
    if not choices or len({node.input[0] for node in choices}) > 1:
        return
    condition, taken = choices[0].input[0], [node.output[0] for node in choices]
    found = _only_for(graph, choices)
    rest = [node for node in graph.node if node not in found and node not in choices]
    branches = {
        f"{name}_branch": helper.make_graph([*nodes, *_named(name, choices, which)], name, [], _declared(name, taken))
        for name, nodes, which in (("then", [], 1), ("else", found, 2))
    }
    once = helper.make_node("If", [condition], taken, "first_step", **branches)
    ordered = _ordered([*rest, once])
    del graph.node[:]
    graph.node.extend(ordered)


def _only_for(graph: GraphProto, choices: list[NodeProto]) -> list[NodeProto]:
    """The nodes, in their order, that nothing but the third input of a choice is computed from."""
    needed = {each.name for each in graph.output}
    alone = []
    for node in reversed(graph.node):
        if node in choices:
            needed.update(node.input[:2])
        elif needed.isdisjoint(node.output):
            alone.append(node)
        else:
            needed.update(_inputs(node))
    return alone[::-1]


def _named(branch: str, choices: list[NodeProto], which: int) -> list[NodeProto]:
    """What a branch gives, under names of its own."""
    return [helper.make_node("Identity", [node.input[which]], [f"{node.output[0]}_{branch}"]) for node in choices]


def _declared(branch: str, names: list[str]) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(f"{name}_{branch}", TensorProto.FLOAT, None) for name in names]


def _ordered(nodes: list[NodeProto]) -> list[NodeProto]:
    """Each after those whose outputs it is given."""
    maker = {name: number for number, node in enumerate(nodes) for name in node.output}
    before = {number: {maker[name] for name in _inputs(node) if name in maker} for number, node in enumerate(nodes)}
    return [nodes[number] for number in TopologicalSorter(before).static_order()]


def _inputs(node: NodeProto) -> list[str]:
    """Names that a node is given, by its branches too."""
    inner = [
        name
        for attribute in node.attribute
        if attribute.type == AttributeProto.GRAPH
        for each in attribute.g.node
        for name in _inputs(each)
    ]
    return [*node.input, *inner]
