# SPDX-License-Identifier: MIT
"""Columns of the input as a tensor of integers, where a consumer computes with them."""

from __future__ import annotations

from functools import partial

import numpy as np

from thumbling.ir.graph import Certificate
from thumbling.quantize.front import front
from thumbling.quantize.input_grid import float_grid, integer_grid
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import bounded
from thumbling.quantize.registry import quantizes_columns
from thumbling.quantize.stored import Integers

_BITS = 32


@quantizes_columns
def column_integers(name: str, at: Lowering) -> Integers:
    """A value that is affine in the input: stored integers, or fixed point of 32 bits of floats."""
    if at.spec.dtype.is_float:
        grid = float_grid(at.source, at.spec, at.data, _BITS, name)
        assert grid is not None
    else:
        grid = integer_grid(at.source, at.spec, at.data, name)
    at.draft.within(grid.domain)
    where = grid.range_text
    error = np.array([feature.error for feature in grid.features])

    def own() -> Certificate:
        return bounded(where, error, "the input is rounded to fixed point")

    return Integers(
        tensor=front(grid, at),
        features=grid.features,
        where=where,
        computed_in=at.computed_in,
        certify=partial(bounded, where),
        own=own,
        least_best=lambda: -np.inf,
    )
