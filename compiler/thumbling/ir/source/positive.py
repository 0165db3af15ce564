# SPDX-License-Identifier: MIT
"""The label of a binary classifier: whether its score is above zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Positive(SourceOp):
    """1 where the one score is above zero, or where `zero` counts not below it, else 0."""

    zero: bool = False

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        if widths != (1,):
            raise ValueError(f"{widths[0]} scores, a binary classifier has one")
        return 1

    def run(self, *x: Rows) -> Rows:
        """Class indices of shape (n, 1)."""
        above = x[0] >= 0 if self.zero else x[0] > 0
        return np.asarray(above, dtype=np.int64)
