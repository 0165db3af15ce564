# SPDX-License-Identifier: MIT
"""Meaning of `Clamp`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.clamp import Clamp
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Clamp)
def evaluate_clamp(op: Clamp, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Rows of shape (n, n_features), each value moved into its feature's range."""
    low, high = op.low.astype(np.int64), op.high.astype(np.int64)
    return np.minimum(np.maximum(x.astype(np.int64), low), high)
