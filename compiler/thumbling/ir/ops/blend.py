# SPDX-License-Identifier: MIT
"""Numbers of several tensors times constants, added place by place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.ir.interval import (
    Interval,
    computed,
    is_int,
    require,
    require_array,
    require_integers,
)
from thumbling.ir.ops.base import Int32Array, Op, op

_MOST_SUM = 2**63 - 1


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blend(Op):
    """`output[k] = (bias[k] + sum of multiplier[j] * value[j] where place[j] == k) >> shift`.

    The values are those of all inputs, one after another. Sums are of 64 bits and proved not to
    overflow; the shift is arithmetic and rounds down, so a bias has half a unit in it where results
    are to be the nearest.
    """

    multiplier: Int32Array
    place: Int32Array
    bias: npt.NDArray[np.int64]
    shift: int

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        require(bool(x), "Blend reads nothing")
        for values in x:
            require_integers(values, "Blend")
        require_array(self.multiplier, np.int32, 1, "the multipliers of Blend")
        require_array(self.place, np.int32, 1, "the places of Blend")
        require_array(self.bias, np.int64, 1, "the biases of Blend")
        n = sum(values.size for values in x)
        require(len(self.multiplier) == n == len(self.place), "Blend has a place for each value")
        inside = (self.place >= 0) & (self.place < len(self.bias))
        require(bool(inside.all()), "Blend writes beyond its results")
        require(is_int(self.shift) and 0 <= self.shift < 63, f"a shift by {self.shift}")
        low, high = (self._sums(x, upper=upper) for upper in (False, True))
        return computed(low, high, "Blend")

    def _sums(self, x: tuple[Interval, ...], *, upper: bool) -> npt.NDArray[np.int64]:
        """Ends of the results, in Python's integers: products of int32 add up beyond int64."""
        totals = self.bias.astype(object)
        reach = abs(totals)
        ends = np.stack([np.concatenate([v.low for v in x]), np.concatenate([v.high for v in x])])
        products = ends.astype(object) * self.multiplier.astype(object)
        chosen = products.max(axis=0) if upper else products.min(axis=0)
        np.add.at(totals, self.place, chosen)
        np.add.at(reach, self.place, abs(products).max(axis=0))
        require(max(reach.tolist()) <= _MOST_SUM, "a sum of Blend may leave 64 bits")
        return np.array([total >> self.shift for total in totals.tolist()])
