# SPDX-License-Identifier: MIT
"""A graph as text: complete (two different graphs never print alike) and stable across machines."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import numpy as np

from thumbling.ir.constants import is_records
from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op
from thumbling.ir.ports import INPUT, Port, State
from thumbling.ir.types import Quant, TensorType


def _constant(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.name}{list(value.shape)} {value.ravel().tolist()}"
    return repr(value)


def _op(op: Op) -> list[str]:
    lines = [f"  {op.output} = {type(op).__name__}({', '.join(op.inputs)})"]
    for field in fields(op):
        value = getattr(op, field.name)
        if field.name in ("inputs", "output") or value is None:
            continue
        if is_records(value):
            for number, record in enumerate(value):
                lines.append(f"    {record.word} {number}")
                lines += [f"      {line}" for line in record.lines()]
        else:
            lines.append(f"    {field.name} = {_constant(value)}")
    return lines


def _quant(quant: Quant) -> str:
    text = f"scale {' '.join(map(str, quant.scale))}"
    if any(quant.zero_point):
        text += f" zero {' '.join(map(str, quant.zero_point))}"
    return text if quant.axis is None else f"{text} on axis {quant.axis}"


def _type(kind: TensorType) -> str:
    shape = "x".join(map(str, kind.shape))
    return f"{kind.dtype.value} x {shape} {_quant(kind.quant)} in {kind.low}..{kind.high}"


def _port(port: Port) -> list[str]:
    spec, name = port.spec, "" if port.name == INPUT else f"{port.name}: "
    return [
        f"  input {name}{spec.dtype.value} x {spec.n_features}",
        f"    names = {spec.names!r}",
        f"    scale = {spec.scale!r}",
        f"    offset = {spec.offset!r}",
    ]


def _state(state: State) -> list[str]:
    return [
        f"  state {state.name}: {_type(state.type)}",
        f"    initial = {_constant(state.initial)}",
        f"    update = {state.update}",
    ]


def print_graph(graph: Graph) -> str:
    """The whole graph, constants included: all that the chip computes and the header says."""
    lines = [
        f"graph {graph.name} from {graph.source}",
        *[line for port in graph.inputs for line in _port(port)],
        *[line for state in graph.state for line in _state(state)],
        f"  classes {graph.class_names!r}",
    ]
    for op in graph.ops:
        lines += _op(op)
        lines.append(f"    : {_type(graph.tensors[op.output])}")
    lines += [f"  output {o.field} = {o.tensor} ({o.certificate.kind})" for o in graph.outputs]
    return "\n".join(lines) + "\n"


def model_id(graph: Graph) -> bytes:
    """Eight bytes that name this graph: the start of SHA-256 over its printed form."""
    return hashlib.sha256(print_graph(graph).encode()).digest()[:8]
