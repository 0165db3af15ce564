# SPDX-License-Identifier: MIT
"""Numbers that depend on one input column each as a tensor of integers, where somebody computes
with them.

What is affine in a column is the stored integer, or fixed point of a float; codes of a column are
computed; a value of both is brought together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from thumbling.ir.graph import Certificate
from thumbling.ir.ops.gather import Gather
from thumbling.ir.source import INPUT
from thumbling.ir.source.piecewise import Piecewise
from thumbling.ir.types import TensorType
from thumbling.quantize.affine import Feature, Numbers, affine_numbers, carry_from, is_affine
from thumbling.quantize.front import front
from thumbling.quantize.input_grid import InputGrid, float_grid, integer_grid
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import bounded, where_all
from thumbling.quantize.registry import quantizes_columns
from thumbling.quantize.stored import Integers

_WIDTHS = (16, 32)


@quantizes_columns
def column_integers(name: str, at: Lowering) -> Integers:
    """Stored integers, or fixed point of 32 bits of floats, where all is affine in the input."""
    if is_affine(at.source, name):
        return _on_grid(_grid(name, at, _WIDTHS[-1:]), at)
    return _mixed_integers(name, at)


def _mixed_integers(name: str, at: Lowering) -> Integers:
    """A value of which some numbers are affine in the input, and all others in codes.

    Beside codes, fixed point of 16 bits leaves weights their resolution.
    """
    own = affine_numbers(at.source, name)
    rest = sorted(set(range(at.source.widths[name])) - set(own))
    codes = {j: _code(name, j, at) for j in rest}
    made = {value: at.integers(value) for value in sorted({value for value, _ in codes.values()})}
    grid = [_on_grid(_grid(name, at, _WIDTHS), at)] if own else []
    order = list(made)
    places = {j: (0, k) for k, j in enumerate(own)}
    places |= {j: (len(grid) + order.index(value), k) for j, (value, k) in codes.items()}
    numbers = carry_from(at.source, name, _given(made, at), at.computed_in)
    for feature, j in zip(grid[0].features if grid else (), own, strict=True):
        numbers[j] = feature
    features = tuple(feature for feature in numbers if feature is not None)
    assert len(features) == len(numbers)
    return _together([*grid, *made.values()], features, [places[j] for j in sorted(places)], at)


def _given(made: Mapping[str, Integers], at: Lowering) -> dict[str, Numbers]:
    """Codes by what their integers mean; columns of the input stand on grids of their own."""
    given: dict[str, Numbers] = {INPUT: [None] * at.source.n_features}
    return given | {value: list(integers.features) for value, integers in made.items()}


def _together(
    parts: list[Integers],
    features: tuple[Feature, ...],
    places: list[tuple[int, int]],
    at: Lowering,
) -> Integers:
    """One tensor of numbers, each `(part, index)`."""
    source, column = np.array(places, dtype=np.int32).T
    ends = [at.bounds_of(part.tensor) for part in parts]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    tensor = parts[0].tensor
    if len(parts) > 1 or column.tolist() != list(range(at.width_of(tensor))):
        gather = Gather(
            inputs=tuple(part.tensor for part in parts),
            output=at.draft.name("joined"),
            source=np.ascontiguousarray(source),
            column=np.ascontiguousarray(column),
        )
        tensor = at.draft.add(gather, TensorType(shape=(len(column),), low=low, high=high))
    where = where_all(part.where for part in parts)
    error = np.array([feature.error for feature in features])
    return replace(
        parts[0],
        tensor=tensor,
        features=features,
        where=where,
        computed_in=at.wider(part.computed_in for part in parts),
        certify=partial(bounded, where),
        own=lambda: bounded(where, error, "the input is rounded to fixed point"),
        least_best=lambda: -np.inf,
    )


def _code(name: str, j: int, at: Lowering) -> tuple[str, int]:
    """The code of which number j of a value is an affine function: its value, and its index."""
    while not isinstance(op := at.source.producers[name], Piecewise):
        trace = op.trace(*(at.source.widths[read] for read in op.inputs))
        assert trace is not None
        name, j = op.inputs[trace.source[j]], int(trace.column[j])
    return name, j


def _grid(name: str, at: Lowering, widths: tuple[int, ...]) -> InputGrid:
    if not at.spec.dtype.is_float:
        return integer_grid(at.source, at.spec, at.data, name)
    grids = (float_grid(at.source, at.spec, at.data, bits, name) for bits in widths)
    return next(grid for grid in grids if grid is not None)


def _on_grid(grid: InputGrid, at: Lowering) -> Integers:
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
