# SPDX-License-Identifier: MIT
"""What the rounding of votes can do to a given row: the errors of the leaves it reaches."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Graph
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.ir.source import FloatArray, Forest, SourceModel
from thumbling.quantize.leaves import is_short, rounding
from thumbling.reference.trees import keys_of, reached_leaves


def _units(graph: Graph, op: TreeEnsemble) -> int:
    """What stands for a whole vote of one tree."""
    return int(1 / (graph.tensors[op.output].quant.scale[0] * len(op.trees)))


def gap_errors(
    source: SourceModel, graph: Graph, stored: npt.NDArray[Any], best: npt.NDArray[np.int64]
) -> FloatArray:
    """Bounds on |our gap - source's gap| between the mean shares of class `best` and every class.

    `best` holds a column per row; the result has shape (n, columns). A class that shares the
    error of the best one in every leaf, as equal shares do, has none. 0 means that both sums
    are exact in float64 too.
    """
    forest, op = source.predictor, graph.ops[0]
    assert isinstance(forest, Forest)
    assert isinstance(op, TreeEnsemble)
    keys, nan = keys_of(stored)
    seen = source.transform(graph.input.real(stored)).astype(np.float32)
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


def least_gap(graph: Graph) -> float:
    """The unit of our mean shares: smaller gaps than this are ties."""
    return float(graph.tensors[graph.ops[0].output].quant.scale[0])
