# SPDX-License-Identifier: MIT
"""Scalers: constants added, multiplied and compared, value by value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray, Rows
from thumbling.ir.source.base import SourceOp, Trace, along


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One elementwise operation with a float64 constant per feature.

    The result keeps the type of the array it is applied to (float32 or float64): NumPy's in-place
    operators, which scikit-learn's scalers use, compute in float64 and round once. With `cast`
    the constants are rounded to the type of the array first.
    """

    kind: Literal["sub", "div", "mul", "add", "min", "max"]
    values: FloatArray
    cast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elementwise(SourceOp):
    """A scaler: steps applied in order to every row. All steps are monotone in each feature."""

    steps: tuple[Step, ...]

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if any(step.values.shape != (width,) for step in self.steps):
            raise ValueError(f"a scaler of other than {width} features")
        return width

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Rows of shape (n, n_features) after the stage. Integers become float64 first."""
        (rows,) = x
        out = rows.copy() if rows.dtype in (np.float32, np.float64) else rows.astype(np.float64)
        operator = {
            "sub": np.subtract,
            "div": np.divide,
            "mul": np.multiply,
            "add": np.add,
            "min": np.minimum,
            "max": np.maximum,
        }
        for step in self.steps:
            values = step.values.astype(out.dtype) if step.cast else step.values
            operator[step.kind](out, values, out=out, casting="same_kind")
        return out

    def trace(self, *widths: int) -> Trace:
        """Each value of its own; falling where an odd number of factors is negative."""
        (width,) = widths
        falls = np.zeros(width, dtype=np.bool_)
        for step in self.steps:
            if step.kind in ("mul", "div"):
                falls = falls ^ (step.values < 0)
        return along(width, np.where(falls, -1, 1))

    def accepts(self, *x: Rows) -> npt.NDArray[np.bool_]:
        """Rows without infinity, which a clip would hide from what follows."""
        return np.asarray(~np.isinf(x[0]).any(axis=1))
