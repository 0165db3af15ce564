# SPDX-License-Identifier: MIT
"""Meaning of `Above`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.above import Above
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Above)
def evaluate_above(op: Above, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """1 where the input is above the cut."""
    return (x > op.cut.astype(np.int64)).astype(np.int64)
