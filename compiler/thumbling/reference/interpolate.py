# SPDX-License-Identifier: MIT
"""Meaning of `Interpolate`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import rounding_shift_right
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Interpolate)
def evaluate_interpolate(op: Interpolate, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """The entry below, and the part of the way to the next that the lower bits say."""
    bits, table = op.fraction_bits, op.table.astype(np.int64)
    above = x.astype(np.int64) + (1 << 15)
    i, part = above >> bits, above & ((1 << bits) - 1)
    return np.asarray(table[i] + rounding_shift_right((table[i + 1] - table[i]) * part, bits))
