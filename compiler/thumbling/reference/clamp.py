# SPDX-License-Identifier: MIT
"""Meaning of `Clamp`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops import Clamp


def evaluate_clamp(op: Clamp, x: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Rows of shape (n, n_features), each value moved into its feature's range."""
    low, high = op.low.astype(np.int64), op.high.astype(np.int64)
    return np.minimum(np.maximum(x, low), high).astype(np.int32)
