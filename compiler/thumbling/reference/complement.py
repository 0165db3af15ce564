# SPDX-License-Identifier: MIT
"""Meaning of `Complement`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.complement import Complement
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Complement)
def evaluate_complement(op: Complement, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Both classes' shares."""
    share = x.astype(np.int64)
    return np.concatenate([op.total - share, share], axis=1)
