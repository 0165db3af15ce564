# SPDX-License-Identifier: MIT
"""Both shares of a binary classifier from one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import (
    HIGH,
    LOW,
    Interval,
    computed,
    is_int,
    require,
    require_computed,
    sole,
)
from thumbling.ir.ops.base import Op, op


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Complement(Op):
    """`output = [total - input[0], input[0]]`: both probabilities of a binary classifier."""

    total: int

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_computed(values, "Complement")
        require(values.size == 1, f"Complement of {values.size} values")
        require(
            is_int(self.total) and LOW <= self.total <= HIGH, "the total of Complement is no int32"
        )
        low = np.concatenate([self.total - values.high, values.low])
        high = np.concatenate([self.total - values.low, values.high])
        return computed(low, high, "Complement")
