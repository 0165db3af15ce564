# SPDX-License-Identifier: MIT
"""Integers of one scale to integers of another, in a range of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from thumbling.fixedpoint import rescale
from thumbling.ir.interval import (
    HIGH,
    LOW,
    Interval,
    all_ints,
    computed,
    require,
    require_array,
    require_integers,
    sole,
)
from thumbling.ir.ops.base import INTEGERS, Int32Array, Op, op
from thumbling.ir.types import DType

MOST_SHIFT = 62


def _one() -> Int32Array:
    one = np.ones(1, dtype=np.int32)
    one.flags.writeable = False
    return one


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Requantize(Op):
    """`output = clip(zero_point + round(input * multiplier / 2**shift), low, high)`, halves up.

    How the sums of a layer become the 8- or 16-bit activations of the next one. `multiplier`
    (1..2**31 - 1) and `shift` (0..62) have one value for the tensor or one for each of its values:
    a scale for each output channel. Without a multiplier it is a shift alone. `low..high` is what
    the result is brought into, so ReLU is a lower end at the zero point and costs nothing. What is
    rounded, zero point added, must fit int32 for every input. A layer of one's own, with powers of
    two between its scales, in front of a ReLU with activations from 0 to 255 in uint8 or to 127 in
    int8:

        Dense(inputs=("x",), output="sum", weight=w, bias=b, shift=0, accumulator_bits=32)
        Requantize(inputs=("sum",), output="h", shift=np.array([7], np.int32), low=0, high=127)

    The type of the array is that of the tensor: `TensorType(dtype=DType.INT8, ...)`. A zero point
    of the input is part of the bias of the layer before it: `- zero_point * weight.sum(axis=1)`.
    """

    results: ClassVar[tuple[DType, ...]] = INTEGERS
    learned: ClassVar[tuple[str, ...]] = ("zero_point", "low", "high")
    shift: Int32Array
    low: int
    high: int
    zero_point: int = 0
    multiplier: Int32Array = field(default_factory=_one)

    @property
    def is_shift(self) -> bool:
        """Whether nothing is multiplied."""
        return bool((self.multiplier == 1).all())

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_integers(values, "Requantize")
        for constant, what in ((self.multiplier, "multipliers"), (self.shift, "shifts")):
            require_array(constant, np.int32, 1, f"the {what}")
            n = len(constant)
            require(n in (1, values.size), f"{n} {what} for {values.size} values")
        require(bool((self.multiplier >= 1).all()), "a multiplier is below 1")
        shifts = (self.shift >= 0) & (self.shift <= MOST_SHIFT)
        require(bool(shifts.all()), f"a shift is beyond 0..{MOST_SHIFT}")
        numbers = (self.zero_point, self.low, self.high)
        require(all_ints(numbers), "zero point and range are no integers")
        require(all(LOW <= n <= HIGH for n in numbers[1:]), "a range is no int32")
        zeros = (DType.INT16.bounds[0], DType.UINT16.bounds[1])
        require(zeros[0] <= self.zero_point <= zeros[1], "a zero point has more than 16 bits")
        require(self.low <= self.high, "the lower end of a range is above the upper one")
        ends = [rescale(end, self.multiplier, self.shift) for end in (values.low, values.high)]
        computed(ends[0], ends[1], "what Requantize rounds")
        moved = [end + self.zero_point for end in ends]
        computed(moved[0], moved[1], "what Requantize rounds")
        low, high = (np.clip(end, self.low, self.high) for end in moved)
        return computed(low, high, "Requantize")
