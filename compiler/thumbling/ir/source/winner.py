# SPDX-License-Identifier: MIT
"""Labels: the first greatest of each group of scores or shares."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.ir.source.arrays import Rows, greatest
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Winner(SourceOp):
    """For each group of `groups[k]` neighbouring values the index of the first greatest one."""

    groups: tuple[int, ...]

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        if widths != (sum(self.groups),):
            raise ValueError(f"groups of {sum(self.groups)} values, given {widths[0]}")
        return len(self.groups)

    def run(self, *x: Rows) -> Rows:
        """Class indices of shape (n, groups)."""
        return greatest(x[0], self.groups)
