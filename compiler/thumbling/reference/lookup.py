# SPDX-License-Identifier: MIT
"""Meaning of `Lookup`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.lookup import Lookup
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Lookup)
def evaluate_lookup(op: Lookup, at: Evaluation, x: npt.NDArray[np.integer]) -> Int64:
    """The entries, counted from the least integer of the input's type."""
    return op.table.astype(np.int64)[x.astype(np.int64) - int(np.iinfo(x.dtype).min)]
