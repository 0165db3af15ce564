# SPDX-License-Identifier: MIT
"""Which integers each op can give, by interval arithmetic: one function an op.

Each function first checks the op's own constants: kinds, shapes, values. So an op whose range was
inferred can be evaluated and emitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.ir.ops import (
    Above,
    ArgMax,
    Clamp,
    Complement,
    Dense,
    IntTree,
    Op,
    Quantize,
    Softmax,
    TreeEnsemble,
)
from thumbling.ir.types import DType, InputSpec

Int64Array = npt.NDArray[np.int64]
_LOW, _HIGH = DType.INT32.bounds
_WEIGHTS = (np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.int32))
_MODES = ("softmax", "sigmoid", "ovr")
_MOST_FRACTION_BITS = 40
_MOST_SCORES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interval:
    """Least and greatest integer of every value of a tensor, int64 of shape (size,).

    `stored` is the type of the input row itself, None for what an op has computed.
    """

    low: Int64Array
    high: Int64Array
    stored: DType | None = None

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.low)


def require(holds: bool, what: str) -> None:
    """Raise `InternalError` saying what is wrong with the graph, unless `holds`."""
    if not holds:
        raise InternalError(f"invalid graph: {what}", hint="please report this model")


def input_interval(spec: InputSpec) -> Interval:
    """The stored input row; for float32 the keys of its bits."""
    low, high = (DType.INT32 if spec.dtype.is_float else spec.dtype).bounds
    n = spec.n_features
    return Interval(low=np.full(n, low), high=np.full(n, high), stored=spec.dtype)


def infer(op: Op, x: Interval) -> Interval:
    """The range of an op on values in `x`. Raises `InternalError` where the op is ill-formed."""
    match op:
        case TreeEnsemble():
            return _trees(op, x)
        case Quantize():
            return _quantize(op, x)
        case Clamp():
            return _clamp(op, x)
        case Dense():
            return _dense(op, x)
        case ArgMax():
            return _argmax(op, x)
        case Above():
            return _above(op, x)
        case Complement():
            return _complement(op, x)
        case Softmax():
            return _softmax(op, x)
    raise InternalError(f"invalid graph: nothing is known of {type(op).__name__}")


def _trees(op: TreeEnsemble, x: Interval) -> Interval:
    require(x.stored is not None, "trees read something else than the input")
    _require_array(op.leaf, np.int32, 2, "the leaf table")
    _require_array(op.base, np.int32, 1, "the base")
    require(op.base.shape == op.leaf.shape[1:], "base and leaves have different widths")
    require(isinstance(op.trees, tuple) and bool(op.trees), "an ensemble holds no trees")
    low, high = op.base.astype(np.int64), op.base.astype(np.int64)
    leaf = op.leaf.astype(np.int64)
    for tree in op.trees:
        reached = leaf[_leaves(tree, x.size, len(leaf))]
        low, high = low + reached.min(axis=0), high + reached.max(axis=0)
    return _computed(low, high, "a sum of leaves")


def _leaves(tree: IntTree, n_features: int, n_rows: int) -> npt.NDArray[np.int32]:
    """The rows of the leaf table that a well-formed tree reaches."""
    require(isinstance(tree, IntTree), "an ensemble holds something else than trees")
    for column in (tree.feature, tree.threshold, tree.left, tree.right):
        _require_array(column, np.int32, 1, "a column of a tree")
        require(len(column) == tree.n_nodes, "the columns of a tree have different lengths")
    _require_array(tree.nan_left, np.bool_, 1, "a column of a tree")
    require(len(tree.nan_left) == tree.n_nodes, "the columns of a tree have different lengths")
    split, index = tree.feature >= 0, np.arange(tree.n_nodes)
    require(bool((tree.feature < n_features).all()), "a split reads a feature that is not there")
    for child in (tree.left, tree.right):
        ok = (child[split] > index[split]) & (child[split] < tree.n_nodes)
        require(bool(ok.all()), "a child does not come after its parent")
    children = np.concatenate([tree.left[split], tree.right[split]])
    parents = np.bincount(children, minlength=tree.n_nodes)
    require(bool((parents[1:] == 1).all()), "a node is not the child of one other")
    rows = tree.left[~split]
    require(bool(((rows >= 0) & (rows < n_rows)).all()), "a leaf has no row")
    return rows


def _quantize(op: Quantize, x: Interval) -> Interval:
    require(x.stored is DType.FLOAT32, "Quantize reads something else than floats")
    _require_array(op.shift, np.int32, 1, "the shifts")
    require(len(op.shift) == x.size, f"{len(op.shift)} shifts for {x.size} features")
    require(_is_int(op.bits) and op.bits in (16, 32), "fixed point has 16 or 32 bits")
    require(bool((abs(op.shift - 14) <= 111).all()), "a shift is beyond -97..125")
    limit = np.full(x.size, (1 << (op.bits - 1)) - 1)
    return _computed(-limit, limit, "fixed point")


def _clamp(op: Clamp, x: Interval) -> Interval:
    _require_integers(x, "Clamp")
    for limits in (op.low, op.high):
        _require_array(limits, np.int32, 1, "the limits of Clamp")
        require(len(limits) == x.size, f"Clamp has {len(limits)} limits for {x.size} values")
    low, high = op.low.astype(np.int64), op.high.astype(np.int64)
    require(bool((low <= high).all()), "a lower limit is above the upper one")
    least, most = (np.minimum(np.maximum(end, low), high) for end in (x.low, x.high))
    return _computed(least, most, "a clamp")


def _dense(op: Dense, x: Interval) -> Interval:
    _require_integers(x, "Dense")
    require(op.weight.dtype in _WEIGHTS, f"weights are {op.weight.dtype}")
    _require_array(op.weight, op.weight.dtype.type, 2, "the weights")
    _require_array(op.bias, np.int64, 1, "the bias")
    n_out, n_in = op.weight.shape
    require(n_in == x.size, f"weights of {n_in} columns for {x.size} inputs")
    require(len(op.bias) == n_out, f"{len(op.bias)} biases for {n_out} rows of weights")
    require(
        _is_int(op.accumulator_bits) and op.accumulator_bits in (32, 64),
        f"an accumulator of {op.accumulator_bits} bits",
    )
    require(_is_int(op.shift) and 0 <= op.shift < op.accumulator_bits, f"a shift by {op.shift}")
    require(isinstance(op.saturate, bool), "saturate is neither true nor false")
    return _dense_interval(op, x)


def _dense_interval(op: Dense, x: Interval) -> Interval:
    """Exact sums of interval ends, in Python's integers: products of int32 do not fit int64."""
    weight, bias = op.weight.astype(object), op.bias.astype(object)
    low, high = x.low.astype(object), x.high.astype(object)
    ends = np.stack([weight * low, weight * high])
    least, most = ends.min(axis=0).sum(axis=1) + bias, ends.max(axis=0).sum(axis=1) + bias
    half = (1 << op.shift) >> 1
    reach = np.abs(ends).max(axis=0).sum(axis=1) + np.abs(bias) + half
    fits = all(sum_ < 1 << (op.accumulator_bits - 1) for sum_ in reach.tolist())
    require(fits, f"a sum may leave the accumulator of {op.accumulator_bits} bits")
    results = [[(end + half) >> op.shift for end in side.tolist()] for side in (least, most)]
    if op.saturate:
        results = [[min(max(end, _LOW), _HIGH) for end in side] for side in results]
    require(all(_LOW <= end <= _HIGH for side in results for end in side), "Dense leaves int32")
    return _computed(np.array(results[0]), np.array(results[1]), "Dense")


