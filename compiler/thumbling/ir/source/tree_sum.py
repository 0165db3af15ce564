# SPDX-License-Identifier: MIT
"""Boosted trees: leaf values added one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray, IntArray, Rows
from thumbling.ir.source.base import SourceOp
from thumbling.ir.source.forest import Tree, as_trees_see


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeSum(SourceOp):
    """`start`, then in order of the trees the value of the leaf reached, in float64.

    Tree t adds to sum `column[t]`; its values have shape (nodes, 1), the learning rate in them.
    Sums that `compete` are compared with each other or with zero, so they share one unit.
    """

    nan: ClassVar = "refuses"
    trees: tuple[Tree, ...]
    column: IntArray
    start: FloatArray
    compete: bool

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if any(tree.most_feature >= width for tree in self.trees):
            raise ValueError(f"a tree splits on a feature beyond {width}")
        if len(self.column) != len(self.trees) or not set(self.column) <= set(self.sums):
            raise ValueError("a tree adds to a sum that is not there")
        return len(self.start)

    @property
    def sums(self) -> range:
        """The indices of the sums."""
        return range(len(self.start))

    def run(self, *x: Rows) -> Rows:
        """Sums of shape (n, sums)."""
        seen = as_trees_see(x[0])
        total = np.tile(self.start, (len(seen), 1))
        for tree, k in zip(self.trees, self.column.tolist(), strict=True):
            total[:, k] += tree.value[tree.reached(seen), 0]
        return total

    def accepts(self, *x: Rows) -> npt.NDArray[np.bool_]:
        """Rows that are finite once cast to float32."""
        return np.asarray(np.isfinite(as_trees_see(x[0])).all(axis=1))
