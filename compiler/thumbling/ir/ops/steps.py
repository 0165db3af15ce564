# SPDX-License-Identifier: MIT
"""Functions of one number that are constant between thresholds: codes and bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import LOW, Interval, computed, require, require_array, sole
from thumbling.ir.ops.base import Int32Array, Op, op

REFUSED = LOW
"""A value that makes the prediction fail with THB_ERR_NAN."""


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps(Op):
    """`output[k]` is the value of the piece in which number `column[k]` of the input lies.

    Output k has `count[k]` thresholds, ascending, and one value more: value m where the number is
    above m of them. All thresholds stand in `threshold` and all values in `value`, output by
    output. Floats are compared by their keys (`fixedpoint.float_key`), and a NaN is the least
    int32, below all. Where a value is `REFUSED`, the prediction fails with THB_ERR_NAN.
    """

    column: Int32Array
    count: Int32Array
    threshold: Int32Array
    value: Int32Array

    @property
    def rejects_nan(self) -> bool:
        """See `Op.rejects_nan`."""
        return bool((self.value == REFUSED).any())

    @property
    def pieces(self) -> list[tuple[Int32Array, Int32Array]]:
        """Thresholds and values of every output."""
        ends = np.cumsum(self.count)
        thresholds = np.split(self.threshold, ends[:-1])
        values = np.split(self.value, ends[:-1] + np.arange(1, len(ends)))
        return list(zip(thresholds, values, strict=True))

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        given = sole(x)
        for name in ("column", "count", "threshold", "value"):
            require_array(getattr(self, name), np.int32, 1, f"the {name} of Steps")
        n, total = len(self.column), int(self.count.astype(np.int64).sum())
        require(len(self.count) == n, "Steps has columns without thresholds")
        require(bool((self.count >= 0).all()), "Steps has a negative count")
        require(len(self.threshold) == total, "Steps has other thresholds than it counts")
        require(len(self.value) == total + n, "Steps has other values than pieces")
        inside = (self.column >= 0) & (self.column < given.size)
        require(bool(inside.all()), "Steps reads beyond the end of a tensor")
        low, high = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        for k, (threshold, value) in enumerate(self.pieces):
            rising = np.diff(threshold.astype(np.int64)) > 0
            require(bool(rising.all()), "the thresholds of Steps do not rise")
            kept = value[value != REFUSED]
            require(len(kept) > 0, "Steps refuses everything")
            low[k], high[k] = kept.min(), kept.max()
        return computed(low, high, "Steps")
