# SPDX-License-Identifier: MIT
"""On which rows the rounding of what is compared leaves a label open."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.ir.source import SourceGraph
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.forest import Forest
from thumbling.quantize.leaves import is_short, rounding
from thumbling.reference.evaluate import tensor_values
from thumbling.reference.trees import keys_of, reached_leaves


def _units(graph: Graph, op: TreeEnsemble) -> int:
    """What stands for a whole vote of one tree."""
    return int(1 / (graph.tensors[op.output].quant.scale[0] * len(op.trees)))


def gap_errors(
    source: SourceGraph,
    forest: Forest,
    graph: Graph,
    op: TreeEnsemble,
    stored: npt.NDArray[Any],
    best: npt.NDArray[np.int64],
) -> FloatArray:
    """Bounds on |our gap - source's gap| between the mean shares of class `best` and every class.

    `best` holds a column per row; the result has shape (n, columns). A class that shares the
    error of the best one in every leaf, as equal shares do, has none. 0 means that both sums
    are exact in float64 too.
    """
    keys, nan = keys_of(_read(graph, op.inputs[0], stored))
    real = graph.input.real(stored)
    seen = source.value(forest.inputs[0], real).astype(np.float32)
    units, width = _units(graph, op), forest.trees[0].value.shape[1]
    rows = np.arange(len(stored))
    error = np.zeros((len(stored), width))
    exact = np.ones((len(stored), width), dtype=np.bool_)
    for tree, integers in zip(forest.trees, op.trees, strict=True):
        value = tree.value[tree.reached(seen)]
        votes = op.leaf[integers.left[reached_leaves(integers, keys, nan)]].astype(np.int64)
        if votes.shape[1] == 1 and width == 2:  # the first class has what the second leaves
            votes = np.concatenate([units - votes, votes], axis=1)
        gap = value[rows, best][:, None] - value
        error += np.abs((votes[rows, best][:, None] - votes) / units - gap)
        exact &= is_short(value)
    exact &= exact[rows, best][:, None] & (error == 0)
    slack = 2 * rounding(1.0, len(op.trees) + 2)
    return np.asarray(error / len(op.trees) + np.where(exact, 0.0, slack))


def _read(graph: Graph, tensor: str, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if tensor == INPUT:
        return stored
    return tensor_values(graph.ops, graph.tensors, stored)[tensor]


def open_votes(
    source: SourceGraph,
    forest: Forest,
    graph: Graph,
    op: TreeEnsemble,
    stored: npt.NDArray[Any],
    shares: FloatArray,
) -> npt.NDArray[np.bool_]:
    """Rows of a forest whose first greatest share might be another one in the ensemble `op`.

    `shares` are the source's, of shape (n, columns). Our gaps are whole units. So where the source
    has an exact tie and less than a unit can have been lost, there is a tie here too, and both
    take the first of its classes.
    """
    start, rows = 0, np.arange(len(shares))
    unit = float(graph.tensors[op.output].quant.scale[0])
    found = np.zeros(len(shares), dtype=np.bool_)
    for width in forest.n_classes:
        part = slice(start, start + width)
        best = start + shares[:, part].argmax(axis=1)
        gap = shares[rows, best][:, None] - shares
        reach = gap_errors(source, forest, graph, op, stored, best)
        decided = (gap > reach) | ((gap == 0) & (reach < unit))
        found |= ~decided[:, part].all(axis=1)
        start += width
    return found
