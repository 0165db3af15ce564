# SPDX-License-Identifier: MIT
"""Labels: the first greatest of each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import Interval, computed, is_int, require, require_computed, sole
from thumbling.ir.ops.base import Op, op


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArgMax(Op):
    """For each group of `groups[k]` neighbouring inputs the index of the first greatest one."""

    groups: tuple[int, ...]

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_computed(values, "ArgMax")
        groups = self.groups
        require(
            isinstance(groups, tuple)
            and bool(groups)
            and all(is_int(g) and g >= 1 for g in groups),
            "the groups of ArgMax are no positive integers",
        )
        require(sum(groups) == values.size, f"ArgMax of {sum(groups)} values on {values.size}")
        most = np.array(groups, dtype=np.int64) - 1
        return computed(np.zeros_like(most), most, "ArgMax")
