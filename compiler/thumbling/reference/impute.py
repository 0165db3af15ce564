# SPDX-License-Identifier: MIT
"""Meaning of `Impute`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.impute import REFUSED, Impute
from thumbling.reference.meaning import Evaluation, Int64, meaning
from thumbling.reference.quantize import fixed_point


@meaning(Impute)
def evaluate_impute(op: Impute, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Fixed point of rows, and constants for NaN; a row with one that has none is refused."""
    floats = x[:, op.column].astype(np.float32)
    nan, refused = np.isnan(floats), op.missing == REFUSED
    at.refuse(np.asarray((nan & refused).any(axis=1)))
    missing = np.where(refused, 0, op.missing.astype(np.int64))
    return np.where(nan, missing, fixed_point(op.numbers, floats))
