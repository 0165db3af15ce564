# SPDX-License-Identifier: MIT
"""What every graph must satisfy before and after each pass, and when it is read from a file."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from thumbling.ir.c_words import RESERVED
from thumbling.ir.graph import Certificate, Graph, Output
from thumbling.ir.interval import (
    Interval,
    all_ints,
    input_interval,
    require,
    require_array,
    state_interval,
)
from thumbling.ir.ops import Op
from thumbling.ir.ports import Port, State
from thumbling.ir.types import DType, TensorType

FIELDS = ("label", "proba", "score", "value")
# Names in the interface: parameters and members, which meet no type and no macro of ours.
_PARAMETER = re.compile(r"(?!thb_)[a-z][a-z0-9_]{0,98}(?<!_t)", re.ASCII)
# Graphs and tensors become identifiers of C, and the first of them files.
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}", re.ASCII)


def verify(graph: Graph) -> None:
    """Raise InternalError unless the graph is well formed.

    Ranges are derived again from the constants, and the declared ones must contain them.
    """
    require(_IDENTIFIER.fullmatch(graph.name) is not None, f"{graph.name!r} cannot be a C name")
    known = intervals(graph)
    _verify_bounds(graph)
    require(set(graph.tensors) == {op.output for op in graph.ops}, "a type belongs to no tensor")
    _verify_state(graph, known)
    _verify_outputs(graph, known)


def intervals(graph: Graph) -> dict[str, Interval]:
    """The range of every number of inputs, state and tensors, derived from the constants.

    Raises InternalError where an op is ill-formed, or declares a range that is too narrow.
    """
    known: dict[str, Interval] = {}
    given: list[Port | State] = [*graph.inputs, *graph.state]
    for item in given:
        known[_interface_name(item, known)] = _given(item)
    for op in graph.ops:
        known[op.output] = _verify_op(op, graph, known)
    return known


def _interface_name(item: Port | State, known: dict[str, Interval]) -> str:
    """The name of an input or state, which C can take for a parameter or member."""
    name = item.name
    require(isinstance(name, str), "an input or state has no name")
    good = _PARAMETER.fullmatch(name) is not None and name not in RESERVED
    require(good, f"{name!r} cannot be a parameter of C")
    require(name not in known, f"two inputs or states are called {name}")
    return name


def _given(item: Port | State) -> Interval:
    """The range of an input, or of a state that is well formed."""
    if isinstance(item, Port):
        return input_interval(item.spec)
    kind = item.type
    _verify_type(item.name, kind, state_interval(kind))
    require_array(item.initial, kind.dtype.numpy.type, 1, f"the initial value of {item.name}")
    require(len(item.initial) == kind.size, f"{item.name} begins with another number of values")
    inside = kind.low <= int(item.initial.min()) and int(item.initial.max()) <= kind.high
    require(inside, f"{item.name} begins outside its range")
    return state_interval(kind)


def _verify_state(graph: Graph, known: dict[str, Interval]) -> None:
    """What every state becomes lies in its range, so by induction it always does."""
    updates = [state.update for state in graph.state]
    require(len(set(updates)) == len(updates), "two states are updated by one tensor")
    for state in graph.state:
        require(state.update in graph.tensors, f"no op computes what {state.name} becomes")
        require(
            graph.tensors[state.update].dtype is state.type.dtype,
            f"{state.name} becomes a tensor of another type",
        )
        _verify_type(state.name, state.type, known[state.update])


def _verify_op(op: Op, graph: Graph, known: dict[str, Interval]) -> Interval:
    """The range of what the op gives, which lies within the declared one."""
    require(isinstance(op.inputs, tuple) and bool(op.inputs), "an op reads no tensor")
    require(isinstance(op.output, str), "a tensor has no name")
    require(_IDENTIFIER.fullmatch(op.output) is not None, f"{op.output!r} cannot be a C name")
    for tensor in op.inputs:
        require(tensor in known, f"{op.output} reads {tensor!r} before it is computed")
    require(op.output not in known, f"{op.output} is computed twice")
    require(op.output in graph.tensors, f"{op.output} has no type")
    interval = op.infer(*(known[tensor] for tensor in op.inputs))
    kind = graph.tensors[op.output]
    _verify_type(op.output, kind, interval)
    require(kind.dtype in op.results, f"{type(op).__name__} writes no {kind.dtype.value}")
    return replace(interval, dtype=kind.dtype)


def _verify_type(name: str, kind: TensorType, interval: Interval) -> None:
    require(all_ints(kind.shape), f"the shape of {name} is not made of integers")
    require(all_ints((kind.low, kind.high)), f"the range of {name} is not made of integers")
    require(all_ints(kind.quant.zero_point), f"a zero point of {name} is no integer")
    require(kind.size == interval.size, f"{name} has {interval.size} values, declared {kind.size}")
    low, high = int(interval.low.min()), int(interval.high.max())
    require(
        kind.low <= low and high <= kind.high,
        f"{name} is {low}..{high}, declared {kind.low}..{kind.high}",
    )


def _verify_outputs(graph: Graph, known: dict[str, Interval]) -> None:
    require(bool(graph.outputs), "no output")
    for output in graph.outputs:
        require(output.field in FIELDS, f"no field is called {output.field}")
        require(output.tensor in graph.tensors, f"{output.field} is never computed")
        kind = graph.tensors[output.tensor]
        require(kind.dtype is DType.INT32, f"{output.field} is {kind.dtype.value}, not int32")
        require(not any(kind.quant.zero_point), f"{output.field} has a zero point")
        _verify_certificate(output.certificate, graph.tensors[output.tensor].size)
        _verify_classes(output, graph, known[output.tensor])
    fields = [output.field for output in graph.outputs]
    require(len(set(fields)) == len(fields), "a field is there twice")
    tensors = {output.tensor for output in graph.outputs}
    require(len(tensors) == len(fields), "two fields are one tensor")


def _verify_bounds(graph: Graph) -> None:
    for tensor, bound in graph.bounds.items():
        require(tensor in graph.tensors, f"a bound is of {tensor!r}, which is no tensor")
        size = graph.tensors[tensor].size
        require(len(bound.epsilons) == size, f"{tensor} has {size} values and other bounds")


def _verify_certificate(certificate: Certificate, size: int) -> None:
    epsilon, each = certificate.epsilon, certificate.epsilons
    require(len(each) in (0, size), f"{len(each)} bounds of {size} values")
    if certificate.kind == "measured":
        require(epsilon is None, "a measured output has a bound")
        return
    require(all(0 <= e < math.inf for e in each), "a bound is no number from 0 on")
    number = isinstance(epsilon, int | float) and not isinstance(epsilon, bool)
    require(number and 0 <= float(epsilon or 0) < math.inf, "a bound is no number from 0 on")


def _verify_classes(output: Output, graph: Graph, interval: Interval) -> None:
    """Labels index the class names, and there is a share or score for each."""
    counts = [len(names) for names in graph.class_names]
    require(all(counts), "an output names no classes")
    match output.field:
        case "label":
            require(interval.size == len(counts), f"{interval.size} labels of {len(counts)}")
            inside = all(h < n for h, n in zip(interval.high.tolist(), counts, strict=True))
            require(inside and int(interval.low.min()) >= 0, "a label is no index of a class")
        case "proba":
            require(interval.size == sum(counts), f"{interval.size} shares, {sum(counts)} classes")
        case "score" if counts:
            wanted = (sum(counts), 1 if counts == [2] else sum(counts))
            require(interval.size in wanted, f"{interval.size} scores, {sum(counts)} classes")
