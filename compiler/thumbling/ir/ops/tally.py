# SPDX-License-Identifier: MIT
"""Votes for classes, counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import (
    Interval,
    computed,
    is_int,
    require,
    require_array,
    require_computed,
)
from thumbling.ir.ops.base import Int32Array, Op, op

_MOST_CLASSES = 1 << 16


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally(Op):
    """`output[k] = sum of weight[i] over all inputs i whose one value is k`; weights are not
    negative."""

    weight: Int32Array
    n_classes: int

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        require(bool(x), "Tally reads nothing")
        n = self.n_classes
        require(is_int(n) and 1 <= n <= _MOST_CLASSES, f"a tally of {n} classes")
        require_array(self.weight, np.int32, 1, "the weights of Tally")
        require(len(self.weight) == len(x), "Tally has a weight for each input")
        require(int(self.weight.min()) >= 0, "a weight of Tally is negative")
        for values in x:
            require_computed(values, "Tally")
            require(values.size == 1, f"Tally of {values.size} labels in one tensor")
            inside = values.low[0] >= 0 and values.high[0] < n
            require(bool(inside), "a label of Tally is no class")
        total = int(self.weight.astype(np.int64).sum())
        return computed(np.zeros(n, dtype=np.int64), np.full(n, total), "Tally")
