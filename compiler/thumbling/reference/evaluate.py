# SPDX-License-Identifier: MIT
"""Evaluation of whole graphs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.ops import (
    Above,
    ArgMax,
    Clamp,
    Complement,
    Dense,
    Op,
    Quantize,
    Softmax,
    TreeEnsemble,
)
from thumbling.reference.clamp import evaluate_clamp
from thumbling.reference.dense import evaluate_dense
from thumbling.reference.quantize_f32 import evaluate_quantize
from thumbling.reference.softmax import evaluate_softmax
from thumbling.reference.trees import (
    evaluate_above,
    evaluate_argmax,
    evaluate_complement,
    evaluate_trees,
)

Outputs = dict[str, npt.NDArray[np.int32]]


def _evaluate_op(op: Op, inputs: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.int64]:
    x = inputs[0]
    match op:
        case TreeEnsemble():
            return evaluate_trees(op, x)
        case ArgMax():
            return evaluate_argmax(op, x.astype(np.int64))
        case Above():
            return evaluate_above(op, x.astype(np.int64))
        case Complement():
            return evaluate_complement(op, x.astype(np.int64))
        case Clamp():
            return evaluate_clamp(op, x.astype(np.int64)).astype(np.int64)
        case Dense():
            return evaluate_dense(op, x.astype(np.int64)).astype(np.int64)
        case Softmax():
            return evaluate_softmax(op, x.astype(np.int64)).astype(np.int64)
        case Quantize():
            return evaluate_quantize(op, x.astype(np.float32))[0].astype(np.int64)
    raise TypeError(f"the reference does not know {type(op).__name__}")


@np.errstate(all="ignore")
def evaluate(graph: Graph, x: npt.NDArray[np.generic]) -> tuple[Outputs, npt.NDArray[np.bool_]]:
    """Outputs of a graph for stored rows of shape (n, n_features) in the input's own type.

    Returns one int32 array of shape (n, length) per field, and which rows the C refuses with
    THB_ERR_NAN (their outputs are zero).
    """
    values: dict[str, npt.NDArray[np.generic]] = {INPUT: np.asarray(x, graph.input.dtype.numpy)}
    refused = np.zeros(len(x), dtype=np.bool_)
    for op in graph.ops:
        inputs = [values[name] for name in op.inputs]
        if isinstance(op, Quantize):
            refused |= np.isnan(inputs[0].astype(np.float32)).any(axis=1)
        values[op.output] = _evaluate_op(op, inputs)
    outputs = {o.field: values[o.tensor].astype(np.int32) for o in graph.outputs}
    for array in outputs.values():
        array[refused] = 0
    return outputs, refused


def pack_outputs(graph: Graph, outputs: Outputs) -> list[bytes]:
    """The bytes of the C output struct, one per row."""
    columns = [outputs[o.field].astype("<i4") for o in graph.outputs]
    joined = np.ascontiguousarray(np.concatenate(columns, axis=1))
    return [row.tobytes() for row in joined]
