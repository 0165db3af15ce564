# SPDX-License-Identifier: MIT
"""Meaning of `Blend`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.blend import Blend
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Blend)
def evaluate_blend(op: Blend, at: Evaluation, *x: npt.NDArray[np.generic]) -> Int64:
    """Sums of shape (n, results)."""
    values = np.concatenate(x, axis=1).astype(np.int64)
    total = np.tile(op.bias, (len(values), 1))
    for j, (k, multiplier) in enumerate(
        zip(op.place.tolist(), op.multiplier.tolist(), strict=True)
    ):
        total[:, k] += values[:, j] * multiplier
    return total >> op.shift
