# SPDX-License-Identifier: MIT
"""Float64 arithmetic on error bounds that never comes out too small."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

import numpy as np

ROUNDOFF: Final = {"float32": 2.0**-24, "float64": 2.0**-53}
"""Greatest relative error of one operation in a framework's type."""

GREATEST: Final = {t: float(np.finfo(t).max) for t in ROUNDOFF}
"""From here on a framework's type overflows."""

TINIEST: Final = {"float32": 2.0**-149, "float64": 2.0**-1074}
"""Least positive number of a framework's type: more than rounding among subnormals loses."""


def upward(value: float, operations: int = 1) -> float:
    """A result of sums and products of numbers >= 0, raised by what float64 may have lost.

    `operations` is how many roundings lie on the way to it, at most.
    """
    return value * (1.0 + 2.0**-52 * (operations + 1))


def above(value: Fraction) -> float:
    """The least float64 that is not below a fraction; infinity beyond the type."""
    try:
        nearest = float(value)
    except OverflowError:
        return math.inf if value > 0 else -GREATEST["float64"]
    return nearest if nearest >= value else math.nextafter(nearest, math.inf)


def sum_rounding(n_terms: int, dtype: str) -> float:
    """Relative to the sum of magnitudes: bound on a dot product of so many terms, in any order.

    Higham, Accuracy and Stability of Numerical Algorithms, section 3.1: n u / (1 - n u).
    """
    lost = n_terms * ROUNDOFF[dtype]
    return upward(lost / (1.0 - lost), 3)
