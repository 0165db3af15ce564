# SPDX-License-Identifier: MIT
"""Scores of a linear model, and the first step of a decomposition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray, Rows
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linear(SourceOp):
    """`x @ coef.T + intercept`; coef has shape (n_out, n_features).

    Results that `compete` are compared with each other or with zero, so they share one unit;
    others have one each. `dtype` is the type in which the framework holds the coefficients, with
    which NumPy decides in what it multiplies.
    """

    nan: ClassVar[Literal["passes", "takes", "refuses"]] = "refuses"
    coef: FloatArray
    intercept: FloatArray
    compete: bool
    dtype: Literal["float32", "float64"] = "float64"

    def computes_in(self, x: npt.NDArray[np.generic]) -> np.dtype[np.generic]:
        """The type of `x @ coef`: 8- and 16-bit integers meet float32 coefficients in float32."""
        return np.result_type(x.dtype, np.dtype(self.dtype))

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        n_out, n_in = self.coef.shape
        if widths != (n_in,):
            raise ValueError(f"coefficients of {n_in} features for {widths[0]}")
        return int(n_out)

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Results of shape (n, n_out), in the type NumPy computes in."""
        (rows,) = x
        kind = self.computes_in(rows)
        coef, intercept = self.coef.astype(kind), self.intercept.astype(kind)
        return np.asarray(rows.astype(kind) @ coef.T + intercept)

    def accepts(self, *x: Rows) -> npt.NDArray[np.bool_]:
        """Finite rows."""
        return np.asarray(np.isfinite(x[0]).all(axis=1))
