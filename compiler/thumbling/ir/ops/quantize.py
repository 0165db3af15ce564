# SPDX-License-Identifier: MIT
"""Floats to fixed point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from thumbling.ir.interval import Interval, computed, is_int, require, require_array, sole
from thumbling.ir.ops.base import Int32Array, Op, op
from thumbling.ir.types import DType


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantize(Op):
    """Float32 to fixed point: `x * 2**shift` to nearest, halves away from zero, saturated.

    The range is symmetric: -limit to limit with `limit = 2**(bits - 1) - 1`, `bits` 16 or 32.
    `shift` has one int per result, -97 to 125. Result k is of number `column[k]` of the input; of
    number k where there are no columns. NaN makes the whole prediction fail with THB_ERR_NAN.
    """

    results: ClassVar[tuple[DType, ...]] = (DType.INT16, DType.INT32)
    shift: Int32Array
    bits: int
    column: Int32Array | None = None

    @property
    def rejects_nan(self) -> bool:
        """See `Op.rejects_nan`."""
        return True

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require(values.dtype is DType.FLOAT32, "Quantize reads something else than floats")
        require_array(self.shift, np.int32, 1, "the shifts")
        n = values.size if self.column is None else len(self.column)
        require(len(self.shift) == n, f"{len(self.shift)} shifts for {n} features")
        if self.column is not None:
            require_array(self.column, np.int32, 1, "the columns")
            inside = (self.column >= 0) & (self.column < values.size)
            require(bool(inside.all()), "Quantize reads beyond the end of the input")
        require(is_int(self.bits) and self.bits in (16, 32), "fixed point has 16 or 32 bits")
        require(bool((abs(self.shift - 14) <= 111).all()), "a shift is beyond -97..125")
        limit = np.full(n, (1 << (self.bits - 1)) - 1)
        return computed(-limit, limit, "fixed point")
