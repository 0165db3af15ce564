# SPDX-License-Identifier: MIT
"""The arrays of one scikit-learn tree, checked before anybody walks them.

scikit-learn's walk (sklearn/tree/_tree.pyx, `_apply_dense`) follows child and feature indices in
C without bounds checks: a wrong index reads foreign memory, a cycle never ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import GREATEST, inconsistent
from thumbling.frontends.sklearn_release import holds_counts
from thumbling.ir.source.arrays import IntArray, frozen, greatest
from thumbling.ir.source.forest import Tree

_NONE = -2  # scikit-learn's TREE_UNDEFINED
# Shares of a leaf are quotients of float64 sums of weights.
_SHARE_SLACK = 1e-9


def read_tree(estimator: Any, n_features: int, n_outputs: int, n_classes: tuple[int, ...]) -> Tree:
    """The tree of a fitted `DecisionTree...` or `ExtraTree...`; `n_classes` empty for a regressor.

    Raises `ModelError` where its arrays do not fit together.
    """
    tree = estimator.tree_
    _check_sizes(estimator, tree, n_features, n_outputs, max(n_classes, default=1))
    nodes = tree.__getstate__()["nodes"]
    left = nodes["left_child"].astype(np.int64)
    right = nodes["right_child"].astype(np.int64)
    feature = nodes["feature"].astype(np.int64)
    threshold = nodes["threshold"].astype(np.float64)
    _check_children(estimator, left, right)
    kept = _values(estimator, tree, n_classes)
    shares = _shares(estimator, kept, n_classes) if n_classes else kept
    winners = greatest(kept, n_classes) if n_classes else None
    split = left >= 0
    if not ((feature[split] >= 0) & (feature[split] < n_features)).all():
        raise inconsistent(estimator, f"a node splits on a feature outside 0 to {n_features - 1}")
    if np.isnan(threshold[split]).any():
        raise inconsistent(estimator, "a threshold is NaN")
    return Tree(
        # What a leaf holds in these two is no feature and no threshold.
        feature=frozen(np.where(split, feature, _NONE)),
        threshold=frozen(np.where(split, threshold, float(_NONE))),
        left=frozen(left),
        right=frozen(right),
        nan_left=frozen(nodes["missing_go_to_left"].astype(np.bool_)),
        value=frozen(shares),
        label=None if winners is None else frozen(winners),
    )


def _check_sizes(
    estimator: Any, tree: Any, n_features: int, n_outputs: int, max_classes: int
) -> None:
    if (type(tree).__module__, type(tree).__name__) != ("sklearn.tree._tree", "Tree"):
        raise inconsistent(estimator, f"tree_ is a {type(tree).__name__}")
    # Views of the arrays are `node_count` long, whatever memory lies behind them.
    if not 1 <= tree.node_count <= tree.capacity:
        raise inconsistent(estimator, f"it says {tree.node_count} nodes and holds {tree.capacity}")
    for what, given, wanted in (
        ("features", tree.n_features, n_features),
        ("outputs", tree.n_outputs, n_outputs),
        ("classes", tree.max_n_classes, max_classes),
    ):
        if given != wanted:
            raise inconsistent(estimator, f"its tree has {given} {what}, the model {wanted}")


def _check_children(estimator: Any, left: IntArray, right: IntArray) -> None:
    """Every node but the first is the child of exactly one node and reached from the first."""
    leaf = left == -1
    children = np.concatenate([left[~leaf], right[~leaf]])
    if (right[leaf] != -1).any() or not ((children > 0) & (children < len(left))).all():
        raise inconsistent(estimator, f"a child of a node is outside its {len(left)} nodes")
    if len(np.unique(children)) != len(children):
        raise inconsistent(estimator, "a node is the child of two nodes")
    # With one parent at most and none for the first node, what is reached holds no cycle.
    reached, level = 0, np.zeros(1, dtype=np.int64)
    while len(level):
        reached += len(level)
        inner = level[~leaf[level]]
        level = np.concatenate([left[inner], right[inner]])
    if reached != len(left):
        raise inconsistent(estimator, f"{len(left) - reached} of its nodes are on no path")


def _values(estimator: Any, tree: Any, n_classes: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """What the tree keeps, shape (nodes, columns): counts or shares of classes, or values."""
    value = np.asarray(tree.value, dtype=np.float64)
    if not n_classes:
        flat = value[:, :, 0]
    else:
        columns = [value[:, k, :width] for k, width in enumerate(n_classes)]
        flat = np.concatenate(columns, axis=1)
    if not (np.abs(flat) <= GREATEST).all():
        raise UnsupportedModelError(
            f"a leaf of the tree holds a value that is not finite, or beyond {GREATEST:g}",
            hint="check the training targets and sample weights",
        )
    if n_classes and (flat < 0).any():
        raise UnsupportedModelError(
            "a leaf of the tree holds a negative share",
            hint="fit it again without negative sample weights",
        )
    return flat


def _shares(
    estimator: Any, kept: npt.NDArray[np.float64], n_classes: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    """Class shares as the release's `predict_proba` gives them, shape (nodes, columns)."""
    counted, shares, start = holds_counts(estimator), kept.copy(), 0
    for width in n_classes:
        part = shares[:, start : start + width]
        start += width
        total = part.sum(axis=1)[:, np.newaxis]
        if counted:
            # As releases before 1.4 do: what no sample reached has no share at all.
            part /= np.where(total == 0, 1.0, total)
        elif not (np.abs(total - 1) <= _SHARE_SLACK).all():
            raise inconsistent(
                estimator,
                "its leaves hold neither shares that sum to 1 nor, as releases before 1.4 kept"
                " them, the weighted counts of its nodes",
            )
    return shares
