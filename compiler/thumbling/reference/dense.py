# SPDX-License-Identifier: MIT
"""Meaning of `Dense`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import rounding_shift_right, saturate
from thumbling.ir.ops.dense import Dense
from thumbling.reference.meaning import Evaluation, Int64, meaning


def scores(op: Dense, x: npt.NDArray[np.generic]) -> Int64:
    """Scores of rows of shape (n, n_in): `(bias + weight @ x) >> shift`, halves up, int32.

    The compiler has proved that no sum leaves the accumulator, so int64 arithmetic gives what the
    accumulator of `op.accumulator_bits` gives, in any order. No result leaves int32 either, unless
    the layer saturates.
    """
    total = x.astype(np.int64) @ op.weight.astype(np.int64).T + op.bias
    result = rounding_shift_right(total, op.shift)
    return saturate(result, 32) if op.saturate else result


@meaning(Dense)
def evaluate_dense(op: Dense, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """The scores; see `scores`."""
    return scores(op, x)
