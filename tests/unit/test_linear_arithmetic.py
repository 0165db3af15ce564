# SPDX-License-Identifier: MIT
"""The arithmetic under linear models: overflow proofs, exp, softmax, float to fixed point."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from tests.unit.source_graphs import linear_source

from thumbling.errors import UnsupportedModelError
from thumbling.fixedpoint import (
    EXP_ONE,
    EXP_TABLE,
    exp_q16,
    float_key,
    rounding_shift_right,
    saturate,
    wrap32,
)
from thumbling.ir import Graph
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.softmax import Softmax
from thumbling.ir.source import SourceGraph
from thumbling.ir.source.elementwise import Step
from thumbling.ir.source.linear import Linear
from thumbling.ir.types import DType, InputSpec
from thumbling.quantize.lowering import quantize
from thumbling.reference.meaning import Evaluation
from thumbling.reference.quantize import fixed_point
from thumbling.reference.softmax import evaluate_softmax, softmax_error

finite = st.floats(min_value=-1e6, max_value=1e6).filter(lambda v: v == 0 or abs(v) > 1e-6)


@st.composite
def _linear_models(draw: st.DrawFn) -> tuple[SourceGraph, InputSpec]:
    n, k = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    row = st.lists(finite, min_size=n, max_size=n)
    coef = np.array(draw(st.lists(row, min_size=k, max_size=k)))
    intercept = np.array(draw(st.lists(finite, min_size=k, max_size=k)))
    scale = draw(st.lists(st.floats(1e-3, 1e3), min_size=n, max_size=n))
    steps = (Step(kind="sub", values=np.array(draw(row))), Step(kind="div", values=np.array(scale)))
    kinds = [DType.INT8, DType.UINT8, DType.INT16, DType.UINT16, DType.INT32]
    names = tuple(f"x{i}" for i in range(n))
    spec = InputSpec(
        dtype=draw(st.sampled_from(kinds)), scale=(0.5,) * n, offset=(1.0,) * n, names=names
    )
    return linear_source(coef, intercept, steps=steps), spec


def _quantized(source: SourceGraph, spec: InputSpec, **options: Any) -> Graph:
    """The graph; models that are refused, since constants leave no bits for what moves, do not
    count as examples."""
    try:
        return quantize(source, spec, ("value",), "m", **options)
    except UnsupportedModelError:
        reject()


@settings(max_examples=150, deadline=None)
@given(_linear_models(), st.sampled_from(["auto", "int8", "int16"]))
def test_no_input_of_the_type_overflows(
    case: tuple[SourceGraph, InputSpec], precision: str
) -> None:
    """Worst inputs by exact integers: every partial sum fits, every result is in its range."""
    source, spec = case
    graph = _quantized(source, spec, precision=precision)
    dense = next(op for op in graph.ops if isinstance(op, Dense))
    kind, limit = graph.tensors["value"], 1 << (dense.accumulator_bits - 1)
    low, high = spec.dtype.bounds
    for row, bias in zip(dense.weight.tolist(), dense.bias.tolist(), strict=True):
        worst = abs(bias) + sum(max(abs(w * low), abs(w * high)) for w in row)
        assert worst < limit
        for ends in ((low, high), (high, low)):
            total = bias + sum(w * (ends[0] if w < 0 else ends[1]) for w in row)
            result = rounding_shift_right(total, dense.shift)
            assert kind.low <= (saturate(result, 32) if dense.saturate else result) <= kind.high


@settings(max_examples=60, deadline=None)
@given(_linear_models(), st.integers(0, 2**32 - 1))
def test_error_bound_holds_for_any_stored_input(
    case: tuple[SourceGraph, InputSpec], seed: int
) -> None:
    source, spec = case
    rng = np.random.default_rng(seed)
    low, high = spec.dtype.bounds
    x = rng.integers(low, high + 1, size=(20, spec.n_features)).astype(spec.dtype.numpy)
    graph = _quantized(source, spec, data=x)
    dense = next(op for op in graph.ops if isinstance(op, Dense))
    linear = source.producers["value"]
    assert isinstance(linear, Linear)
    exact = source.value("scaled", spec.real(x)).astype(np.float64) @ linear.coef.T
    exact += linear.intercept
    total = x.astype(object) @ dense.weight.T.astype(object) + dense.bias.astype(object)
    ours = rounding_shift_right(total, dense.shift).astype(np.int64)
    if dense.saturate:
        ours = saturate(ours, 32)
    bounds = graph.outputs[0].certificate.bounds(len(linear.coef))
    error = np.abs(graph.real(graph.outputs[0], ours) - exact)
    assert (error <= np.array(bounds) * (1 + 1e-9)).all()


def test_exp_table_is_powers_of_two() -> None:
    assert [round(2**30 * 2 ** (-i / 32)) for i in range(32)] == list(EXP_TABLE)


@pytest.mark.parametrize("fraction_bits", [0, 3, 12, 20, 31, 40])
def test_exp_keeps_its_error_bound(fraction_bits: int) -> None:
    rng = np.random.default_rng(1)
    top = min(20 << fraction_bits, 2**32 - 1)
    distance = np.concatenate(
        [np.arange(min(3000, top)), rng.integers(0, top + 1, 200_000), [top, 2**32 - 1]]
    ).astype(np.int64)
    exact = np.exp(-distance.astype(np.float64) / 2.0**fraction_bits)
    error = np.abs(exp_q16(distance, fraction_bits) / EXP_ONE - exact)
    assert error.max() <= 2.0**-17 + 2.0**-18
    assert exp_q16(np.array([0]), fraction_bits)[0] == EXP_ONE


def _exact_proba(score: npt.NDArray[np.float64], mode: str) -> npt.NDArray[np.float64]:
    if mode == "sigmoid":
        second = 1 / (1 + np.exp(-score))
        return np.concatenate([1 - second, second], axis=1)
    if mode == "softmax":
        power = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(power / power.sum(axis=1, keepdims=True))
    sigmoid = 1 / (1 + np.exp(-score))
    return np.asarray(sigmoid / sigmoid.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("mode", "n"), [("softmax", 2), ("softmax", 10), ("sigmoid", 1), ("ovr", 5)]
)
@pytest.mark.parametrize("spread", [0.1, 3.0, 30.0])
def test_probabilities_keep_their_error_bound(mode: str, n: int, spread: float) -> None:
    rng = np.random.default_rng(2)
    score = np.round(rng.normal(scale=spread, size=(20_000, n)) * 2**16).astype(np.int64)
    op = Softmax(inputs=("s",), output="p", fraction_bits=16, mode=mode)
    ours = evaluate_softmax(op, Evaluation(n_rows=len(score)), score) / 2.0**15
    exact = _exact_proba(score / 2.0**16, mode)
    assert np.abs(ours - exact).max() <= float(softmax_error(mode, n))


@settings(max_examples=300, deadline=None)
@given(st.floats(width=32, allow_nan=False), st.integers(-97, 125), st.sampled_from([16, 32]))
def test_quantize_rounds_the_real_number_halves_away_from_zero(
    x: float, shift: int, bits: int
) -> None:
    op = Quantize(inputs=("x",), output="q", shift=np.array([shift], dtype=np.int32), bits=bits)
    got = fixed_point(op, np.array([[x]], dtype=np.float32))[0, 0]
    limit = (1 << (bits - 1)) - 1
    sign = -1 if x < 0 else 1
    if np.isinf(x):
        assert got == sign * limit
        return
    magnitude = floor(abs(Fraction(x)) * Fraction(2) ** shift + Fraction(1, 2))
    assert got == sign * min(magnitude, limit)


@given(st.integers(-(2**40), 2**40))
def test_wrap32_is_the_int32_of_the_same_bits(value: int) -> None:
    assert wrap32(value) == int(np.array(value & 0xFFFFFFFF, dtype=np.uint32).view(np.int32))


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=2, max_size=20))
def test_float_keys_are_in_the_order_of_the_floats(values: list[float]) -> None:
    x = np.array(values, dtype=np.float32)
    key = float_key(x)
    for i in range(len(x) - 1):
        if x[i] != x[i + 1]:
            assert (key[i] < key[i + 1]) == (x[i] < x[i + 1])
    zeros = float_key(np.array([-0.0, 0.0], dtype=np.float32))
    assert zeros[0] == zeros[1] - 1
