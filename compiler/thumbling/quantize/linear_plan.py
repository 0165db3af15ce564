# SPDX-License-Identifier: MIT
"""How a linear model is computed: the cheapest grid and widths that are good enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import INPUT
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.impute import REFUSED, Impute
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.linear import Linear
from thumbling.quantize.input_grid import InputGrid
from thumbling.quantize.integer_rows import RealWeights
from thumbling.quantize.resolution import LEFT_OVER, Moves, require_resolved
from thumbling.quantize.upward import sum_rounding
from thumbling.quantize.weights import (
    IntWeights,
    fold_weights,
    quantize_weights,
    score_size,
    source_error,
    spread,
)
from thumbling.reference.dense import scores
from thumbling.reference.quantize import fixed_point

Rows = npt.NDArray[np.generic]

# Weight and accumulator widths worth trying, cheapest first.
WIDTHS = {
    "auto": ((16, 32), (16, 64), (32, 64)),
    "int16": ((16, 32), (16, 64)),
    "int8": ((8, 32), (8, 64)),
}
# A plan is good enough when its error is at most this part of the scores' spread.
_TOLERANCE = 2.0**-10
# Others compute with what is not answered: its error comes on top of theirs.
_INNER_TOLERANCE = 2.0**-16
_FEW_ROWS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scheme:
    """A grid, and whether scores of inputs far outside what was seen may saturate."""

    grid: InputGrid
    saturate: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A grid and weights on it; `wrong` rows of data are mislabelled.

    `error` are the proved bounds, infinite where the source may overflow, and `moves` what the
    source's scores do where these hold: one for each value, and one for all scores that compete.
    A good plan is off by at most `tolerance` of that.
    """

    grid: InputGrid
    weights: IntWeights
    error: FloatArray
    moves: Moves
    wrong: int
    tolerance: float

    @property
    def worst(self) -> float:
        """The bound that holds for all scores."""
        return float(self.error.max())

    @property
    def good(self) -> bool:
        """Whether nothing finer need be tried."""
        fine = self.error <= self.tolerance * self.moves.spread
        return not self.wrong and bool(fine[self._counted].all())

    @property
    def badness(self) -> tuple[int, float, float]:
        """What the best of plans that are not good has least of."""
        worst, counted = self.worst, self._counted
        if len(self.error) > 1 and self.moves.in_earnest.any():
            worst = float((self.error[counted] / self.moves.spread[counted]).max())
        return self.wrong, worst, float(self.weights.error.max())

    @property
    def _counted(self) -> npt.NDArray[np.bool_]:
        """Values that move, or all where none does."""
        moving = self.moves.in_earnest
        return moving if len(moving) > 1 and moving.any() else np.ones_like(moving)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """A linear op, where it stands, and the grids on which it can be computed, cheapest first.

    `rows` are what its integers are where the data lie, by grid, and `real` what the source's own
    input is there, both of shape (n, n_in).
    """

    op: Linear
    grids: tuple[InputGrid, ...]
    computed_in: str
    real: Rows
    rows: Callable[[InputGrid], npt.NDArray[np.int64]]
    may_saturate: bool
    inner: bool


def dense_op(weights: IntWeights, reads: str, output: str) -> Dense:
    """The layer that computes the scores."""
    kind = {8: np.int8, 16: np.int16, 32: np.int32}[weights.bits]
    return Dense(
        inputs=(reads,),
        output=output,
        weight=weights.weight.astype(kind),
        bias=weights.bias,
        shift=weights.shift,
        accumulator_bits=weights.accumulator_bits,
        saturate=weights.saturate,
    )


def quantize_op(grid: InputGrid, output: str = "fixed", *, straight: bool = True) -> Quantize:
    """The op that brings floats onto the grid: of all columns in order, if that is `straight`."""
    return Quantize(
        inputs=(grid.tensor,),
        output=output,
        shift=np.array(grid.shift, dtype=np.int32),
        bits=grid.bits,
        column=None if straight else np.array(grid.columns, dtype=np.int32),
    )


