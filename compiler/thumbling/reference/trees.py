# SPDX-License-Identifier: MIT
"""Meaning of `TreeEnsemble`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import float_key, wrap32
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.reference.meaning import Evaluation, Int64, meaning


def keys_of(x: npt.NDArray[np.generic]) -> tuple[Int64, npt.NDArray[np.bool_]]:
    """Comparison keys of stored rows, and where they are NaN."""
    if x.dtype == np.float32:
        floats = x.astype(np.float32)
        return float_key(floats), np.isnan(floats)
    return x.astype(np.int64), np.zeros(x.shape, dtype=np.bool_)


def reached_leaves(tree: IntTree, keys: Int64, nan: npt.NDArray[np.bool_]) -> Int64:
    """The node at which every row ends; shapes (n, n_features) -> (n,)."""
    node = np.zeros(len(keys), dtype=np.int64)
    rows = np.arange(len(keys))
    while True:
        inside = tree.feature[node] >= 0
        if not inside.any():
            return node
        active, at = rows[inside], node[inside]
        feature = tree.feature[at]
        left = keys[active, feature] <= tree.threshold[at]
        left = np.where(nan[active, feature], tree.nan_left[at], left)
        node[inside] = np.where(left, tree.left[at], tree.right[at])


@meaning(TreeEnsemble)
def evaluate_trees(op: TreeEnsemble, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Sums of leaf rows; (n, n_features) stored inputs -> (n, width)."""
    keys, nan = keys_of(x)
    total = np.tile(op.base.astype(np.int64), (len(x), 1))
    leaf = op.leaf.astype(np.int64)
    for tree in op.trees:
        total += leaf[tree.left[reached_leaves(tree, keys, nan)]]
    return wrap32(total)
