# SPDX-License-Identifier: MIT
"""Codes of columns on their way to a `Piecewise`: places of known numbers, values between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.frontends.attributes import inconsistent
from thumbling.frontends.builder import SourceBuilder
from thumbling.ir.source import Value
from thumbling.ir.source.arrays import FloatArray, frozen
from thumbling.ir.source.piecewise import Piecewise, Points

_TYPES = ("float", "same", "float32", "float64", "bool")
_INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))


def steps(points: Points, above: FloatArray) -> FloatArray:
    """Values of all places: `above[k]` from where k points are passed, points themselves too."""
    return frozen(above[(np.arange(points.places) + 1) // 2])


def on_points(points: Points, at: FloatArray, between: float) -> FloatArray:
    """Values of all places: `at[k]` at point k alone, `between` elsewhere."""
    value = np.full(points.places, between)
    value[1::2] = at
    return frozen(value)


def anywhere(at: FloatArray, *, nan_known: bool) -> Points:
    """Points of a function that the source answers everywhere."""
    known = np.ones(2 * len(at) + 1, dtype=np.bool_)
    return Points(at=frozen(at), known=frozen(known), nan_known=nan_known)


def only_at(at: FloatArray, *, nan_known: bool) -> Points:
    """Points beside which the source refuses a row."""
    known = np.zeros(2 * len(at) + 1, dtype=np.bool_)
    known[1::2] = True
    return Points(at=frozen(at), known=frozen(known), nan_known=nan_known)


def result_type(model: Any, given: object) -> str:
    """The name of a setting that is a NumPy type, of integers or reals."""
    try:
        name = np.dtype(given).name  # type: ignore[call-overload]
    except TypeError as error:
        raise inconsistent(model, "its dtype is no type of numbers") from error
    if name not in (*_TYPES, *_INTEGERS):
        raise inconsistent(model, f"its dtype is {name}, expected integers, float32 or float64")
    return str(name)


def add_codes(
    model: Any,
    x: Value,
    build: SourceBuilder,
    columns: Sequence[tuple[int, FloatArray, float]],
    points: Sequence[Points],
    dtype: str,
    **compared: Any,
) -> Value:
    """The op of codes `(column, values of its places, value of NaN)`, of a result type that holds
    them."""
    if dtype in _INTEGERS:
        _require_held(model, columns, np.dtype(dtype))
    return build.add(
        Piecewise,
        "codes",
        x,
        points=tuple(points),
        column=frozen(np.array([column for column, _, _ in columns], dtype=np.int64)),
        value=tuple(value for _, value, _ in columns),
        nan_value=frozen(np.array([nan for _, _, nan in columns], dtype=np.float64)),
        dtype=dtype,
        **compared,
    )


def _require_held(
    model: Any, columns: Sequence[tuple[int, FloatArray, float]], dtype: np.dtype[Any]
) -> None:
    info = np.iinfo(dtype)
    for _, value, nan in columns:
        held: npt.NDArray[np.float64] = np.append(value, nan)
        held = held[~np.isnan(held)] if np.isnan(nan) else held
        if not ((held >= info.min) & (held <= info.max) & (held == np.rint(held))).all():
            raise inconsistent(model, f"its dtype {dtype.name} does not hold all codes")
