# SPDX-License-Identifier: MIT
"""Logistic functions and tanh of stored sums: a table of 8 bits, or lines between points of 16."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.source.activation import Function
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.types import DType
from thumbling.quantize.net_range import Range
from thumbling.reference.meaning import Evaluation, meaning_of

_POINTS = 256
# More than float64 loses in what follows.
_LOST = 2.0**-45


@np.errstate(all="ignore")
def real_function(function: Function, x: npt.NDArray[np.floating[Any]]) -> FloatArray:
    """A function of real numbers, to a few units in the last place."""
    match function:
        case "tanh":
            return np.asarray(np.tanh(x))
        case "logistic":
            return np.asarray(1 / (1 + np.exp(-x)))
        case "relu":
            return np.asarray(np.maximum(x, 0.0), dtype=np.float64)
    return x.astype(np.float64)


def slope_of(function: Function) -> float:
    """How far a result moves at most where the argument moves by one."""
    return 0.25 if function == "logistic" else 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """An op that maps stored sums to results in a unit; `results[i]` is that of the i-th integer
    of the type it reads."""

    op: Lookup | Interpolate
    unit: Fraction
    dtype: DType
    results: npt.NDArray[np.int64]
    least: int

    def at(self, q: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The results of stored sums."""
        return self.results[q - self.least]

    def error(self, function: Function, stored: Range, low: int, high: int) -> float:
        """Bound on |result - function| for all stored sums from low to high."""
        q = np.arange(low, high + 1)
        ours = self.at(q) * float(self.unit)
        exact = real_function(function, q * float(stored.unit))
        return float(np.abs(ours - exact).max()) + _LOST


def table_of(function: Function, stored: Range, reads: str, output: str) -> Table:
    """The op for sums in a range."""
    unit = float(stored.unit)
    least, most = stored.dtype.bounds
    every = np.arange(least, most + 1)
    op: Lookup | Interpolate
    if stored.dtype is DType.INT8:
        dtype = DType.UINT8 if function == "logistic" else DType.INT8
        one = dtype.bounds[1]
        entries = np.rint(real_function(function, every * unit) * one)
        op = Lookup(inputs=(reads,), output=output, table=entries.astype(dtype.value))
    else:
        dtype, one = DType.INT16, DType.INT16.bounds[1]
        points = least + np.arange(_POINTS + 1) * ((1 << 16) // _POINTS)
        entries = np.rint(real_function(function, points * unit) * one)
        op = Interpolate(inputs=(reads,), output=output, table=entries.astype(np.int16))
    x = every.astype(stored.dtype.value)[:, None]
    results = meaning_of(op)(op, Evaluation(n_rows=len(x)), x)[:, 0]
    return Table(op=op, unit=Fraction(1, one), dtype=dtype, results=results, least=least)
