# SPDX-License-Identifier: MIT
"""What becomes of the sums of a layer of a neural net."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.base import SourceOp, Trace, along

Function = Literal["identity", "relu", "logistic", "tanh"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Activation(SourceOp):
    """`relu`: max(x, 0); `logistic`: 1 / (1 + exp(-x)); `tanh`; `identity`: x. None falls."""

    function: Function

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        return width

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Rows of the same shape and type."""
        (rows,) = x
        match self.function:
            case "identity":
                return rows
            case "relu":
                return np.asarray(np.maximum(rows, 0))
            case "tanh":
                return np.asarray(np.tanh(rows))
        # SciPy's bits, which scikit-learn takes; who has such a model has SciPy.
        from scipy.special import expit

        return np.asarray(expit(rows))

    def trace(self, *widths: int) -> Trace:
        """Each value of its own."""
        (width,) = widths
        return along(width)
