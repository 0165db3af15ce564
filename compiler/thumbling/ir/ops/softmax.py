# SPDX-License-Identifier: MIT
"""Scores to probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from thumbling.ir.interval import Interval, computed, is_int, require, require_computed, sole
from thumbling.ir.ops.base import Op, op

_MODES = ("softmax", "sigmoid", "ovr")
_MOST_FRACTION_BITS = 40
_MOST_SCORES = 1 << 16


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Softmax(Op):
    """Probabilities in units of 2**-15 from scores in units of 2**-`fraction_bits`.

    `mode` is `softmax` (all inputs compete), `sigmoid` (one input, two outputs) or `ovr` (one
    sigmoid each, normalised to a sum of one).
    """

    learned: ClassVar[tuple[str, ...]] = ("fraction_bits",)
    fraction_bits: int
    mode: str

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_computed(values, "Softmax")
        require(self.mode in _MODES, f"no softmax is called {self.mode!r}")
        bits = self.fraction_bits
        require(
            is_int(bits) and 0 <= bits <= _MOST_FRACTION_BITS, f"scores of {bits} fraction bits"
        )
        if self.mode == "sigmoid":
            require(values.size == 1, f"a sigmoid of {values.size} scores")
        else:
            require(2 <= values.size < _MOST_SCORES, f"a softmax of {values.size} scores")
        n = 2 if self.mode == "sigmoid" else values.size
        return computed(np.zeros(n, dtype=np.int64), np.full(n, 1 << 15), "Softmax")
