# SPDX-License-Identifier: MIT
"""Any function of 8-bit integers: a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from thumbling.ir.interval import Interval, computed, require, sole
from thumbling.ir.ops.base import INTEGERS, Op, op
from thumbling.ir.types import DType

_ENTRIES = 256
_TABLES = tuple(np.dtype(kind.value) for kind in INTEGERS)


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lookup(Op):
    """`output[j] = table[input[j] - least]`, where `least` is -128 for int8 and 0 for uint8.

    `table` has 256 integers, the results in the order of the inputs: a logistic function, tanh, or
    whatever else. The error against the real function is that of rounding an entry, half a unit
    of the output. Which result a table has for which input is the quantiser's to say:

        stored = np.arange(-128, 128)                     # an int8 tensor of scale s
        real = 1 / (1 + np.exp(-stored * s))              # the result in steps of 1/256
        table = np.clip(np.rint(real * 256), 0, 255).astype(np.uint8)
    """

    results: ClassVar[tuple[DType, ...]] = INTEGERS
    table: npt.NDArray[np.signedinteger] | npt.NDArray[np.unsignedinteger]

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        kind = values.dtype
        require(kind in (DType.INT8, DType.UINT8), f"Lookup reads {kind.value}, not 8 bits")
        shaped = isinstance(self.table, np.ndarray) and self.table.shape == (_ENTRIES,)
        require(shaped, f"a table of Lookup has other than {_ENTRIES} entries")
        require(self.table.dtype in _TABLES, f"a table of {self.table.dtype}")
        least, table = kind.bounds[0], self.table.astype(np.int64)
        ends = zip((values.low - least).tolist(), (values.high - least).tolist(), strict=True)
        reached = [table[first : last + 1] for first, last in ends]
        low = np.array([part.min() for part in reached])
        return computed(low, np.array([part.max() for part in reached]), "Lookup")
