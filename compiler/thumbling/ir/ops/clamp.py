# SPDX-License-Identifier: MIT
"""Values moved into a range of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from thumbling.ir.interval import Interval, computed, require, require_array, require_integers, sole
from thumbling.ir.ops.base import INTEGERS, Int32Array, Op, op
from thumbling.ir.types import DType


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clamp(Op):
    """`output[j] = min(max(input[j], low[j]), high[j])`."""

    results: ClassVar[tuple[DType, ...]] = INTEGERS
    low: Int32Array
    high: Int32Array

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_integers(values, "Clamp")
        for limits in (self.low, self.high):
            require_array(limits, np.int32, 1, "the limits of Clamp")
            require(
                len(limits) == values.size,
                f"Clamp has {len(limits)} limits for {values.size} values",
            )
        low, high = self.low.astype(np.int64), self.high.astype(np.int64)
        require(bool((low <= high).all()), "a lower limit is above the upper one")
        least, most = (np.minimum(np.maximum(end, low), high) for end in (values.low, values.high))
        return computed(least, most, "a clamp")
