# SPDX-License-Identifier: MIT
"""Linear models to integer graphs: quantize or clamp, one dense layer, then what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.errors import OptionError, UnsupportedModelError
from thumbling.ir.graph import INPUT, Certificate, Graph, Output
from thumbling.ir.ops import Above, ArgMax, Clamp, Dense, Op, Quantize, Softmax
from thumbling.ir.source import Linear, SourceModel
from thumbling.ir.types import InputSpec, TensorType
from thumbling.quantize.input_grid import InputGrid, float_grid, integer_grid
from thumbling.quantize.weights import (
    IntWeights,
    fold_weights,
    quantize_weights,
    source_error,
    spread,
)
from thumbling.reference.dense import evaluate_dense
from thumbling.reference.quantize_f32 import evaluate_quantize
from thumbling.reference.softmax import softmax_error

Rows = npt.NDArray[np.generic]

# Weight and accumulator widths worth trying, cheapest first.
_WIDTHS = {
    "auto": ((16, 32), (16, 64), (32, 64)),
    "int16": ((16, 32), (16, 64)),
    "int8": ((8, 32), (8, 64)),
}
# A plan is good enough when its error is at most this part of the scores' spread.
_TOLERANCE = 2.0**-10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scheme:
    """A grid, and whether scores of inputs far outside what was seen may saturate."""

    grid: InputGrid
    saturate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A grid and weights on it; `error` is the proved bound, `wrong` rows of data mislabelled."""

    grid: InputGrid
    weights: IntWeights
    error: float
    wrong: int
    good: bool


@dataclass(slots=True)
class _Draft:
    """A graph in the making."""

    ops: list[Op] = field(default_factory=list)
    tensors: dict[str, TensorType] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    def add(self, op: Op, kind: TensorType) -> None:
        self.ops.append(op)
        self.tensors[op.output] = kind


def _predictor(source: SourceModel) -> Linear:
    assert isinstance(source.predictor, Linear)
    return source.predictor


def _dense(weights: IntWeights, reads: str, output: str) -> Dense:
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


def _quantize_op(grid: InputGrid) -> Quantize:
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
        q = evaluate_quantize(_quantize_op(grid), rows.astype(np.float32))[0].astype(np.int64)
    low = np.array([f.low for f in grid.features])
    high = np.array([f.high for f in grid.features])
    return np.clip(q, low, high)


def _wrong(
    source: SourceModel, spec: InputSpec, rows: Rows, plan: tuple[InputGrid, IntWeights]
) -> int:
    """Rows on which the integers choose another class than the source."""
    linear = _predictor(source)
    if not linear.is_classifier or not len(rows):
        return 0
    grid, weights = plan
    exact = source.transform(spec.real(rows)).astype(np.float64) @ linear.coef.T + linear.intercept
    ours = evaluate_dense(_dense(weights, INPUT, "score"), _grid_rows(grid, rows))
    return int((_labels(ours.astype(np.float64)) != _labels(exact)).sum())


def _make_plan(
    source: SourceModel, spec: InputSpec, scheme: _Scheme, width: tuple[int, int], rows: Rows
) -> _Plan:
    linear, grid = _predictor(source), scheme.grid
    real = fold_weights(linear, grid.features)
    weights = quantize_weights(real, grid.features, *width, saturate=scheme.saturate)
    floats = spec.dtype.is_float and spec.is_plain
    outside = source_error(linear, grid.features, "float32" if floats else "float64")
    total = weights.error + outside
    wrong = _wrong(source, spec, rows, (grid, weights))
    good = total <= _TOLERANCE * spread(real, grid.features) and wrong == 0
    return _Plan(grid=grid, weights=weights, error=total, wrong=wrong, good=good)


def _schemes(source: SourceModel, spec: InputSpec, data: Rows | None) -> list[_Scheme]:
    """Grids, cheapest first. int32 scores cannot resolve what data do in a small part of a wide
    integer type unless those of inputs far away saturate."""
    if not spec.dtype.is_float:
        grid = integer_grid(source, spec, data)
        return [_Scheme(grid=grid, saturate=False), _Scheme(grid=grid, saturate=True)]
    grids = [float_grid(source, spec, data, bits) for bits in (16, 32)]
    return [_Scheme(grid=grid, saturate=False) for grid in grids if grid is not None]


def _choose(source: SourceModel, spec: InputSpec, precision: str, data: Rows | None) -> _Plan:
    """The cheapest good plan, else the one with fewest wrong labels and least error."""
    rows: Rows = np.empty((0, spec.n_features)) if data is None else data
    if spec.dtype.is_float:
        rows = rows[np.isfinite(rows.astype(np.float64)).all(axis=1)]
    plans = []
    for scheme in _schemes(source, spec, data):
        widths = _WIDTHS[precision]
        for width in widths if not scheme.saturate else [w for w in widths if w[1] == 64]:
            plan = _make_plan(source, spec, scheme, width, rows)
            if plan.good:
                return plan
            plans.append(plan)
    return min(plans, key=lambda plan: (plan.wrong, plan.error))


