# SPDX-License-Identifier: MIT
"""An exponential moving average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.fixedpoint import ema_next
from thumbling.ir.interval import (
    HIGH,
    LOW,
    Interval,
    computed,
    is_int,
    require,
    require_integers,
)
from thumbling.ir.ops.base import Op, op

_MOST_BITS = 30


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ema(Op):
    """`output[j] = mean[j] + (((x[j] << bits) - mean[j]) >> shift)`, rounded (`ema_next`).

    It reads `x` and `mean`, as a rule a state that the output updates. The mean has `bits` more
    fraction bits than `x`; each row moves it by 2**-shift of the way. Both are 0 to 30. A way of
    less than 2**(shift - 1) units moves it no further, so `bits` of at least `shift` keep that
    below half a unit of `x`. Every difference is proved to fit int32.
    """

    bits: int
    shift: int

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        require(len(x) == 2, f"Ema reads {len(x)} tensors")
        values, mean = x
        require_integers(values, "Ema")
        require_integers(mean, "Ema")
        require(values.size == mean.size, f"Ema of {values.size} values and {mean.size} means")
        for number in (self.bits, self.shift):
            require(is_int(number) and 0 <= number <= _MOST_BITS, f"Ema with {number!r} bits")
        low, high = values.low << np.int64(self.bits), values.high << np.int64(self.bits)
        half = (1 << self.shift) >> 1
        fits = (low >= LOW) & (high <= HIGH) & (low - mean.high >= LOW)
        fits &= high - mean.low + half <= HIGH
        require(bool(fits.all()), "a difference of Ema does not fit int32")
        # It grows with both: a mean greater by one is followed by a step that is less by one at
        # most.
        least, most = ema_next(mean.low, low, self.shift), ema_next(mean.high, high, self.shift)
        return computed(least, most, "a mean")
