# SPDX-License-Identifier: MIT
"""Meaning of `Quantize`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.quantize import Quantize
from thumbling.reference.meaning import Evaluation, Int64, meaning


def fixed_point(op: Quantize, x: npt.NDArray[np.float32]) -> Int64:
    """Fixed point of float32 rows of shape (n, len(op.shift)).

    `x * 2**shift` of the real number to nearest, halves away from zero, saturated. float64 holds
    the product exactly, and its distance to the integer below too. A NaN becomes zero.
    """
    nan = np.isnan(x)
    wide = np.where(nan, np.float32(0.0), x).astype(np.float64)
    scaled = np.ldexp(wide, op.shift.astype(np.int64))
    limit = (1 << (op.bits - 1)) - 1
    bounded = np.minimum(np.abs(scaled), float(limit))
    whole = np.floor(bounded)
    magnitude = whole.astype(np.int64) + (bounded - whole >= 0.5)
    return np.where(wide < 0, -magnitude, magnitude)


@meaning(Quantize)
def evaluate_quantize(op: Quantize, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Fixed point of rows; one with a NaN among the columns is refused."""
    floats = x.astype(np.float32) if op.column is None else x[:, op.column].astype(np.float32)
    at.refuse(np.asarray(np.isnan(floats).any(axis=1)))
    return fixed_point(op, floats)
