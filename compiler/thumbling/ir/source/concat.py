# SPDX-License-Identifier: MIT
"""Vectors side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.base import SourceOp, Trace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Concat(SourceOp):
    """The values of all inputs, one after another, in the type NumPy gives them together."""

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        return sum(widths)

    def run(self, *x: Rows) -> Rows:
        """Rows of shape (n, sum of widths)."""
        return np.concatenate(x, axis=1)

    def trace(self, *widths: int) -> Trace:
        """Each value where it was."""
        return Trace(
            source=np.repeat(np.arange(len(widths)), widths),
            column=np.concatenate([np.arange(width) for width in widths]),
            sense=np.ones(sum(widths), dtype=np.int64),
        )