def _certificate(plan: _Plan, error: float, what: str) -> Certificate:
    where = plan.grid.range_text
    if where is None:
        return Certificate(
            kind="measured",
            epsilon=None,
            reason="the range of the float inputs is unknown; compile with data for a bound",
        )
    reason = f"for {where} {what}"
    if plan.weights.saturate:
        limit = 2.0 ** (31 - plan.weights.fraction_bits)
        reason += f"; scores of other inputs saturate beyond {limit:.6g}"
    return Certificate(kind="bounded", epsilon=error, reason=reason)


def _front(plan: _Plan, spec: InputSpec, draft: _Draft) -> str:
    """Ops before the dense layer; returns the tensor it reads."""
    reads, features = INPUT, plan.grid.features
    if plan.grid.shift:
        limit = (1 << (plan.grid.bits - 1)) - 1
        kind = TensorType(shape=(len(features),), scale=Fraction(1), low=-limit, high=limit)
        draft.add(_quantize_op(plan.grid), kind)
        reads, bounds = "fixed", (-limit, limit)
    else:
        bounds = spec.dtype.bounds
    low, high = [f.low for f in features], [f.high for f in features]
    if min(high) < bounds[1] or max(low) > bounds[0]:
        clamp = Clamp(
            inputs=(reads,),
            output="clamped",
            low=np.array(low, dtype=np.int32),
            high=np.array(high, dtype=np.int32),
        )
        draft.add(
            clamp,
            TensorType(shape=(len(low),), scale=Fraction(1), low=min(low), high=max(high)),
        )
        reads = "clamped"
    return reads


def _add_label(plan: _Plan, n_scores: int, draft: _Draft) -> None:
    op: Op
    if n_scores == 1:
        op = Above(inputs=("score",), output="label", cut=np.zeros(1, dtype=np.int32))
        margin = "score lies within"
        width = plan.error
    else:
        op = ArgMax(inputs=("score",), output="label", groups=(n_scores,))
        margin, width = "two best scores lie within", 2 * plan.error
    draft.add(op, TensorType(shape=(1,), scale=Fraction(1), low=0, high=max(n_scores - 1, 1)))
    what = f"a label can differ only where the source's {margin} {width:.3g}"
    certificate = _certificate(plan, plan.error, what)
    draft.outputs.append(Output(field="label", tensor="label", certificate=certificate))


def _add_proba(plan: _Plan, linear: Linear, draft: _Draft) -> None:
    bits, n_scores = plan.weights.fraction_bits, len(linear.coef)
    if linear.link in ("none", "unsupported"):
        raise OptionError(
            "this classifier has no probabilities", hint="use --output label or score"
        )
    if bits < 0:
        raise UnsupportedModelError(
            f"scores up to 2**{31 - bits} are possible, too large for probabilities",
            hint="give --data of the range the chip will see, put a scaler before the model, or ask"
            " for --output label or score",
        )
    op = Softmax(inputs=("score",), output="proba", fraction_bits=bits, mode=linear.link)
    scale, length = Fraction(1, 1 << 15), max(2, n_scores)
    draft.add(op, TensorType(shape=(length,), scale=scale, low=0, high=1 << 15))
    # A probability moves at most 1/2 (sigmoid: 1/4) for each unit all scores may be off.
    slope = 0.25 if linear.link == "sigmoid" else 0.5
    error = slope * plan.error + float(softmax_error(linear.link, n_scores)) + 2.0**-24
    certificate = _certificate(
        plan, min(error, 1.0), "scores are bounded and the integer exp is proved"
    )
    draft.outputs.append(Output(field="proba", tensor="proba", certificate=certificate))


def quantize_linear(
    source: SourceModel,
    spec: InputSpec,
    fields: tuple[str, ...],
    name: str,
    *,
    precision: str = "auto",
    data: Rows | None = None,
) -> Graph:
    """The integer graph of a linear model with the output fields asked for.

    `precision` is auto, int8 or int16; `data` are stored rows of shape (n, n_features), from which
    ranges, error bounds and the choice of widths are taken. Raises OptionError for probabilities
    of a model that has none.
    """
    linear = _predictor(source)
    if precision not in _WIDTHS:
        raise OptionError(
            f"precision {precision!r} is unknown", hint=f"one of {', '.join(_WIDTHS)}"
        )
    plan = _choose(source, spec, precision, data)
    draft = _Draft()
    result = "score" if linear.is_classifier else "value"
    weights, n_scores = plan.weights, len(linear.coef)
    draft.add(
        _dense(weights, _front(plan, spec, draft), result),
        TensorType(
            shape=(n_scores,),
            scale=Fraction(2) ** -weights.fraction_bits,
            low=weights.low,
            high=weights.high,
        ),
    )
    if linear.is_classifier and "label" in fields:
        _add_label(plan, n_scores, draft)
    if linear.is_classifier and "proba" in fields:
        _add_proba(plan, linear, draft)
    if result in fields:
        what = "weights are rounded to one power of two, sums are exact"
        certificate = _certificate(plan, plan.error, what)
        draft.outputs.append(Output(field=result, tensor=result, certificate=certificate))
    return Graph(
        name=name,
        source=source.source,
        input=spec,
        class_names=source.class_names,
        ops=tuple(draft.ops),
        tensors=draft.tensors,
        outputs=tuple(draft.outputs),
    )
