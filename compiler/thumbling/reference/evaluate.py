# SPDX-License-Identifier: MIT
"""Evaluation of whole graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.ops import Op
from thumbling.ir.ports import Rows, port_rows
from thumbling.ir.types import TensorType
from thumbling.reference.meaning import Evaluation, Int64, meaning_of

Outputs = dict[str, npt.NDArray[np.int32]]


Refused = npt.NDArray[np.bool_]
Values = dict[str, npt.NDArray[np.generic]]
StateValues = Mapping[str, npt.NDArray[np.generic]]


def _check(what: str, kind: TensorType, result: Int64, refused: Refused) -> None:
    """Raise InternalError unless a result has the shape and range that its type declares."""
    if result.shape != (len(refused), kind.size):
        raise InternalError(f"{what} has shape {result.shape}, declared are {kind.shape}")
    kept = result[~refused]
    if len(kept) and not kind.low <= int(kept.min()) <= int(kept.max()) <= kind.high:
        raise InternalError(
            f"{what} is {kept.min()}..{kept.max()}, declared are {kind.low}..{kind.high}",
            hint="please report this model",
        )


@np.errstate(all="ignore")
def tensor_values(
    ops: Sequence[Op], tensors: Mapping[str, TensorType], stored: npt.NDArray[np.generic]
) -> dict[str, npt.NDArray[np.generic]]:
    """Every tensor for stored rows of shape (n, n_features), each of shape (n, length).

    Rows that the C refuses are computed as well.
    """
    values: dict[str, npt.NDArray[np.generic]] = {INPUT: stored}
    at = Evaluation(n_rows=len(stored))
    for op in ops:
        result = meaning_of(op)(op, at, *(values[name] for name in op.inputs))
        values[op.output] = result.astype(tensors[op.output].dtype.numpy)
    return values


def _pass(graph: Graph, values: Values, n_rows: int, *, check: bool) -> Refused:
    """Compute every op of rows that do not depend on each other; put the results in `values`."""
    at = Evaluation(n_rows=n_rows)
    for op in graph.ops:
        result = meaning_of(op)(op, at, *(values[name] for name in op.inputs))
        kind = graph.tensors[op.output]
        if check:
            _check(f"{op.output} ({type(op).__name__})", kind, result, at.refused)
        values[op.output] = result.astype(kind.dtype.numpy)
    return at.refused


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What a graph answers to rows in order.

    `outputs` has one int32 array of shape (n, length) per field; of rows that the C refuses with
    THB_ERR_NAN, marked in `refused`, they are zero. `state` is what is kept for the next row, by
    name, of shape (size,).
    """

    outputs: Outputs
    refused: Refused
    state: StateValues


def initial_state(graph: Graph) -> StateValues:
    """What a graph keeps before the first row."""
    return {state.name: state.initial for state in graph.state}


@np.errstate(all="ignore")
def run(graph: Graph, rows: Rows, *, state: StateValues | None = None, check: bool = True) -> Run:
    """Outputs of a graph for stored rows (`ir/ports.py`), in order, and the state behind them.

    `state` is what an earlier run has left, None what the graph begins with. With `check` every
    tensor of every row must lie in its declared range, else InternalError.
    """
    given = port_rows(graph.inputs, rows)
    n_rows = len(next(iter(given.values())))
    if not graph.state:
        values: Values = dict(given)
        refused = _pass(graph, values, n_rows, check=check)
        return Run(outputs=_outputs(graph, values, refused), refused=refused, state={})
    kept = initial_state(graph) if state is None else state
    steps = []
    for i in range(n_rows):
        values = {name: row[i : i + 1] for name, row in given.items()}
        values |= {name: array[np.newaxis] for name, array in kept.items()}
        refused = _pass(graph, values, 1, check=check)
        steps.append((_outputs(graph, values, refused), refused))
        if not refused[0]:
            kept = _updated(graph, values, refused, check=check)
    return _joined(graph, steps, kept)


def _updated(graph: Graph, values: Values, refused: Refused, *, check: bool) -> StateValues:
    """What is kept behind a row."""
    if check:
        for state in graph.state:
            _check(state.name, state.type, values[state.update].astype(np.int64), refused)
    return {state.name: values[state.update][0] for state in graph.state}


def _outputs(graph: Graph, values: Values, refused: Refused) -> Outputs:
    outputs = {o.field: values[o.tensor].astype(np.int32) for o in graph.outputs}
    for array in outputs.values():
        array[refused] = 0
    return outputs


def _joined(graph: Graph, steps: list[tuple[Outputs, Refused]], kept: StateValues) -> Run:
    """Single rows together; there may be none."""
    outputs = {}
    for output in graph.outputs:
        empty = np.empty((0, graph.tensors[output.tensor].size), dtype=np.int32)
        outputs[output.field] = np.concatenate([empty, *(step[0][output.field] for step in steps)])
    refused = np.array([step[1][0] for step in steps], dtype=np.bool_)
    return Run(outputs=outputs, refused=refused, state=kept)


def evaluate(graph: Graph, x: Rows, *, check: bool = True) -> tuple[Outputs, Refused]:
    """Outputs of a graph for stored rows, and which of them the C refuses (`run`).

    A graph with state begins anew with the first of them.
    """
    found = run(graph, x, check=check)
    return found.outputs, found.refused


def pack_outputs(graph: Graph, outputs: Outputs) -> list[bytes]:
    """The bytes of the C output struct, one per row."""
    columns = [outputs[o.field].astype("<i4") for o in graph.outputs]
    joined = np.ascontiguousarray(np.concatenate(columns, axis=1))
    return [row.tobytes() for row in joined]
