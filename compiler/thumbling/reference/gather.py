# SPDX-License-Identifier: MIT
"""Meaning of `Gather`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.gather import Gather
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Gather)
def evaluate_gather(op: Gather, at: Evaluation, *x: npt.NDArray[np.generic]) -> Int64:
    """The numbers, one column each."""
    starts = np.cumsum([0, *(tensor.shape[1] for tensor in x)])
    joined = np.concatenate([tensor.astype(np.int64) for tensor in x], axis=1)
    return np.asarray(joined[:, starts[op.source] + op.column])
