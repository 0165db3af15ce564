# SPDX-License-Identifier: MIT
"""Missing numbers replaced by constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray, Rows
from thumbling.ir.source.base import SourceOp, Trace, along


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fill(SourceOp):
    """`values[j]` where number j is NaN, in the type of the array; integers have none.

    Integers become float64 where `floats` is set. Rows with infinity are refused, and all rows of a
    type to which `fitted`, if it is the name of one, cannot be cast within its kind.
    """

    nan: ClassVar[Literal["passes", "takes", "refuses"]] = "takes"
    values: FloatArray
    floats: bool
    fitted: str = ""

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if self.values.shape != (width,):
            raise ValueError(f"constants for {len(self.values)} features, given {width}")
        return width

    def constants(self, dtype: np.dtype[np.generic]) -> Rows:
        """The constants as they stand in an array of that type."""
        return self.values.astype(dtype)

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Rows of shape (n, width)."""
        (rows,) = x
        if rows.dtype.kind != "f":
            return rows.astype(np.float64) if self.floats else rows
        return np.where(np.isnan(rows), self.constants(rows.dtype), rows)

    def trace(self, *widths: int) -> Trace:
        """Each value of its own."""
        return along(widths[0])

    def accepts(self, *x: Rows) -> npt.NDArray[np.bool_]:
        """Rows without infinity, of a type that takes the constants."""
        casts = not self.fitted or np.can_cast(self.fitted, x[0].dtype, casting="same_kind")
        return np.asarray(~np.isinf(x[0]).any(axis=1) & casts)
