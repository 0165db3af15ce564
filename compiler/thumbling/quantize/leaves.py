# SPDX-License-Identifier: MIT
"""Integer leaves for trees: common scales, rounding errors that are known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray

Int64 = npt.NDArray[np.int64]
Errors = tuple[FloatArray, ...]

# A scale divisible by these represents the shares of small leaves (1/2, 1/3, .. ) exactly.
_FRIENDLY = (720720, 27720, 5040, 2520, 840, 420, 120, 60, 12, 6, 2, 1)
_CANDIDATES = 64
# Finer units than these, and smaller leaves, are nothing that anyone measures.
_MOST_BITS, _LEAST = 256, 2.0**-300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leaves:
    """Integer leaf rows of all trees: `real = stored * scale`, `base` added once per sum.

    `rows[t]` has shape (nodes of tree t, width), `scale` one entry for each column; `error[t]`
    bounds |stored * scale - real| of each entry, in units of one tree's real leaf value. It is 0
    where the real value is the stored one rounded to float64.
    """

    rows: tuple[Int64, ...]
    error: Errors
    scale: tuple[Fraction, ...]
    base: Int64


def is_short(value: FloatArray) -> npt.NDArray[np.bool_]:
    """Where values are multiples of 2**-20 whose float64 sums, over any real forest, are exact."""
    units = value * 2.0**20
    return np.asarray((units == np.rint(units)) & (np.abs(units) < 2.0**40))


def rounding(largest: FloatArray | float, n_trees: int) -> FloatArray | float:
    """Bound on what float64 rounding does to a mean over trees of values up to `largest`."""
    return largest * (n_trees + 1) * 2.0**-53


def _distance(stored: FloatArray, value: FloatArray) -> FloatArray:
    """Bound on |stored - value|, for `stored` a rounded quotient up to 1; 0 where both agree."""
    seen = np.abs(stored - value)
    return np.asarray(np.where(seen == 0, 0.0, seen * (1 + 2.0**-50) + 2.0**-53))


def share_errors(rows: tuple[Int64, ...], values: tuple[FloatArray, ...], units: int) -> Errors:
    """Bounds on |rows / units - values| of shares, as `Leaves` has them."""
    return tuple(_distance(r / units, v) for r, v in zip(rows, values, strict=True))


def _worst(values: tuple[FloatArray, ...], scale: int) -> float:
    return sum(float(np.abs(np.rint(v * scale) / scale - v).max()) for v in values)


def share_scale(values: tuple[FloatArray, ...], greatest: int) -> int:
    """The number of units that stand for 1 in leaf shares: at most `greatest`, well divisible.

    Among multiples of friendly numbers in the upper quarter of the range, and `greatest` itself,
    the one with the least proved error over all trees; ties go to the greater scale.
    """
    unique = tuple(np.unique(v) for v in values)
    candidates = {greatest}
    for friend in _FRIENDLY:
        top = greatest // friend
        candidates.update(friend * k for k in range(max(1, top - 8), top + 1) if k)
    kept = sorted((c for c in candidates if c >= greatest * 3 // 4), reverse=True)[:_CANDIDATES]
    return min(kept, key=lambda scale: (_worst(unique, scale), -scale))


def quantize_shares(values: tuple[FloatArray, ...], units: int) -> Leaves:
    """Class shares (0..1) in `units` per tree; the mean over n trees is stored / (n * units)."""
    rows = tuple(np.rint(v * units).astype(np.int64) for v in values)
    width = values[0].shape[1]
    return Leaves(
        rows=rows,
        error=share_errors(rows, values, units),
        scale=(Fraction(1, units * len(values)),) * width,
        base=np.zeros(width, dtype=np.int64),
    )


def keep_winner(rows: Int64, winners: Int64, groups: tuple[int, ...]) -> Int64:
    """Rows of one tree's shares changed by a unit where rounding hid the class it answers.

    `winners` has shape (nodes, groups).
    """
    kept = rows.copy()
    start = 0
    for width, winner in zip(groups, winners.T, strict=True):
        part = slice(start, start + width)
        wrong = kept[:, part].argmax(axis=1) != winner
        kept[np.flatnonzero(wrong), start + winner[wrong]] += 1
        start += width
    return kept


def room(limit: float, size: float) -> int:
    """Most fraction bits with which `size` stays below `limit`."""
    return min(math.floor(math.log2(limit / size)), _MOST_BITS) if size > _LEAST else _MOST_BITS


def _value_bits(low: float, high: float, bits: int, n_trees: int) -> int:
    """The finest scale with which a column's leaves fit `bits` bits around their middle, and its
    sums int32."""
    largest = max(abs(low), abs(high))
    if not largest:
        return 0
    around = room(2 ** (bits - 1) - 2, high / 2 - low / 2)
    return min(around, room((2**31 - 2) / 2, largest * n_trees))


def quantize_values(values: tuple[FloatArray, ...], bits: int) -> Leaves:
    """Regression values, each column in a power-of-two scale, as `bits`-bit integers around a
    base."""
    low = np.stack([v.min(axis=0) for v in values]).min(axis=0)
    high = np.stack([v.max(axis=0) for v in values]).max(axis=0)
    ends = zip(low.tolist(), high.tolist(), strict=True)
    shift = [_value_bits(a, b, bits, len(values)) for a, b in ends]
    factor = np.ldexp(1.0, shift)
    center = np.rint((low + high) / 2 * factor).astype(np.int64)
    rows = tuple(np.rint(v * factor).astype(np.int64) - center for v in values)
    # Only the difference rounds: a quotient by a power of two is exact.
    error = tuple(
        np.abs((r + center) / factor - v) * (1 + 2.0**-50)
        for r, v in zip(rows, values, strict=True)
    )
    return Leaves(
        rows=rows,
        error=error,
        scale=tuple(Fraction(2) ** -s / len(values) for s in shift),
        base=center * len(values),
    )
