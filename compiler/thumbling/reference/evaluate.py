# SPDX-License-Identifier: MIT
"""Evaluation of whole graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.ops import Op
from thumbling.ir.types import TensorType
from thumbling.reference.meaning import Evaluation, Int64, meaning_of

Outputs = dict[str, npt.NDArray[np.int32]]


def _check(graph: Graph, op: Op, result: Int64, refused: npt.NDArray[np.bool_]) -> None:
    """Raise InternalError unless an op's result has the shape and range that its type declares."""
    kind = graph.tensors[op.output]
    if result.shape != (len(refused), kind.size):
        raise InternalError(f"{op.output} has shape {result.shape}, declared are {kind.shape}")
    kept = result[~refused]
    if len(kept) and not kind.low <= int(kept.min()) <= int(kept.max()) <= kind.high:
        raise InternalError(
            f"{op.output} ({type(op).__name__}) is {kept.min()}..{kept.max()},"
            f" declared are {kind.low}..{kind.high}",
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


@np.errstate(all="ignore")
def evaluate(
    graph: Graph, x: npt.NDArray[np.generic], *, check: bool = False
) -> tuple[Outputs, npt.NDArray[np.bool_]]:
    """Outputs of a graph for stored rows of shape (n, n_features) in the input's own type.

    With `check` every tensor of every row must lie in its declared range, else InternalError.

    Returns one int32 array of shape (n, length) per field, and which rows the C refuses with
    THB_ERR_NAN (their outputs are zero).
    """
    values: dict[str, npt.NDArray[np.generic]] = {INPUT: np.asarray(x, graph.input.dtype.numpy)}
    at = Evaluation(n_rows=len(x))
    for op in graph.ops:
        result = meaning_of(op)(op, at, *(values[name] for name in op.inputs))
        if check:
            _check(graph, op, result, at.refused)
        values[op.output] = result.astype(graph.tensors[op.output].dtype.numpy)
    outputs = {o.field: values[o.tensor].astype(np.int32) for o in graph.outputs}
    for array in outputs.values():
        array[at.refused] = 0
    return outputs, at.refused


def pack_outputs(graph: Graph, outputs: Outputs) -> list[bytes]:
    """The bytes of the C output struct, one per row."""
    columns = [outputs[o.field].astype("<i4") for o in graph.outputs]
    joined = np.ascontiguousarray(np.concatenate(columns, axis=1))
    return [row.tobytes() for row in joined]
