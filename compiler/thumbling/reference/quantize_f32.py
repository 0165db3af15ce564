# SPDX-License-Identifier: MIT
"""Meaning of `Quantize`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops import Quantize


def evaluate_quantize(
    op: Quantize, x: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Fixed point of float32 rows of shape (n, n_features), and which rows hold a NaN.

    `x * 2**shift` of the real number to nearest, halves away from zero, saturated. float64 holds
    the product exactly, and its distance to the integer below too. A NaN becomes zero in a row
    that fails.
    """
    nan = np.isnan(x)
    wide = np.where(nan, np.float32(0.0), x).astype(np.float64)
    scaled = np.ldexp(wide, op.shift.astype(np.int64))
    limit = (1 << (op.bits - 1)) - 1
    bounded = np.minimum(np.abs(scaled), float(limit))
    whole = np.floor(bounded)
    magnitude = whole.astype(np.int64) + (bounded - whole >= 0.5)
    fixed = np.where(wide < 0, -magnitude, magnitude)
    return fixed.astype(np.int32), np.asarray(nan.any(axis=1))
