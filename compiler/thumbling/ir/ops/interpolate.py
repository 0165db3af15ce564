# SPDX-License-Identifier: MIT
"""Any smooth function of 16-bit integers: straight lines between the entries of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from thumbling.ir.interval import Interval, computed, require, require_array, sole
from thumbling.ir.ops.base import Op, op
from thumbling.ir.types import DType

_MOST_BITS = 12


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interpolate(Op):
    """`output[j] = f(input[j])` for int16, by straight lines between `2**b + 1` points of f.

    `table[i]` is the result for the input `-32768 + i * 2**(16 - b)`, b 1 to 12; what lies between
    two of them is rounded to nearest, halves up. Where f is smooth and the entries are rounded,
    the error is at most `1 + m * d**2 / 8` units of the result: half a unit each for the entry and
    the line, and for the line's distance from f, with d the distance of two points in reals and m
    the greatest second derivative of f in units of the result. For a logistic function over
    -8..8 with b = 8 in units of 2**-15 that is 1 + 2**15 * 0.0963 / 16**2 / 8 < 2.6 units; for
    tanh over -4..4 (m = 2**15 * 0.7699, d = 1/32) below 4.1.
    """

    results: ClassVar[tuple[DType, ...]] = (DType.INT16, DType.INT32)
    table: npt.NDArray[np.int16]

    @property
    def fraction_bits(self) -> int:
        """The lower bits of an input, which lie between two points."""
        return 17 - (len(self.table) - 1).bit_length()

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require(values.dtype is DType.INT16, f"Interpolate reads {values.dtype.value}, not int16")
        require_array(self.table, np.int16, 1, "the table of Interpolate")
        steps = [1 << bits for bits in range(1, _MOST_BITS + 1)]
        require(len(self.table) - 1 in steps, f"a table of {len(self.table)} points")
        bits, table = self.fraction_bits, self.table.astype(np.int64)
        first, last = (values.low + (1 << 15)) >> bits, (values.high + (1 << 15)) >> bits
        reached = [table[a : b + 2] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        low = np.array([part.min() for part in reached])
        return computed(low, np.array([part.max() for part in reached]), "Interpolate")
