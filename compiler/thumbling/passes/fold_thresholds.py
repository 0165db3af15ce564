# SPDX-License-Identifier: MIT
"""Fold scalers, casts and input scaling into thresholds, exactly.

Where everything between a number that the chip has and one that is compared with constants is
monotone, `float32(f(x)) <= threshold` splits the integers of that number at one point. That point
is found by bisection, evaluating `f` with the framework's own float arithmetic; no algebra, no
rounding argument. It holds for every chain of monotone ops, through selects and concats, and for
every consumer that compares with constants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import float_key, key_float
from thumbling.ir.source import SourceGraph
from thumbling.ir.types import DType, InputSpec

_ROWS_AT_ONCE = 2048
Int64 = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]


def grid_bounds(spec: InputSpec) -> tuple[int, int]:
    """Least and greatest key of a stored input; for float32 the keys of both infinities."""
    return key_bounds(spec.dtype)


def key_bounds(dtype: DType) -> tuple[int, int]:
    """Least and greatest key of numbers of a type that are ordered."""
    if dtype.is_float:
        low, high = float_key(np.array([-np.inf, np.inf], dtype=np.float32))
        return int(low), int(high)
    return dtype.bounds


def stored_from_key(spec: InputSpec, keys: Int64) -> npt.NDArray[np.generic]:
    """The stored values that keys stand for."""
    if spec.dtype.is_float:
        return key_float(keys)
    return keys.astype(spec.dtype.numpy)


class Axis(Protocol):
    """Numbers that the chip has, one of which is moved at a time, in integers called keys."""

    @property
    def bounds(self) -> tuple[int, int]:
        """Least and greatest key of any number."""
        ...

    def values(self, keys: Int64, column: Int64, wanted: str) -> Rows:
        """What the source makes of value `wanted` where number `column[i]` of row i has
        `keys[i]`; shape (n, width)."""
        ...

    def falls(self, column: Int64) -> npt.NDArray[np.bool_]:
        """Whether the real number falls as its key rises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InputAxis:
    """The columns of the stored input."""

    source: SourceGraph
    spec: InputSpec

    @property
    def bounds(self) -> tuple[int, int]:
        """See `grid_bounds`."""
        return grid_bounds(self.spec)

    def values(self, keys: Int64, column: Int64, wanted: str) -> Rows:
        """See `Axis`."""
        stored = np.zeros((len(keys), self.spec.n_features), dtype=self.spec.dtype.numpy)
        stored[np.arange(len(keys)), column] = stored_from_key(self.spec, keys)
        return self.source.value(wanted, self.spec.real(stored))

    def falls(self, column: Int64) -> npt.NDArray[np.bool_]:
        """See `Axis`."""
        return np.asarray(np.asarray(self.spec.scale)[column] < 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComputedAxis:
    """The integers of a value that is computed: number j is `slope[j] * key + offset[j]`.

    `row` is a real input row of shape (1, n_features), whose type decides in which types the
    source computes.
    """

    source: SourceGraph
    row: Rows
    name: str
    slope: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]
    bounds: tuple[int, int]

    def values(self, keys: Int64, column: Int64, wanted: str) -> Rows:
        """See `Axis`."""
        given = np.zeros((len(keys), len(self.slope)))
        given[np.arange(len(keys)), column] = self.slope[column] * keys + self.offset[column]
        held = given.astype(self.source.value(self.name, self.row).dtype)
        rows = np.repeat(self.row, len(keys), axis=0)
        return self.source.run(rows, wanted, given={self.name: held})[wanted]

    def falls(self, column: Int64) -> npt.NDArray[np.bool_]:
        """See `Axis`."""
        return np.asarray(self.slope[column] < 0)


Compare = Callable[[Rows, npt.NDArray[np.float64]], npt.NDArray[np.bool_]]


@np.errstate(all="ignore")
def tree_compare(seen: Rows, threshold: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """As scikit-learn's trees do: numbers are cast to float32 first."""
    return np.asarray(seen.astype(np.float32) <= threshold)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """Number `feature[i]` of value `name` against `threshold[i]`, which depends on number
    `column[i]` of an axis alone, and falls with it where `falls[i]`."""

    name: str
    feature: Int64
    column: Int64
    threshold: npt.NDArray[np.float64]
    falls: npt.NDArray[np.bool_]

    def part(self, at: Any) -> Compared:
        """Some of them."""
        return Compared(
            name=self.name,
            feature=self.feature[at],
            column=self.column[at],
            threshold=self.threshold[at],
            falls=self.falls[at],
        )


def _switch(axis: Axis, what: Compared, compare: Compare) -> Int64:
    """The last key that is on the side of the least key.

    Where the function falls, the sides are swapped by the caller.
    """
    low, high = axis.bounds
    rows = np.arange(len(what.feature))
    falls = what.falls ^ axis.falls(what.column)
    below = np.full(len(rows), low - 1, dtype=np.int64)
    above = np.full(len(rows), high + 1, dtype=np.int64)
    while bool((above - below > 1).any()):
        middle = (below + above) >> 1
        probe = np.clip(middle, low, high)
        seen = axis.values(probe, what.column, what.name)[rows, what.feature]
        near = compare(seen, what.threshold) ^ falls
        open_ = above - below > 1
        below = np.where(open_ & near, middle, below)
        above = np.where(open_ & ~near, middle, above)
    return below


@np.errstate(all="ignore")
def fold_thresholds(axis: Axis, what: Compared, compare: Compare = tree_compare) -> Int64:
    """The keys at which comparisons change sides: `key <= result[i]` is one side.

    That is the side of `compare` where the function rises, the other where it falls. Keys lie in
    `low-1 .. high` of the axis, so a constant comparison shows as a key at either end.
    """
    pairs = np.zeros(len(what.feature), dtype=[("feature", np.int64), ("threshold", np.float64)])
    pairs["feature"], pairs["threshold"] = what.feature, what.threshold
    unique, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    if not len(unique):
        return np.zeros(0, dtype=np.int64)
    chunks = np.array_split(first, max(1, -(-len(unique) // _ROWS_AT_ONCE)))
    found = [_switch(axis, what.part(chunk), compare) for chunk in chunks]
    return np.asarray(np.concatenate(found)[inverse])
