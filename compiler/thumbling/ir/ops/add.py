# SPDX-License-Identifier: MIT
"""The sum of two tensors whose scales are powers of two apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import (
    HIGH,
    LOW,
    Int64Array,
    Interval,
    all_ints,
    computed,
    require,
    require_integers,
)
from thumbling.ir.ops.base import Op, op

_MOST_SHIFT = 30


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Add(Op):
    """`output[j] = (a[j] << shift[0]) + (b[j] << shift[1])`, of two tensors of one length.

    Both terms and the sum are proved to fit int32, so nothing is rounded. The shifts, 0 to 30,
    bring both to the finer scale.
    """

    shift: tuple[int, int] = (0, 0)

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        require(len(x) == 2, f"Add reads {len(x)} tensors")
        for values in x:
            require_integers(values, "Add")
        require(x[0].size == x[1].size, f"Add of {x[0].size} and {x[1].size} values")
        shift = self.shift
        require(
            isinstance(shift, tuple)
            and len(shift) == 2
            and all_ints(shift)
            and 0 <= min(shift) <= max(shift) <= _MOST_SHIFT,
            "the shifts of Add are not two from 0 to 30",
        )
        terms = [_shifted(values, s) for values, s in zip(x, shift, strict=True)]
        (low, high), (low_b, high_b) = terms
        return computed(low + low_b, high + high_b, "a sum")


def _shifted(x: Interval, shift: int) -> tuple[Int64Array, Int64Array]:
    """The range of a term, which must fit int32."""
    low, high = x.low << np.int64(shift), x.high << np.int64(shift)
    fits = bool((low >= LOW).all() and (high <= HIGH).all())
    require(fits, f"a term of Add shifted by {shift} does not fit int32")
    return low, high
