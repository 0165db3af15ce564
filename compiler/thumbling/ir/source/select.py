# SPDX-License-Identifier: MIT
"""Some of the columns, in an order of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import IntArray, Rows
from thumbling.ir.source.base import SourceOp, Trace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Select(SourceOp):
    """`output[j] = input[columns[j]]`; a column may be taken several times.

    `refuses` says which rows the source does not take: those with an infinity in any column, or
    with a NaN as well.
    """

    columns: IntArray
    refuses: Literal["", "infinity", "infinity and NaN"] = ""

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

    def nan_reaches(
        self, widths: tuple[int, ...], *nan: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_] | None:
        """See `SourceOp.nan_reaches`."""
        if self.refuses == "infinity and NaN" and nan[0].any():
            return None
        return np.asarray(nan[0][self.columns])

    def accepts(self, *x: Rows) -> npt.NDArray[np.bool_]:
        """Rows without what is refused."""
        match self.refuses:
            case "infinity":
                return np.asarray(~np.isinf(x[0]).any(axis=1))
            case "infinity and NaN":
                return np.asarray(np.isfinite(x[0]).all(axis=1))
        return np.ones(len(x[0]), dtype=np.bool_)
