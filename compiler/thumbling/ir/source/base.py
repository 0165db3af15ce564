# SPDX-License-Identifier: MIT
"""What every source op is: the values it reads, the one it writes, and its arithmetic."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import IntArray, Rows

INPUT = "x"
"""The name of the model's input row."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """Where the values of a result come from, where each is a function of one number alone.

    Result j is a function of column `column[j]` of input `source[j]`. `sense[j]` is 1 where it
    never falls as that number rises, -1 where it never rises, 0 where it may do both.
    """

    source: IntArray
    column: IntArray
    sense: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceOp:
    """Base of all source ops. `nan` says what becomes of a NaN in the input: it `passes` to the
    result, the op `takes` it and answers without, or the source `refuses` the row.
    """

    nan: ClassVar[Literal["passes", "takes", "refuses"]] = "passes"
    inputs: tuple[str, ...]
    output: str

    @abstractmethod
    def width(self, *widths: int) -> int:
        """Numbers in the result, for inputs of these widths. Raises ValueError where they do not
        fit the op."""

    @abstractmethod
    def run(self, *x: Rows) -> Rows:
        """The framework's own arithmetic on inputs of shape (n, width), in their own type."""

    def trace(self, *widths: int) -> Trace | None:
        """Which single number each result depends on; None where some depend on several."""
        return None

    def nan_reaches(
        self, widths: tuple[int, ...], *nan: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_] | None:
        """Which results are NaN where those numbers of the inputs are, masks with one or more.

        None where the source refuses such a row. `widths` are those of the inputs.
        """
        width = self.width(*widths)
        if self.nan == "takes":
            return np.zeros(width, dtype=np.bool_)
        if self.nan == "refuses":
            return None
        trace = self.trace(*widths)
        if trace is None:
            return np.ones(width, dtype=np.bool_)
        starts = np.cumsum([0, *widths])
        return np.asarray(np.concatenate(nan)[starts[trace.source] + trace.column])

    def accepts(self, *x: Rows) -> npt.NDArray[np.bool_]:
        """Which rows the framework answers at all, shape (n,)."""
        return np.ones(len(x[0]), dtype=np.bool_)


def along(width: int, sense: IntArray | None = None) -> Trace:
    """The trace of an elementwise op; rising where no sense is given."""
    rising = np.ones(width, dtype=np.int64)
    return Trace(
        source=np.zeros(width, dtype=np.int64),
        column=np.arange(width),
        sense=rising if sense is None else sense,
    )