def impute_op(grid: InputGrid, output: str = "fixed") -> Impute:
    """The op that brings floats onto the grid where some of them may be missing."""
    missing = [REFUSED if f.missing is None else f.missing for f in grid.features]
    return Impute(
        inputs=(grid.tensor,),
        output=output,
        shift=np.array(grid.shift, dtype=np.int32),
        bits=grid.bits,
        column=np.array(grid.columns, dtype=np.int32),
        missing=np.array(missing, dtype=np.int32),
    )


def _labels(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    if scores.shape[1] == 1:
        return (scores[:, 0] > 0).astype(np.int64)
    return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def grid_rows(grid: InputGrid, rows: Rows) -> npt.NDArray[np.int64]:
    """Stored rows of shape (n, columns) of the tensor a grid reads, as the layer reads them."""
    picked = rows[:, list(grid.columns)]
    q = picked.astype(np.int64) if not grid.shift else None
    if q is None:
        q = fixed_point(quantize_op(grid), picked.astype(np.float32))
        q = np.where(np.isnan(picked), [f.missing or 0 for f in grid.features], q)
    low = np.array([f.low for f in grid.features])
    high = np.array([f.high for f in grid.features])
    return np.clip(q, low, high)


def _wrong(layer: Layer, grid: InputGrid, weights: IntWeights) -> int:
    """Rows on which the integers choose another class than the source."""
    linear = layer.op
    if not linear.compete or not len(layer.real):
        return 0
    exact = layer.real.astype(np.float64) @ linear.coef.T + linear.intercept
    ours = scores(dense_op(weights, INPUT, "score"), layer.rows(grid))
    return int((_labels(ours.astype(np.float64)) != _labels(exact)).sum())


def _make_plan(layer: Layer, scheme: _Scheme, width: tuple[int, int]) -> Plan:
    linear, grid = layer.op, scheme.grid
    real = fold_weights(linear, grid.features)
    common = linear.compete
    weights = quantize_weights(real, grid.features, *width, common=common, saturate=scheme.saturate)
    error = source_error(linear, grid.features, layer.computed_in) + weights.error
    error *= 1.0 + 2.0**-51
    moves = _moves(layer, grid, real)
    return Plan(
        grid=grid,
        weights=weights,
        error=error.max(keepdims=True) if common else error,
        moves=moves.together() if common else moves,
        wrong=_wrong(layer, grid, weights),
        tolerance=_INNER_TOLERANCE if layer.inner else _TOLERANCE,
    )


def _moves(layer: Layer, grid: InputGrid, real: RealWeights, *, whole: bool = False) -> Moves:
    lost = sum_rounding(len(grid.features) + 2, layer.computed_in)
    noise = max(lost, LEFT_OVER[layer.op.dtype]) * score_size(layer.op, grid.features)
    return Moves(spread=spread(real, grid.features, whole=whole), noise=noise)


def require_values(layer: Layer, plan: Plan, data: Rows | None) -> None:
    """Raise where a value that moves in the source does not here.

    It must move with the data, or where there are none, or too few to say what the chip will see,
    with anything it can be given.
    """
    if plan.grid.range_text is None:
        return
    moves, where = plan.moves, f"for {plan.grid.range_text}"
    if data is None or len(data) < _FEW_ROWS:
        real = fold_weights(layer.op, plan.grid.features)
        moves, where = _moves(layer, plan.grid, real, whole=True), "for any input"
    scale = [Fraction(2) ** -bits for bits in plan.weights.fraction_bits]
    require_resolved(moves, scale, plan.error, where)


def _schemes(layer: Layer) -> list[_Scheme]:
    """Grids, cheapest first. int32 scores cannot resolve what data do in a small part of a wide
    integer type unless those of inputs far away saturate."""
    schemes = [_Scheme(grid=grid, saturate=False) for grid in layer.grids]
    if layer.may_saturate:
        schemes += [_Scheme(grid=grid, saturate=True) for grid in layer.grids]
    return schemes


def choose_plan(layer: Layer, widths: Sequence[tuple[int, int]]) -> Plan:
    """The cheapest good plan, else the one with fewest wrong labels and least error; `widths` are
    bits of weights and accumulator, cheapest first."""
    plans = []
    for scheme in _schemes(layer):
        for width in widths if not scheme.saturate else [w for w in widths if w[1] == 64]:
            plan = _make_plan(layer, scheme, width)
            if plan.good:
                return plan
            plans.append(plan)
    return min(plans, key=lambda plan: plan.badness)
