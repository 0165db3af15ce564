# SPDX-License-Identifier: MIT
"""Meaning of `Quantize`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import saturate
from thumbling.ir.ops import Quantize


def evaluate_quantize(
    op: Quantize, x: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Fixed point of float32 rows of shape (n, n_features), and which rows hold a NaN.

    `floor(x * 2**shift + 1/2)` of the real number, saturated. float64 holds the product exactly,
    and its distance to the integer below too. A NaN becomes zero in a row that fails.
    """
    nan = np.isnan(x)
    wide = np.where(nan, np.float32(0.0), x).astype(np.float64)
    scaled = np.ldexp(wide, op.shift.astype(np.int64))
    limit = float(1 << (op.bits - 1))
    bounded = np.clip(scaled, -limit - 1, limit + 1)
    whole = np.floor(bounded)
    rounded = whole.astype(np.int64) + (bounded - whole >= 0.5)
    return saturate(rounded, op.bits).astype(np.int32), np.asarray(nan.any(axis=1))
