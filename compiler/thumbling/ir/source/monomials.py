# SPDX-License-Identifier: MIT
"""Products of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.base import SourceOp

Factors = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Monomials(SourceOp):
    """`output[j]` is the product of the columns `factors[j]`, in ascending order; 1 without any.

    The last two are multiplied first, the others follow from the right, each product rounded in
    the type of the rows. `order` is how the result lies in memory, C or F.
    """

    nan: ClassVar[Literal["passes", "takes", "refuses"]] = "refuses"
    factors: tuple[Factors, ...]
    order: Literal["C", "F"] = "C"

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if not self.factors or not all(0 <= c < width for f in self.factors for c in f):
            raise ValueError(f"products of columns outside 0 to {width - 1}, or none at all")
        return len(self.factors)

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Products of shape (n, len(factors))."""
        (rows,) = x
        made: dict[Factors, Rows] = {(): np.ones(len(rows), dtype=rows.dtype)}
        for factors in self.needed:
            first, rest = rows[:, factors[0]], factors[1:]
            made[factors] = made[rest] * first if rest else first
        out = np.empty((len(rows), len(self.factors)), dtype=rows.dtype, order=self.order)
        for j, factors in enumerate(self.factors):
            out[:, j] = made[factors]
        return out

    @property
    def needed(self) -> tuple[Factors, ...]:
        """All products that are computed on the way, each behind the one it is made of."""
        found: dict[Factors, None] = {}
        for factors in self.factors:
            for start in range(len(factors) - 1, -1, -1):
                found[factors[start:]] = None
        return tuple(sorted(found, key=len))

    def accepts(self, *x: Rows) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Finite rows."""
        return np.asarray(np.isfinite(x[0]).all(axis=1))
