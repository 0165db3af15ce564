# SPDX-License-Identifier: MIT
"""Whether the integers of a value still tell its source's values apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from thumbling.errors import UnsupportedModelError
from thumbling.ir.source.arrays import FloatArray

# So many steps within a value's range, or it answers next to nothing.
_LEAST_STEPS = 8
# What moves by less than this part of a value's size was left over by rounding in training.
LEFT_OVER: Final = {"float32": 2.0**-20, "float64": 2.0**-42}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moves:
    """How far each of the source's values moves, and how much of that may be rounding alone."""

    spread: FloatArray
    noise: FloatArray

    @property
    def in_earnest(self) -> npt.NDArray[np.bool_]:
        """Which values move by more than rounding."""
        return np.asarray(self.spread > self.noise)

    def together(self) -> Moves:
        """The greatest of all, for scores that compete."""
        return Moves(spread=self.spread.max(keepdims=True), noise=self.noise.max(keepdims=True))


def require_resolved(
    moves: Moves, scale: Sequence[Fraction], bounds: FloatArray, where: str
) -> None:
    """Raise `UnsupportedModelError` for an output that lost its range.

    `scale` are the steps of our values, `bounds` the proved errors; a value that never moves has
    no range to lose. `where` says what the moves are of.
    """
    for k in np.flatnonzero(moves.in_earnest).tolist():
        spread, step, bound = float(moves.spread[k]), float(scale[k]), float(bounds[k])
        if step * _LEAST_STEPS <= spread and not spread <= bound < math.inf:
            continue
        raise UnsupportedModelError(
            f"value {k} would lose its range: it moves by {spread:.3g} {where}, its step here is"
            f" {step:.3g} and its proved error {bound:.3g}",
            hint="keep large constants out of it: fit on the target less its mean and on features"
            " of ordinary size (a scaler helps), and add the mean on the chip",
        )
