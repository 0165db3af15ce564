# SPDX-License-Identifier: MIT
"""Some of the columns, in an order of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.source.arrays import IntArray, Rows
from thumbling.ir.source.base import SourceOp, Trace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Select(SourceOp):
    """`output[j] = input[columns[j]]`; a column may be taken several times."""

    columns: IntArray

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if not len(self.columns) or not ((self.columns >= 0) & (self.columns < width)).all():
            raise ValueError(f"columns outside 0 to {width - 1}, or none at all")
        return len(self.columns)

    def run(self, *x: Rows) -> Rows:
        """Rows of shape (n, len(columns))."""
        return x[0][:, self.columns]

    def trace(self, *widths: int) -> Trace:
        """Each its column."""
        n = len(self.columns)
        zeros = np.zeros(n, dtype=np.int64)
        return Trace(source=zeros, column=self.columns, sense=np.ones(n, dtype=np.int64))
