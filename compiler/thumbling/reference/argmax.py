# SPDX-License-Identifier: MIT
"""Meaning of `ArgMax`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.argmax import ArgMax
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(ArgMax)
def evaluate_argmax(op: ArgMax, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """The first greatest of each group."""
    start, columns = 0, []
    for width in op.groups:
        columns.append(x[:, start : start + width].argmax(axis=1))
        start += width
    return np.stack(columns, axis=1).astype(np.int64)
