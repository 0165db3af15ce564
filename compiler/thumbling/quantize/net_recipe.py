# SPDX-License-Identifier: MIT
"""The ways in which the hidden layers of a net can be stored, cheapest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

# Parts of the range that was seen which hidden values may have. Weights are fitted to powers of
# two of it, so another part may be worth more than the resolution it gives.
_PARTS: Final = (1.0, 0.92, 0.85, 0.78, 0.7, 0.6)
# Of larger nets fewer are tried.
_MANY_WEIGHTS: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Bits of hidden values, of weights (those of the `first` layer may be finer, since features
    differ in size) and of sums; whether every value has weights of its own power of two, and
    whether features are brought to one size first.

    `part` of the range that was seen is what hidden values have. None is the one in which the
    squares of their errors are least, those of values beyond it included. While ways are tried,
    errors need not be `proved`, which takes half of the time.
    """

    hidden: Literal[8, 16]
    weights: Literal[8, 16]
    first: Literal[8, 16]
    sums: Literal[32, 64] = 32
    own_shift: bool = True
    level: bool = False
    part: float | None = 1.0
    proved: bool = True

    def calibrated(self, n_weights: int) -> tuple[Recipe, ...]:
        """With each of the ranges that data may give a net of so many weights."""
        parts = _PARTS if n_weights <= _MANY_WEIGHTS else _PARTS[:1]
        return tuple(replace(self, part=part) for part in (*parts, None))


_NARROW: Final = (
    Recipe(hidden=8, weights=8, first=8, own_shift=False),
    Recipe(hidden=8, weights=8, first=8),
    Recipe(hidden=8, weights=8, first=8, level=True),
    Recipe(hidden=8, weights=8, first=16),
    Recipe(hidden=8, weights=8, first=16, level=True),
)
_BETWEEN: Final = (
    Recipe(hidden=16, weights=8, first=8),
    Recipe(hidden=16, weights=8, first=8, level=True),
)
_WIDE: Final = (
    Recipe(hidden=16, weights=16, first=16),
    Recipe(hidden=16, weights=16, first=16, level=True),
    Recipe(hidden=16, weights=16, first=16, sums=64, level=True),
)
RECIPES: Final = {
    "auto": (*_NARROW, *_BETWEEN, *_WIDE),
    "int8": _NARROW,
    "int16": _WIDE,
}
"""By the precision asked for."""
