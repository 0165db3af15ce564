# SPDX-License-Identifier: MIT
"""Floats as integers of the same order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.ir.interval import HIGH, LOW, Interval, computed, require, require_array, sole
from thumbling.ir.ops.base import Int32Array, Op, op
from thumbling.ir.types import DType


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key(Op):
    """`output[k] = key(x[column[k]])`, the order-preserving integer of a float32's bits.

    See `fixedpoint.float_key`. A NaN becomes the greatest int32 where `nan_high[k]`, else the
    least; no number has these keys.
    """

    column: Int32Array
    nan_high: npt.NDArray[np.bool_]

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require(values.dtype is DType.FLOAT32, "Key reads something else than floats")
        require_array(self.column, np.int32, 1, "the columns of Key")
        require_array(self.nan_high, np.bool_, 1, "the ends for NaN of Key")
        require(len(self.column) == len(self.nan_high), "Key has columns without an end for NaN")
        inside = (self.column >= 0) & (self.column < values.size)
        require(bool(inside.all()), "Key reads beyond the end of the input")
        ends = np.full(len(self.column), LOW), np.full(len(self.column), HIGH)
        return computed(*ends, "Key")
