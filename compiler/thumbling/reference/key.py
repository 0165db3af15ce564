# SPDX-License-Identifier: MIT
"""Meaning of `Key`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import float_key
from thumbling.ir.interval import HIGH, LOW
from thumbling.ir.ops.key import Key
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Key)
def evaluate_key(op: Key, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Keys of the columns; NaN at its end of the order."""
    floats = x[:, op.column].astype(np.float32)
    ends = np.where(op.nan_high, HIGH, LOW)
    return np.where(np.isnan(floats), ends, float_key(floats).astype(np.int64))
