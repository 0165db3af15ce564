# SPDX-License-Identifier: MIT
"""Meaning of `Requantize`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import rescale
from thumbling.ir.ops.requantize import Requantize
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Requantize)
def evaluate_requantize(op: Requantize, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Rescaled, moved by the zero point, brought into the range."""
    value = rescale(x.astype(np.int64), op.multiplier, op.shift) + op.zero_point
    return np.clip(value, op.low, op.high)