def _argmax(op: ArgMax, x: Interval) -> Interval:
    _require_computed(x, "ArgMax")
    groups = op.groups
    require(
        isinstance(groups, tuple) and bool(groups) and all(_is_int(g) and g >= 1 for g in groups),
        "the groups of ArgMax are no positive integers",
    )
    require(sum(groups) == x.size, f"ArgMax of {sum(groups)} values on {x.size}")
    most = np.array(groups, dtype=np.int64) - 1
    return _computed(np.zeros_like(most), most, "ArgMax")


def _above(op: Above, x: Interval) -> Interval:
    _require_computed(x, "Above")
    _require_array(op.cut, np.int32, 1, "the cuts of Above")
    require(len(op.cut) == x.size, f"{len(op.cut)} cuts for {x.size} values")
    return _computed(np.zeros(x.size, dtype=np.int64), np.ones(x.size, dtype=np.int64), "Above")


def _complement(op: Complement, x: Interval) -> Interval:
    _require_computed(x, "Complement")
    require(x.size == 1, f"Complement of {x.size} values")
    require(_is_int(op.total) and _LOW <= op.total <= _HIGH, "the total of Complement is no int32")
    low = np.concatenate([op.total - x.high, x.low])
    high = np.concatenate([op.total - x.low, x.high])
    return _computed(low, high, "Complement")


def _softmax(op: Softmax, x: Interval) -> Interval:
    _require_computed(x, "Softmax")
    require(op.mode in _MODES, f"no softmax is called {op.mode!r}")
    bits = op.fraction_bits
    require(_is_int(bits) and 0 <= bits <= _MOST_FRACTION_BITS, f"scores of {bits} fraction bits")
    if op.mode == "sigmoid":
        require(x.size == 1, f"a sigmoid of {x.size} scores")
    else:
        require(2 <= x.size < _MOST_SCORES, f"a softmax of {x.size} scores")
    n = 2 if op.mode == "sigmoid" else x.size
    return _computed(np.zeros(n, dtype=np.int64), np.full(n, 1 << 15), "Softmax")


def _computed(low: Int64Array, high: Int64Array, what: str) -> Interval:
    fits = bool((low >= _LOW).all()) and bool((high <= _HIGH).all())
    require(fits, f"{what} does not fit int32")
    return Interval(low=low.astype(np.int64), high=high.astype(np.int64))


def _require_array(value: Any, dtype: type[np.generic], n_axes: int, what: str) -> None:
    ok = isinstance(value, np.ndarray) and value.dtype == np.dtype(dtype) and value.ndim == n_axes
    require(ok, f"{what} is no {np.dtype(dtype).name} array of {n_axes} axes")
    require(value.size > 0, f"{what} is empty")


def _require_integers(x: Interval, op: str) -> None:
    require(x.stored is not DType.FLOAT32, f"{op} reads floats")


def _require_computed(x: Interval, op: str) -> None:
    require(x.stored is None, f"{op} reads the input, which is no int32 that an op has computed")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def all_ints(values: Sequence[object]) -> bool:
    """Whether every item is an integer, truth values left out."""
    return all(map(_is_int, values))
