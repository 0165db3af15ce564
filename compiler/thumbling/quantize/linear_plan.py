# SPDX-License-Identifier: MIT
"""How a linear model is computed: the cheapest grid and widths that are good enough."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import INPUT
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.source import FloatArray, Linear, SourceModel
from thumbling.ir.types import InputSpec
from thumbling.quantize.input_grid import InputGrid, float_grid, integer_grid
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
    """

    grid: InputGrid
    weights: IntWeights
    error: FloatArray
    moves: Moves
    wrong: int

    @property
    def worst(self) -> float:
        """The bound that holds for all scores."""
        return float(self.error.max())

    @property
    def good(self) -> bool:
        """Whether nothing finer need be tried."""
        fine = self.error <= _TOLERANCE * self.moves.spread
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


def predictor(source: SourceModel) -> Linear:
    """The linear model behind the stages."""
    assert isinstance(source.predictor, Linear)
    return source.predictor


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


def quantize_op(grid: InputGrid) -> Quantize:
    """The op that brings floats onto the grid."""
    shift = np.array(grid.shift, dtype=np.int32)
    return Quantize(inputs=(INPUT,), output="fixed", shift=shift, bits=grid.bits)


def _labels(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    if scores.shape[1] == 1:
        return (scores[:, 0] > 0).astype(np.int64)
    return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def _grid_rows(grid: InputGrid, rows: Rows) -> npt.NDArray[np.int64]:
    """Rows as the dense layer reads them."""
    q = rows.astype(np.int64) if not grid.shift else None
    if q is None:
        q = fixed_point(quantize_op(grid), rows.astype(np.float32))
    low = np.array([f.low for f in grid.features])
    high = np.array([f.high for f in grid.features])
    return np.clip(q, low, high)


def _wrong(
    source: SourceModel, spec: InputSpec, rows: Rows, plan: tuple[InputGrid, IntWeights]
) -> int:
    """Rows on which the integers choose another class than the source."""
    linear = predictor(source)
    if not linear.is_classifier or not len(rows):
        return 0
    grid, weights = plan
    exact = source.transform(spec.real(rows)).astype(np.float64) @ linear.coef.T + linear.intercept
    ours = scores(dense_op(weights, INPUT, "score"), _grid_rows(grid, rows))
    return int((_labels(ours.astype(np.float64)) != _labels(exact)).sum())


def _make_plan(
    source: SourceModel, spec: InputSpec, scheme: _Scheme, width: tuple[int, int], rows: Rows
) -> Plan:
    linear, grid = predictor(source), scheme.grid
    real = fold_weights(linear, grid.features)
    common = linear.is_classifier
    weights = quantize_weights(real, grid.features, *width, common=common, saturate=scheme.saturate)
    error = source_error(linear, grid.features, computed_in(source, spec)) + weights.error
    error *= 1.0 + 2.0**-51
    moves = _moves(source, spec, grid, real)
    return Plan(
        grid=grid,
        weights=weights,
        error=error.max(keepdims=True) if common else error,
        moves=moves.together() if common else moves,
        wrong=_wrong(source, spec, rows, (grid, weights)),
    )


def _moves(
    source: SourceModel,
    spec: InputSpec,
    grid: InputGrid,
    real: RealWeights,
    *,
    whole: bool = False,
) -> Moves:
    linear = predictor(source)
    lost = sum_rounding(len(grid.features) + 2, computed_in(source, spec))
    noise = max(lost, LEFT_OVER[linear.dtype]) * score_size(linear, grid.features)
    return Moves(spread=spread(real, grid.features, whole=whole), noise=noise)


def computed_in(source: SourceModel, spec: InputSpec) -> str:
    """The type in which the source multiplies and adds, as NumPy chooses it."""
    nothing = spec.real(np.empty((0, spec.n_features), dtype=spec.dtype.numpy))
    return str(predictor(source).computes_in(source.transform(nothing)))


def require_values(source: SourceModel, spec: InputSpec, plan: Plan, data: Rows | None) -> None:
    """Raise where a value that moves in the source does not here.

    It must move with the data, or where there are none, or too few to say what the chip will see,
    with anything it can be given.
    """
    if plan.grid.range_text is None:
        return
    moves, where = plan.moves, f"for {plan.grid.range_text}"
    if data is None or len(data) < _FEW_ROWS:
        real = fold_weights(predictor(source), plan.grid.features)
        moves, where = _moves(source, spec, plan.grid, real, whole=True), "for any input"
    scale = [Fraction(2) ** -bits for bits in plan.weights.fraction_bits]
    require_resolved(moves, scale, plan.error, where)


def _schemes(source: SourceModel, spec: InputSpec, data: Rows | None) -> list[_Scheme]:
    """Grids, cheapest first. int32 scores cannot resolve what data do in a small part of a wide
    integer type unless those of inputs far away saturate."""
    if not spec.dtype.is_float:
        grid = integer_grid(source, spec, data)
        return [_Scheme(grid=grid, saturate=False), _Scheme(grid=grid, saturate=True)]
    grids = [float_grid(source, spec, data, bits) for bits in (16, 32)]
    return [_Scheme(grid=grid, saturate=False) for grid in grids if grid is not None]


def choose_plan(source: SourceModel, spec: InputSpec, precision: str, data: Rows | None) -> Plan:
    """The cheapest good plan, else the one with fewest wrong labels and least error."""
    rows: Rows = np.empty((0, spec.n_features)) if data is None else data
    if spec.dtype.is_float:
        rows = rows[np.isfinite(rows.astype(np.float64)).all(axis=1)]
    plans = []
    for scheme in _schemes(source, spec, data):
        widths = WIDTHS[precision]
        for width in widths if not scheme.saturate else [w for w in widths if w[1] == 64]:
            plan = _make_plan(source, spec, scheme, width, rows)
            if plan.good:
                return plan
            plans.append(plan)
    return min(plans, key=lambda plan: plan.badness)
