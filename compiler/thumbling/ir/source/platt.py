# SPDX-License-Identifier: MIT
"""Scores on the scale on which a sigmoid makes calibrated probabilities of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.source.arrays import FloatArray, Rows
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Platt(SourceOp):
    """`-(slope * x + intercept)` in float64, a pair for each score; results compete."""

    slope: FloatArray
    intercept: FloatArray

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        if widths != (len(self.slope),):
            raise ValueError(f"{len(self.slope)} calibrators for {widths[0]} scores")
        return len(self.slope)

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Rows of shape (n, scores)."""
        return np.asarray(-(self.slope * x[0].astype(np.float64) + self.intercept))
