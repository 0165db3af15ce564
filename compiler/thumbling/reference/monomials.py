# SPDX-License-Identifier: MIT
"""Meaning of `Monomials`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.fixedpoint import rounding_shift_right, saturate
from thumbling.ir.ops.monomials import Monomials
from thumbling.reference.meaning import Evaluation, Int64, meaning


@meaning(Monomials)
def evaluate_monomials(op: Monomials, at: Evaluation, x: npt.NDArray[np.generic]) -> Int64:
    """Factors, then products of what is there; an int32 moved by 30 bits fits int64."""
    moved = x.astype(np.int64)[:, op.column] << op.lift.astype(np.int64)
    columns = list(saturate(moved + op.bias, 32).T)
    products = zip(op.left.tolist(), op.right.tolist(), op.shift.tolist(), strict=True)
    for left, right, shift in products:
        product = columns[left] * columns[right]
        columns.append(saturate(rounding_shift_right(product, shift), 32))
    return np.stack(columns, axis=1)
