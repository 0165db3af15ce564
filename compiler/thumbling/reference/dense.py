# SPDX-License-Identifier: MIT
"""Meaning of `Dense`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import rounding_shift_right
from thumbling.ir.ops import Dense


def evaluate_dense(op: Dense, x: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Scores of rows of shape (n, n_in): `(bias + weight @ x) >> shift`, halves up, int32.

    The compiler has proved that no sum leaves the accumulator and no result int32, so int64
    arithmetic gives what the accumulator of `op.accumulator_bits` gives, in any order.
    """
    total = x.astype(np.int64) @ op.weight.astype(np.int64).T + op.bias
    return rounding_shift_right(total, op.shift).astype(np.int32)
