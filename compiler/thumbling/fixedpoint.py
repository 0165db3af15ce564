# SPDX-License-Identifier: MIT
"""The integer arithmetic that Python and C must agree on: wrap, saturate, round, compare, exp.

Functions take Python ints or int64 arrays and are exact there. Their C twins are in
`runtime_c/include/thumbling`.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]
Integer = TypeVar("Integer", int, Int64Array)

EXP_ONE: Final = 1 << 16
"""What `exp_q16` answers for exp(0)."""

EXP_LOG2E_Q30: Final = 1549082005
"""1 / ln 2 in units of 2**-30, rounded."""

EXP_LN2_Q16: Final = 45426
"""ln 2 in units of 2**-16, rounded."""

EXP_TABLE: Final[tuple[int, ...]] = (
    1073741824, 1050733751, 1028218693, 1006186087, 984625594, 963527098, 942880699,
    922676710, 902905651, 883558244, 864625413, 846098274, 827968132, 810226483,
    792865000, 775875538, 759250125, 742980960, 727060411, 711481005, 696235434,
    681316545, 666717336, 652430958, 638450708, 624770026, 611382493, 598281827,
    585461881, 572916640, 560640218, 548626854,
)  # fmt: skip
"""2**(-i / 32) in units of 2**-30, rounded."""


def wrap32(value: Integer) -> Integer:
    """The int32 with the same low 32 bits."""
    return ((value + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


def saturate(value: Integer, bits: int) -> Integer:
    """The nearest signed integer of that many bits."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    if isinstance(value, int):
        return min(max(value, low), high)
    return np.clip(value, low, high)


def rounding_shift_right(value: Integer, shift: int) -> Integer:
    """`value / 2**shift` rounded to nearest, halves up (towards plus infinity)."""
    if shift == 0:
        return value
    return (value + (1 << (shift - 1))) >> shift


def ema_next(mean: Integer, x: Integer, shift: int) -> Integer:
    """`mean` moved towards `x`, of the same scale, by 2**-shift of the way: halves up.

    The twin of `thb_ema_next` in `ema.h`.
    """
    return mean + rounding_shift_right(x - mean, shift)


def rescale(
    value: Int64Array, multiplier: npt.NDArray[np.int32], shift: npt.NDArray[np.int32]
) -> Int64Array:
    """`value * multiplier / 2**shift` rounded to nearest, halves up: one rounding.

    Value by value, or by one multiplier and shift for all. `value` is an int32, `multiplier` is 1
    to 2**31 - 1 and `shift` 0 to 62, so int64 holds all of it.
    """
    bits = shift.astype(np.int64)
    half = (np.int64(1) << bits) >> 1
    return (value * multiplier.astype(np.int64) + half) >> bits


def float_key(x: npt.NDArray[np.float32]) -> Int64Array:
    """Integers in the order of the floats: the bits, magnitude inverted where the sign is set.

    -0.0 comes just below +0.0. A NaN's key is beyond those of the infinities.
    """
    bits = np.ascontiguousarray(x, dtype="<f4").view("<i4").astype(np.int64)
    return np.where(bits >= 0, bits, bits ^ 0x7FFFFFFF)


def key_float(keys: Int64Array) -> npt.NDArray[np.float32]:
    """The floats that keys stand for: the inverse of `float_key`."""
    bits = np.where(keys >= 0, keys, keys ^ 0x7FFFFFFF)
    return np.ascontiguousarray(bits, dtype=np.int64).astype("<i4").view("<f4")


def exp_q16(distance: Int64Array, fraction_bits: int) -> Int64Array:
    """`exp(-distance * 2**-fraction_bits)` in units of 2**-16, for 0 <= distance < 2**32.

    exp(-d) = 2**-(n + i / 32 + r): n by shifting, i by table, r < 1/32 by a parabola. Relative
    error of that below 2**-18 (floor of the Q20 exponent 6.7e-7, third-order rest 1.7e-6, all
    else 1e-7 together), then rounded to nearest: absolute error at most 2**-18 + 2**-17.
    `fraction_bits` is 0 to 40.
    """
    exponent = (np.asarray(distance, dtype=np.int64) * EXP_LOG2E_Q30) >> (fraction_bits + 10)
    whole = np.minimum(exponent >> 20, 18)
    table = np.asarray(EXP_TABLE, dtype=np.int64)[(exponent >> 15) & 31]
    linear = ((exponent & 0x7FFF) * EXP_LN2_Q16) >> 4
    parabola = linear - (((linear >> 11) * (linear >> 11)) >> 11)
    power = table - ((table * parabola) >> 32)
    rounded = (power + (np.int64(1) << (13 + whole))) >> (14 + whole)
    return np.where(whole >= 18, 0, rounded)
