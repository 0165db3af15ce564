# SPDX-License-Identifier: MIT
"""The functions of a model in C: what they take, and how state begins and goes on.

A graph without state has `<name>_predict`; one with state `<name>_reset` and `<name>_push`. Where
constants are apart, each has a twin `.._with`, whose first parameter points to a block of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from thumbling.codegen.names import Names
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.table import Constant, table
from thumbling.codegen.text import c_int
from thumbling.codegen.variables import marked
from thumbling.ir import Graph, Port, State
from thumbling.schedule import Program

DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Macros:
    """The macros of an input: the C type of its values, and how many there are."""

    port: Port
    type: str
    count: str


def input_macros(graph: Graph) -> list[Macros]:
    """`<NAME>_INPUT_T` and `<NAME>_N_FEATURES`; of several inputs each has its own."""
    upper = graph.name.upper()
    if len(graph.inputs) == 1:
        (port,) = graph.inputs
        return [Macros(port=port, type=f"{upper}_INPUT_T", count=f"{upper}_N_FEATURES")]
    stems = [f"{upper}_{port.name.upper()}" for port in graph.inputs]
    pairs = zip(graph.inputs, stems, strict=True)
    return [Macros(port=port, type=f"{stem}_T", count=f"{stem}_LENGTH") for port, stem in pairs]


def entry(graph: Graph) -> str:
    """The function that answers one row."""
    return f"{graph.name}_{'push' if graph.state else 'predict'}"


def reset(graph: Graph) -> str:
    """The function that begins anew; empty where nothing is kept."""
    return f"{graph.name}_reset" if graph.state else ""


def prototype(graph: Graph, names: Mapping[str, str], *, apart: bool = False) -> str:
    """The head of `entry`, or of its twin; parameters are called `names`, or as their input."""
    data = [f"const {graph.name}_data_t *{DATA}"] if apart else []
    state = [f"{graph.name}_state_t *state"] if graph.state else []
    rows = [
        f"const {macros.port.spec.dtype.c} {names.get(macros.port.name, macros.port.name)}"
        f"[{macros.count}]"
        for macros in input_macros(graph)
    ]
    arguments = ", ".join([*data, *state, *rows, f"{graph.name}_output_t *out"])
    return f"thb_status_t {entry(graph)}{'_with' if apart else ''}({arguments})"


def call_with(graph: Graph, names: Mapping[str, str]) -> str:
    """The call of `entry`'s twin by itself; the inputs are called `names`."""
    state = ["state"] if graph.state else []
    rows = [names[port.name] for port in graph.inputs]
    return f"{entry(graph)}_with({', '.join([DATA, *state, *rows, 'out'])})"


def member(name: str, size: int, c_type: str) -> str:
    """A member of a struct; one value is a scalar."""
    return f"{c_type} {name}{f'[{size}]' if size > 1 else ''};"


def state_members(graph: Graph) -> list[str]:
    """The members of `<name>_state_t`."""
    return [member(s.name, s.type.size, s.type.dtype.c) for s in graph.state]


def reset_code(graph: Graph, names: Names) -> tuple[list[Constant], list[str]]:
    """Tables, and the statements of `<name>_reset`."""
    tables: list[Constant] = []
    lines: list[str] = []
    for state in graph.state:
        values = state.initial.tolist()
        if len(values) == 1:
            lines.append(f"state->{state.name} = {c_int(values[0])};")
            continue
        value = c_int(values[0])
        if np.unique(state.initial).size > 1:
            comment = f"What {state.name} begins with."
            initial = table(state.type.dtype.c, names.take(f"{state.name}_0"), values, comment)
            tables.append(initial)
            value = f"{initial.name}[j]"
        lines += _loop(state, value)
    return tables, lines


def store_code(program: Program) -> OpCode:
    """Statements that keep what states become, behind the last kernel."""
    lines: list[str] = []
    for state in program.stores:
        place = program.places[state.update]
        source = f"out->{place.name}" if place.kind == "output" else marked(place.name)
        if state.type.size == 1:
            at = "" if place.kind == "output" else "[0]"
            lines.append(f"state->{state.name} = {source}{at};")
        else:
            lines += _loop(state, f"{source}[j]")
    return OpCode(body="".join(f"    {line}\n" for line in lines))


def _loop(state: State, value: str) -> list[str]:
    return [
        f"for (uint32_t j = 0; j < {state.type.size}U; j++) {{",
        f"    state->{state.name}[j] = {value};",
        "    THB_NO_LIBRARY_CALL();",
        "}",
    ]
