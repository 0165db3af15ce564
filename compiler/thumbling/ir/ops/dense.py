# SPDX-License-Identifier: MIT
"""A matrix of weights, a bias, a shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.ir.interval import (
    HIGH,
    LOW,
    Interval,
    computed,
    is_int,
    require,
    require_array,
    require_integers,
    sole,
)
from thumbling.ir.ops.base import Op, op

_WEIGHTS = (np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.int32))


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dense(Op):
    """`output[k] = (bias[k] + sum over j of weight[k, j] * input[j]) >> shift`.

    `weight` is int8, int16 or int32 of shape (n_out, n_in); `bias` int64. The accumulator has
    `accumulator_bits` (32 or 64) bits and is proved not to overflow; the shift is arithmetic,
    after adding half a unit where it is not zero. The result is proved to fit int32, unless
    `saturate` says that it is brought there: to the least or greatest int32.
    """

    weight: npt.NDArray[np.signedinteger]
    bias: npt.NDArray[np.int64]
    shift: int
    accumulator_bits: int
    saturate: bool = False

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_integers(values, "Dense")
        require(self.weight.dtype in _WEIGHTS, f"weights are {self.weight.dtype}")
        require_array(self.weight, self.weight.dtype.type, 2, "the weights")
        require_array(self.bias, np.int64, 1, "the bias")
        n_out, n_in = self.weight.shape
        require(n_in == values.size, f"weights of {n_in} columns for {values.size} inputs")
        require(len(self.bias) == n_out, f"{len(self.bias)} biases for {n_out} rows of weights")
        require(
            is_int(self.accumulator_bits) and self.accumulator_bits in (32, 64),
            f"an accumulator of {self.accumulator_bits} bits",
        )
        require(
            is_int(self.shift) and 0 <= self.shift < self.accumulator_bits,
            f"a shift by {self.shift}",
        )
        require(isinstance(self.saturate, bool), "saturate is neither true nor false")
        return self._interval(values)

    def _interval(self, values: Interval) -> Interval:
        """Exact sums of interval ends, in Python's integers: products of int32 do not fit int64."""
        weight, bias = self.weight.astype(object), self.bias.astype(object)
        low, high = values.low.astype(object), values.high.astype(object)
        ends = np.stack([weight * low, weight * high])
        least, most = ends.min(axis=0).sum(axis=1) + bias, ends.max(axis=0).sum(axis=1) + bias
        half = (1 << self.shift) >> 1
        reach = np.abs(ends).max(axis=0).sum(axis=1) + np.abs(bias) + half
        fits = all(sum_ < 1 << (self.accumulator_bits - 1) for sum_ in reach.tolist())
        require(fits, f"a sum may leave the accumulator of {self.accumulator_bits} bits")
        results = [[(end + half) >> self.shift for end in side.tolist()] for side in (least, most)]
        if self.saturate:
            results = [[min(max(end, LOW), HIGH) for end in side] for side in results]
        require(all(LOW <= end <= HIGH for side in results for end in side), "Dense leaves int32")
        return computed(np.array(results[0]), np.array(results[1]), "Dense")
