# SPDX-License-Identifier: MIT
"""Votes of several classifiers, counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.source.arrays import FloatArray, Rows
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally(SourceOp):
    """For each class the sum of the weights of those inputs, labels all, that say it.

    Weights, which are not negative, are added in the order of the inputs, in float64, and the sums
    divided by `divisor`.
    """

    weights: FloatArray
    n_classes: int
    divisor: int = 1

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        if widths != (1,) * len(self.weights):
            raise ValueError("votes with more than one label each")
        return self.n_classes

    def run(self, *x: Rows) -> Rows:
        """Sums of shape (n, classes)."""
        rows = np.arange(len(x[0]))
        total = np.zeros((len(rows), self.n_classes))
        for label, weight in zip(x, self.weights.tolist(), strict=True):
            total[rows, label[:, 0]] += weight
        return total / self.divisor
