# SPDX-License-Identifier: MIT
"""Numbers of a row, moved and shifted, and products of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import (
    HIGH,
    LOW,
    Interval,
    computed,
    require,
    require_array,
    require_integers,
    sole,
)
from thumbling.ir.ops.base import Int32Array, Op, op

_MOST_LIFT = 30
_MOST_SHIFT = 62


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Monomials(Op):
    """First the factors, `output[j] = (input[column[j]] << lift[j]) + bias[j]`; behind them
    products of what stands before each, `(output[left[i]] * output[right[i]]) >> shift[i]`.

    There may be none of them. Shifts to the right add half a unit first. Everything is brought to
    int32: to the least or greatest one, where it lies beyond.
    """

    column: Int32Array
    lift: Int32Array
    bias: Int32Array
    left: Int32Array
    right: Int32Array
    shift: Int32Array

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_integers(values, "Monomials")
        for array in (self.column, self.lift, self.bias):
            require_array(array, np.int32, 1, "a factor of Monomials")
        products = (self.left, self.right, self.shift)
        for array in () if all(map(_is_nothing, products)) else products:
            require_array(array, np.int32, 1, "a product of Monomials")
        n = len(self.column)
        require(n == len(self.lift) == len(self.bias), "factors without a lift or bias")
        same = len(self.left) == len(self.right) == len(self.shift)
        require(same, "products without a factor or shift")
        inside = (self.column >= 0) & (self.column < values.size)
        require(bool(inside.all()), "Monomials reads beyond the end of its input")
        lifts, shifts = ((0, _MOST_LIFT), self.lift), ((0, _MOST_SHIFT), self.shift)
        for (low, high), array in (lifts, shifts):
            require(bool(((array >= low) & (array <= high)).all()), "a shift of Monomials")
        place = n + np.arange(len(self.left))
        for side in (self.left, self.right):
            require(bool(((side >= 0) & (side < place)).all()), "a product of what comes later")
        return self._interval(values)

    def _interval(self, values: Interval) -> Interval:
        """In Python's integers: moved int32 do not fit int64."""
        ends: list[tuple[int, int]] = []
        low, high = values.low.tolist(), values.high.tolist()
        factors = zip(self.column.tolist(), self.lift.tolist(), self.bias.tolist(), strict=True)
        for column, lift, bias in factors:
            ends.append((_word((low[column] << lift) + bias), _word((high[column] << lift) + bias)))
        products = zip(self.left.tolist(), self.right.tolist(), self.shift.tolist(), strict=True)
        for left, right, shift in products:
            corners = [a * b for a in ends[left] for b in ends[right]]
            half = (1 << shift) >> 1
            rounded = [_word((corner + half) >> shift) for corner in corners]
            ends.append((min(rounded), max(rounded)))
        both = np.array(ends, dtype=np.int64)
        return computed(both[:, 0], both[:, 1], "Monomials")


def _is_nothing(array: object) -> bool:
    return isinstance(array, np.ndarray) and array.dtype == np.int32 and array.shape == (0,)


def _word(value: int) -> int:
    return min(max(value, LOW), HIGH)
