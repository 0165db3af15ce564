# SPDX-License-Identifier: MIT
"""Floats to fixed point, with a number of its own for what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import LOW, Interval, require, require_array
from thumbling.ir.ops.base import Int32Array, Op, op
from thumbling.ir.ops.quantize import Quantize

REFUSED = LOW
"""In place of a number: a NaN makes the prediction fail with THB_ERR_NAN."""


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Impute(Op):
    """As `Quantize`, but that a NaN of result k becomes `missing[k]`, unless that is `REFUSED`."""

    shift: Int32Array
    bits: int
    column: Int32Array
    missing: Int32Array

    @property
    def rejects_nan(self) -> bool:
        """See `Op.rejects_nan`."""
        return bool((self.missing == REFUSED).any())

    @property
    def numbers(self) -> Quantize:
        """What becomes of all that is no NaN."""
        return Quantize(
            inputs=self.inputs,
            output=self.output,
            shift=self.shift,
            bits=self.bits,
            column=self.column,
        )

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        require_array(self.column, np.int32, 1, "the columns of Impute")
        found = self.numbers.infer(*x)
        require_array(self.missing, np.int32, 1, "what stands for NaN in Impute")
        require(len(self.missing) == found.size, "Impute has other results than constants")
        given = self.missing[self.missing != REFUSED].astype(np.int64)
        limit = int(found.high.max())
        require(bool((abs(given) <= limit).all()), "a constant of Impute is no fixed point")
        return found
