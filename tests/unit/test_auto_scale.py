# SPDX-License-Identifier: MIT
"""`--input-scale auto`: numbers that could have been typed, that lose least, for every type."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from thumbling.errors import OptionError, UsageError
from thumbling.frontends import lower
from thumbling.ir import DType
from thumbling.pipeline import Options, compile_model, input_spec
from thumbling.quantize.auto_scale import auto_scale

Rows = npt.NDArray[Any]
INTEGERS = [dtype for dtype in DType if not dtype.is_float]
_RNG = np.random.default_rng(3)
COLUMNS = {
    "shares": _RNG.random(300),
    "decimals": _RNG.integers(43, 80, 300) / 10,
    "negative": -_RNG.random(300) * 1e-4 - 7e-4,
    "signed": _RNG.normal(size=300) * 1000,
    "bytes": _RNG.integers(0, 128, 300).astype(float),
    "constant": np.full(300, 0.1),
    "zero": np.zeros(300),
    "year": 1.7e9 + _RNG.random(300) * 3e7,
    "far": 1e15 + _RNG.integers(0, 100, 300),
    "tiny": 1e-20 * (1 + _RNG.random(300)),
    "wide": _RNG.normal(size=300) * 1e25,
}
ROWS = np.stack(list(COLUMNS.values()), axis=1)
LABELS = (ROWS[:, 0] + ROWS[:, 3] / 2000 > 0.5).astype(int)


def _loss(dtype: DType, column: Rows, scale: float, offset: float) -> tuple[Rows, Rows]:
    """What the chip's caller stores, unrounded, and the error of the value it stands for."""
    steps = (column - offset) / scale
    return steps, np.abs(np.clip(np.rint(steps), *dtype.bounds) * scale + offset - column)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_no_value_saturates_and_none_is_off_by_more_than_half_a_step(
    dtype: DType, name: str
) -> None:
    column = COLUMNS[name]
    scales, offsets = auto_scale(dtype, column[:, None], None)
    steps, error = _loss(dtype, column, scales[0], offsets[0])
    low, high = dtype.bounds
    assert steps.min() > low - 0.5
    assert steps.max() < high + 0.5
    assert (error <= scales[0] / 2 + np.spacing(np.abs(column)) * 2).all()
    # Not much coarser than the finest steps that fit, unless nothing is lost.
    finest = np.ptp(column) / min(high - low, 1 << 24)
    lossless = (error <= 1e-3 * scales[0]).all()
    assert lossless or scales[0] <= finest * 1.02


@given(
    st.sampled_from(INTEGERS),
    arrays(np.float64, st.integers(1, 12), elements=st.floats(-(2.0**95), 2.0**95, width=32)),
)
def test_any_column_fits(dtype: DType, column: Rows) -> None:
    scales, offsets = auto_scale(dtype, column[:, None], None)
    steps, _ = _loss(dtype, column, scales[0], offsets[0])
    low, high = dtype.bounds
    assert (steps > low - 0.5).all()
    assert (steps < high + 0.5).all()
    assert scales[0] >= 1e-30
    # Typed as printed they are the same numbers.
    assert float(repr(scales[0])) == scales[0]


def test_counts_and_decimals_stay_what_they_are() -> None:
    columns = np.stack([COLUMNS["bytes"], COLUMNS["decimals"]], axis=1)
    assert auto_scale(DType.INT8, columns, None) == ((1.0, 0.02), (0.0, 6.12))
    assert auto_scale(DType.UINT16, COLUMNS["bytes"][:, None], None) == ((1.0,), (0.0,))


def test_a_real_zero_stays_zero() -> None:
    column = np.array([0.0, 0.123456, 0.98765, 0.5551])[:, None]
    for dtype in INTEGERS:
        (scale,), (offset,) = auto_scale(dtype, column, None)
        assert np.rint(-offset / scale) * scale + offset == 0.0


def test_a_constant_column_takes_the_range_of_the_scaler() -> None:
    rain = np.zeros((50, 1))
    (scale,), (offset,) = auto_scale(DType.INT8, rain, [(-2.0, 30.0)])
    assert -128 * scale + offset <= -2.0 + scale
    assert 127 * scale + offset >= 30.0 - scale
    assert auto_scale(DType.INT8, rain, None) == ((1.0,), (0.0,))
    assert auto_scale(DType.INT8, rain + 0.1, None) == ((1.0,), (0.1,))


@pytest.mark.parametrize(
    ("column", "offset"),
    [
        (COLUMNS["shares"], 0.0),
        (COLUMNS["signed"], 0.0),
        (COLUMNS["bytes"], 0.0),
        (1.7e9 + np.arange(0, 3000, 7.0), 1700001000.0),
        (np.full(9, 1700000001.0), 1700000001.0),
        (1.7e9 + np.arange(0, 128 * 50, 128.0), 0.0),
    ],
)
def test_floats_get_an_offset_only_where_it_helps(column: Rows, offset: float) -> None:
    assert auto_scale(DType.FLOAT32, column[:, None], None) == ((1.0,), (offset,))


def test_missing_values_say_nothing_about_a_range() -> None:
    column = np.array([np.nan, 1.0, 2.0, np.nan])[:, None]
    assert auto_scale(DType.INT8, column, None) == auto_scale(DType.INT8, column[1:3], None)
    assert auto_scale(DType.INT8, np.full((2, 1), np.nan), None) == ((1.0,), (0.0,))


MODELS = {
    "tree": DecisionTreeClassifier(max_depth=6, random_state=0),
    "scaled": make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=6, random_state=0)),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
}


@pytest.mark.parametrize("dtype", DType)
@pytest.mark.parametrize("name", MODELS)
def test_auto_is_as_if_the_numbers_had_been_typed(name: str, dtype: DType) -> None:
    x = ROWS[:, [0, 1, 2, 3, 4, 5, 7]]
    model = MODELS[name].fit(x, LABELS)
    kind = dtype.value
    auto = compile_model(model, Options(input_type=kind, input_scale="auto"), x)
    spec = auto.graph.input
    typed = Options(input_type=kind, input_scale=spec.scale, input_offset=spec.offset)
    assert input_spec(lower(model), typed) == spec
    assert compile_model(model, typed, x).c.files == auto.c.files
    assert auto.input.features[0].rows_saturated == 0
    if name != "logistic":
        assert (auto.fidelity.certificate, auto.fidelity.label_agreement) == ("exact", 1.0)
    real = auto.fidelity.on_real_rows
    assert real is not None
    assert real.label_agreement is not None
    assert real.label_agreement > (0.99 if dtype.size > 1 else 0.97)
    plain = compile_model(model, Options(input_type=kind), x).fidelity.on_real_rows
    assert plain is not None
    assert real.label_agreement >= (plain.label_agreement or 0)


def test_what_auto_needs() -> None:
    model = MODELS["tree"].fit(ROWS, LABELS)
    with pytest.raises(UsageError, match="takes the scale from data"):
        compile_model(model, Options(input_type="int8", input_scale="auto"))
    with pytest.raises(UsageError, match="offset too"):
        Options(input_scale="auto", input_offset=1.0)
    with pytest.raises(OptionError, match="neither numbers nor auto"):
        Options(input_scale="automatic")
