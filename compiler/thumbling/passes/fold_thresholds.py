# SPDX-License-Identifier: MIT
"""Fold scalers, casts and input scaling into tree thresholds, exactly.

Everything in front of a tree is monotone in each feature, so `float32(f(x)) <= threshold` splits
the stored input grid at one point. That point is found by bisection over the grid, evaluating `f`
with the framework's own float arithmetic; no algebra, no rounding argument.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import float_key, key_float
from thumbling.ir.source import Forest, SourceModel, Tree
from thumbling.ir.types import InputSpec

_ROWS_AT_ONCE = 2048
Int64 = npt.NDArray[np.int64]


def grid_bounds(spec: InputSpec) -> tuple[int, int]:
    """Least and greatest key of a stored input; for float32 the keys of both infinities."""
    if spec.dtype.is_float:
        low, high = float_key(np.array([-np.inf, np.inf], dtype=np.float32))
        return int(low), int(high)
    return spec.dtype.bounds


def stored_from_key(spec: InputSpec, keys: Int64) -> npt.NDArray[np.generic]:
    """The stored values that keys stand for."""
    if spec.dtype.is_float:
        return key_float(keys)
    return keys.astype(spec.dtype.numpy)


def decreasing(source: SourceModel, spec: InputSpec) -> npt.NDArray[np.bool_]:
    """Per feature, whether the predictor's input falls as the stored input rises."""
    falls = np.asarray(spec.scale) < 0
    for stage in source.stages:
        for step in stage.steps:
            if step.kind in ("mul", "div"):
                falls = falls ^ np.broadcast_to(step.values < 0, falls.shape)
    return falls


def _goes_left(
    source: SourceModel,
    spec: InputSpec,
    feature: Int64,
    threshold: npt.NDArray[np.float64],
    at: Int64,
) -> npt.NDArray[np.bool_]:
    rows = np.arange(len(at))
    stored = np.zeros((len(at), spec.n_features), dtype=spec.dtype.numpy)
    stored[rows, feature] = stored_from_key(spec, at)
    seen = source.transform(spec.real(stored)).astype(np.float32)
    return np.asarray(seen[rows, feature] <= threshold)


def _switch(
    source: SourceModel, spec: InputSpec, feature: Int64, threshold: npt.NDArray[np.float64]
) -> Int64:
    """The last key that is on the side of the least key, for pairs of feature and threshold.

    Where the function falls, the sides are swapped by the caller.
    """
    low, high = grid_bounds(spec)
    falls = decreasing(source, spec)[feature]
    below = np.full(len(feature), low - 1, dtype=np.int64)
    above = np.full(len(feature), high + 1, dtype=np.int64)
    while bool((above - below > 1).any()):
        middle = (below + above) >> 1
        probe = np.clip(middle, low, high)
        near = _goes_left(source, spec, feature, threshold, probe) ^ falls
        open_ = above - below > 1
        below = np.where(open_ & near, middle, below)
        above = np.where(open_ & ~near, middle, above)
    return below


@np.errstate(all="ignore")
def fold_thresholds(source: SourceModel, spec: InputSpec) -> list[tuple[Tree, Int64]]:
    """Every tree of a forest with its thresholds as keys of the stored input.

    Returns pairs (tree, keys): at a split, `key(x) <= keys[i]` goes left. Where the input falls,
    the tree returned has its children (and NaN routes) swapped. Keys lie in `low-1 .. high` of
    the grid, so a constant split shows as a key at either end.
    """
    forest = source.predictor
    assert isinstance(forest, Forest)
    feature = np.concatenate([t.feature[t.left >= 0] for t in forest.trees])
    threshold = np.concatenate([t.threshold[t.left >= 0] for t in forest.trees])
    pairs = np.zeros(len(feature), dtype=[("feature", np.int64), ("threshold", np.float64)])
    pairs["feature"], pairs["threshold"] = feature, threshold
    unique, inverse = np.unique(pairs, return_inverse=True)
    found = [
        _switch(source, spec, part["feature"], part["threshold"])
        for part in np.array_split(unique, max(1, -(-len(unique) // _ROWS_AT_ONCE)))
    ]
    keys = np.concatenate(found)[inverse] if len(unique) else np.zeros(0, dtype=np.int64)
    falls = decreasing(source, spec)
    folded, start = [], 0
    for tree in forest.trees:
        split = tree.left >= 0
        count = int(split.sum())
        own = np.zeros(len(tree.left), dtype=np.int64)
        own[split] = keys[start : start + count]
        start += count
        folded.append((_swapped(tree, falls), own))
    return folded


def _swapped(tree: Tree, falls: npt.NDArray[np.bool_]) -> Tree:
    swap = (tree.left >= 0) & falls[np.maximum(tree.feature, 0)]
    if not swap.any():
        return tree
    return Tree(
        feature=tree.feature,
        threshold=tree.threshold,
        left=np.where(swap, tree.right, tree.left),
        right=np.where(swap, tree.left, tree.right),
        nan_left=tree.nan_left ^ swap,
        value=tree.value,
        label=tree.label,
    )
