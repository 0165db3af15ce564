# SPDX-License-Identifier: MIT
"""Numbers as floats, before a framework computes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.base import SourceOp, Trace, along


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Floats(SourceOp):
    """The same numbers in a floating type: integers become float64, and floats are at least as
    wide as `dtype`. No number changes.
    """

    dtype: Literal["float32", "float64"] = "float32"

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        return width

    def run(self, *x: Rows) -> Rows:
        """Rows of the same shape."""
        (rows,) = x
        kind = rows.dtype if rows.dtype in (np.float32, np.float64) else np.dtype(np.float64)
        return rows.astype(np.result_type(kind, np.dtype(self.dtype)))

    def trace(self, *widths: int) -> Trace:
        """Each value of its own."""
        (width,) = widths
        return along(width)
