# SPDX-License-Identifier: MIT
"""Numbers of several tensors in one, in any order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import Interval, computed, require, require_array, require_integers
from thumbling.ir.ops.base import Int32Array, Op, op


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gather(Op):
    """`output[k] = inputs[source[k]][column[k]]`."""

    source: Int32Array
    column: Int32Array

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        require(bool(x), "Gather reads nothing")
        for values in x:
            require_integers(values, "Gather")
        for array in (self.source, self.column):
            require_array(array, np.int32, 1, "the places of Gather")
        require(len(self.source) == len(self.column), "Gather has places without a tensor")
        known = (self.source >= 0) & (self.source < len(x))
        require(bool(known.all()), "Gather reads a tensor that is none of its inputs")
        require(set(self.source.tolist()) == set(range(len(x))), "Gather reads none of an input")
        sizes = np.array([values.size for values in x])[self.source]
        inside = (self.column >= 0) & (self.column < sizes)
        require(bool(inside.all()), "Gather reads beyond the end of a tensor")
        pairs = list(zip(self.source.tolist(), self.column.tolist(), strict=True))
        low = np.array([x[s].low[c] for s, c in pairs], dtype=np.int64)
        high = np.array([x[s].high[c] for s, c in pairs], dtype=np.int64)
        return computed(low, high, "Gather")
