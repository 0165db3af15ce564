# SPDX-License-Identifier: MIT
"""Meaning of `Ema`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import ema_next
from thumbling.ir.ops.ema import Ema
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Ema)
def evaluate_ema(
    op: Ema, at: Evaluation, x: npt.NDArray[np.generic], mean: npt.NDArray[np.generic]
) -> Int64:
    """The next mean, value by value."""
    return ema_next(mean.astype(np.int64), x.astype(np.int64) * np.int64(1 << op.bits), op.shift)
