# SPDX-License-Identifier: MIT
"""Integer leaves for trees: common scales, rounding errors that are known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.source import FloatArray

Int64 = npt.NDArray[np.int64]

# A scale divisible by these represents the shares of small leaves (1/2, 1/3, .. ) exactly.
_FRIENDLY = (720720, 27720, 5040, 2520, 840, 420, 120, 60, 12, 6, 2, 1)
_CANDIDATES = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leaves:
    """Integer leaf rows of all trees: `real = stored * scale`, `base` added once per sum.

    `rows[t]` has shape (nodes of tree t, width); `error[t]` the exact |stored*scale - real| of
    each entry, in units of one tree's real leaf value.
    """

    rows: tuple[Int64, ...]
    error: tuple[FloatArray, ...]
    scale: Fraction
    base: Int64


def is_short(value: FloatArray) -> npt.NDArray[np.bool_]:
    """Where values are multiples of 2**-20 whose float64 sums, over any real forest, are exact."""
    units = value * 2.0**20
    return np.asarray((units == np.rint(units)) & (np.abs(units) < 2.0**40))


def rounding(largest: float, n_trees: int) -> float:
    """Bound on what float64 rounding does to a mean over trees of values up to `largest`."""
    return largest * (n_trees + 1) * 2.0**-53


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
    error = tuple(np.abs(r / units - v) for r, v in zip(rows, values, strict=True))
    scale = Fraction(1, units * len(values))
    return Leaves(
        rows=rows, error=error, scale=scale, base=np.zeros(values[0].shape[1], dtype=np.int64)
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


def quantize_values(values: tuple[FloatArray, ...], bits: int) -> Leaves:
    """Regression values in a power-of-two scale, as `bits`-bit integers around a base.

    The scale is the finest for which every leaf fits `bits` bits and every sum fits int32.
    """
    low = np.stack([v.min(axis=0) for v in values]).min(axis=0)
    high = np.stack([v.max(axis=0) for v in values]).max(axis=0)
    middle, half = (low + high) / 2, float(((high - low) / 2).max())
    largest = max(float(np.abs(low).max()), float(np.abs(high).max()))
    shift = 60
    if half:
        shift = min(shift, math.floor(math.log2((2 ** (bits - 1) - 2) / half)))
    if largest:
        shift = min(shift, math.floor(math.log2((2**31 - 2) / (largest * len(values)) / 2)))
    factor = math.ldexp(1.0, shift)
    center = np.rint(middle * factor).astype(np.int64)
    rows = tuple(np.rint(v * factor).astype(np.int64) - center for v in values)
    error = tuple(np.abs((r + center) / factor - v) for r, v in zip(rows, values, strict=True))
    unit = Fraction(1, 2**shift) if shift >= 0 else Fraction(2**-shift)
    return Leaves(rows=rows, error=error, scale=unit / len(values), base=center * len(values))
