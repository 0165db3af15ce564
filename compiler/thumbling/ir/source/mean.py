# SPDX-License-Identifier: MIT
"""Means of what several models say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from thumbling.ir.source.arrays import FloatArray, IntArray, Rows
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mean(SourceOp):
    """The mean of several vectors, number by number, with `weights` where there are some.

    Number j of input i counts for result `places[i][j]`; a result that an input has no number for
    gets nothing of it. `how` says in which order and type the source adds: `average` is
    `np.average` over stacked vectors, `transposed` the same over a table with a line a row, `sum`
    is `x + y + ..` over the number of inputs, and `zeros` that from float64 zeros on.
    """

    how: Literal["average", "transposed", "sum", "zeros"]
    places: tuple[IntArray, ...]
    size: int
    weights: FloatArray | None = None

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        if widths != tuple(len(place) for place in self.places):
            raise ValueError("members that answer of other classes than the model")
        inside = all(set(place.tolist()) <= set(range(self.size)) for place in self.places)
        whole = all(np.array_equal(place, np.arange(self.size)) for place in self.places)
        if not inside or not (whole or self.how == "zeros"):
            raise ValueError("a member answers of classes that are not there")
        return self.size

    @property
    def shares(self) -> FloatArray:
        """The weight of each input; they are divided by their sum."""
        return np.ones(len(self.places)) if self.weights is None else self.weights

    def run(self, *x: Rows) -> Rows:
        """Means of shape (n, size)."""
        weights = None if self.weights is None else self.weights.tolist()
        match self.how:
            case "average":
                return np.asarray(np.average(np.asarray(x), axis=0, weights=weights))
            case "transposed":
                # As scikit-learn stacks what regressors say, which decides how NumPy adds.
                table = np.asarray([values[:, 0] for values in x]).T
                return np.asarray(np.average(table, axis=1, weights=weights))[:, None]
            case "sum":
                return np.asarray(sum(x) / len(x))
            case "zeros":
                total = np.zeros((len(x[0]), self.size))
                for values, place in zip(x, self.places, strict=True):
                    total[:, place] += values
                return total / len(x)
