# SPDX-License-Identifier: MIT
"""Meaning of `Tally`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.tally import Tally
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Tally)
def evaluate_tally(op: Tally, at: Evaluation, *x: npt.NDArray[np.generic]) -> Int64:
    """Sums of weights, of shape (n, classes)."""
    labels = np.concatenate(x, axis=1).astype(np.int64)
    total = np.zeros((len(labels), op.n_classes), dtype=np.int64)
    rows = np.arange(len(labels))
    for label, weight in zip(labels.T, op.weight.tolist(), strict=True):
        total[rows, label] += weight
    return total
