# SPDX-License-Identifier: MIT
"""One hidden layer of a net: sums, brought to few bits, and a function of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.ir.interval import Interval
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.source.activation import Function
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.linear import Linear
from thumbling.ir.types import DType, TensorType, quant
from thumbling.quantize.affine import Feature
from thumbling.quantize.integer_rows import seen
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.net_function import real_function, slope_of, table_of
from thumbling.quantize.net_range import Range, sums_range
from thumbling.quantize.net_recipe import Recipe
from thumbling.quantize.net_rows import hidden_rows, interval
from thumbling.quantize.upward import ROUNDOFF, upward
from thumbling.quantize.weights import fold_weights, score_size, source_error

# What exp, expit and tanh of NumPy and SciPy may lose, in roundoffs of a result of at most one.
_FUNCTION = 16
_GREATEST_SUM = 1e150
_INT32 = (-(2**31), 2**31 - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """What a layer reads: a tensor, what its integers mean, and the type the source computes in."""

    tensor: str
    features: tuple[Feature, ...]
    computed_in: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hidden:
    """A layer and its function in the source; `sums` are the source's where the data lie, of
    shape (n, n_out), of which there may be none."""

    op: Linear
    function: Function
    sums: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Stored sums: in what range, within which ends they lie anywhere (`held`) and, before their
    range, where inputs are as seen (`reached`), and how far they may be off there."""

    tensor: str
    stored: Range
    held: Interval
    reached: Interval
    errors: FloatArray


def _type(held: Interval, dtype: DType, scales: list[Fraction]) -> TensorType:
    return TensorType(
        shape=(held.size,),
        quant=quant(scales),
        low=int(held.low.min()),
        high=int(held.high.max()),
        dtype=dtype,
    )


def _unlimited(op: Requantize) -> Requantize:
    return replace(op, low=_INT32[0], high=_INT32[1])


def _sums(layer: Hidden, read: Read, recipe: Recipe, width: int, at: Lowering) -> _Sums:
    op, features = layer.op, read.features
    bound = float(score_size(op, features).max())
    if not bound < _GREATEST_SUM:
        raise UnsupportedModelError(
            f"the sums of a hidden layer may reach {bound:.3g}",
            hint="fit the net again, on features that a StandardScaler has scaled",
        )
    wanted = sums_range(layer.function, recipe, layer.sums, bound)
    rows = hidden_rows(fold_weights(op, features), wanted.unit, features, recipe, width)
    stored = replace(wanted, unit=rows.unit)
    dense = rows.dense(read.tensor, at.draft.name("sums"))
    whole = dense.infer(interval([(f.low, f.high) for f in features]))
    at.draft.add(dense, _type(whole, DType.INT32, rows.scales))
    few = rows.requantize(stored, dense.output, at.draft.name("hidden"))
    held = few.infer(whole)
    at.draft.add(few, _type(held, stored.dtype, [rows.unit]))
    errors = np.zeros(held.size)
    if recipe.proved:
        errors = source_error(op, features, read.computed_in) + rows.errors(features)
    return _Sums(
        tensor=few.output,
        stored=stored,
        held=held,
        reached=_unlimited(few).infer(dense.infer(interval([seen(f) for f in features]))),
        errors=errors * (1 + 2.0**-51),
    )


def _beyond(sums: _Sums, function: Function) -> FloatArray:
    """How far the function of a sum beyond its range is from that of the end it is brought to."""
    unit, found = float(sums.stored.unit), np.zeros(sums.held.size)
    ends = (
        (np.maximum(sums.reached.high, sums.stored.high), sums.stored.high),
        (np.minimum(sums.reached.low, sums.stored.low), sums.stored.low),
    )
    for far, end in ends:
        near = real_function(function, np.array(end * unit))
        moved = np.abs(real_function(function, far * unit) - near)
        found = np.maximum(found, np.where(far == end, 0.0, moved * (1 + 2.0**-40) + 2.0**-45))
    return found


def _plain(sums: _Sums, function: Function) -> tuple[Feature, ...]:
    """The stored sums are the results: their range is the function, if that is not the identity."""
    errors = (sums.errors + _beyond(sums, function)) * (1 + 2.0**-51)
    low, high = sums.stored.low, sums.stored.high
    return tuple(
        Feature(
            slope=sums.stored.unit,
            offset=Fraction(0),
            low=int(sums.held.low[k]),
            high=int(sums.held.high[k]),
            seen_low=int(np.clip(sums.reached.low[k], low, high)),
            seen_high=int(np.clip(sums.reached.high[k], low, high)),
            error=float(errors[k]),
        )
        for k in range(sums.held.size)
    )


def _looked_up(sums: _Sums, function: Function, at: Lowering, dtype: str) -> Read:
    table = table_of(function, sums.stored, sums.tensor, at.draft.name("result"))
    held = table.op.infer(replace(sums.held, dtype=sums.stored.dtype))
    at.draft.add(table.op, _type(held, table.dtype, [table.unit]))
    ends = sums.stored.low, sums.stored.high
    low, high = (np.clip(end, *ends) for end in (sums.reached.low, sums.reached.high))
    wrong = table.error(function, sums.stored, int(low.min()), int(high.max()))
    wrong += _FUNCTION * ROUNDOFF[dtype]
    errors = slope_of(function) * sums.errors + _beyond(sums, function) + wrong
    features = tuple(
        Feature(
            slope=table.unit,
            offset=Fraction(0),
            low=int(held.low[k]),
            high=int(held.high[k]),
            seen_low=int(table.at(low)[k]),
            seen_high=int(table.at(high)[k]),
            error=upward(float(errors[k]), 4),
        )
        for k in range(held.size)
    )
    return Read(tensor=table.op.output, features=features, computed_in=dtype)


def hidden_layer(layer: Hidden, read: Read, recipe: Recipe, width: int, at: Lowering) -> Read:
    """The ops of a layer whose weights have `width` bits; returns what the next layer reads."""
    sums = _sums(layer, read, recipe, width, at)
    if layer.function in ("relu", "identity"):
        features = _plain(sums, layer.function)
        return Read(tensor=sums.tensor, features=features, computed_in=read.computed_in)
    return _looked_up(sums, layer.function, at, read.computed_in)
