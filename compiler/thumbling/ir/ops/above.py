# SPDX-License-Identifier: MIT
"""The label of a binary classifier: a comparison with a cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import Interval, computed, require, require_array, require_computed, sole
from thumbling.ir.ops.base import Int32Array, Op, op


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Above(Op):
    """`output[k] = 1 if input[k] > cut[k] else 0`: the label of a binary classifier."""

    cut: Int32Array

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_computed(values, "Above")
        require_array(self.cut, np.int32, 1, "the cuts of Above")
        require(len(self.cut) == values.size, f"{len(self.cut)} cuts for {values.size} values")
        return computed(
            np.zeros(values.size, dtype=np.int64), np.ones(values.size, dtype=np.int64), "Above"
        )
