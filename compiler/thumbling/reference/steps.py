# SPDX-License-Identifier: MIT
"""Meaning of `Steps`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import float_key
from thumbling.ir.interval import LOW
from thumbling.ir.ops.steps import REFUSED, Steps
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Steps)
def evaluate_steps(op: Steps, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """The values of pieces; a row with a refused one is refused."""
    out = np.empty((len(x), len(op.column)), dtype=np.int64)
    for k, (threshold, value) in enumerate(op.pieces):
        keys = _keys(x[:, op.column[k]])
        out[:, k] = value[np.searchsorted(threshold, keys, side="left")]
    refused = out == REFUSED
    at.refuse(np.asarray(refused.any(axis=1)))
    lowest = np.array([value[value != REFUSED].min() for _, value in op.pieces])
    return np.where(refused, lowest, out)


def _keys(numbers: npt.NDArray[np.generic]) -> Int64:
    """Integers as they are, floats in their order, NaN below all."""
    if numbers.dtype.kind != "f":
        return numbers.astype(np.int64)
    floats = numbers.astype(np.float32)
    return np.where(np.isnan(floats), LOW, float_key(floats))
