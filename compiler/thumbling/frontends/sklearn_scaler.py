# SPDX-License-Identifier: MIT
"""Scalers of scikit-learn as elementwise steps, in the order and types of its own arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import LEAST, count, flag, inconsistent, reals
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import qualified_name, transformer
from thumbling.frontends.sklearn_release import rounds_constants
from thumbling.ir.source import Value
from thumbling.ir.source.arrays import FloatArray, frozen
from thumbling.ir.source.elementwise import Elementwise, Step


def _parameter(scaler: Any, name: str) -> FloatArray:
    """One number for each feature."""
    n_features = count(scaler, "n_features_in_")
    array = reals(scaler, name)
    if array.shape != (n_features,):
        raise inconsistent(scaler, f"{name} has shape {array.shape} for {n_features} features")
    return frozen(array)


def _divisor(scaler: Any) -> FloatArray:
    scale = _parameter(scaler, "scale_")
    if (np.abs(scale) < LEAST).any():
        raise inconsistent(scaler, "scale_ holds a zero or nearly one, and it divides by it")
    return scale


def _divided(scaler: Any, x: Value, *, cast: bool = False) -> Step:
    """Division by the scale; columns of a sparse matrix are multiplied by its reciprocal."""
    scale = _divisor(scaler)
    if x.sparse:
        return Step(kind="mul", values=frozen(1 / scale))
    return Step(kind="div", values=scale, cast=cast)


def _scaled(scaler: Any, steps: list[Step], x: Value, build: SourceBuilder) -> Value:
    """The op of some steps. A sparse matrix cannot be centered, since zeros are not held."""
    if x.sparse and any(step.kind not in ("mul", "min", "max") for step in steps):
        raise inconsistent(scaler, "it centers, and the step before it answers a sparse matrix")
    scaled = build.add(Elementwise, "scaled", x, steps=tuple(steps))
    return replace(scaled, sparse=x.sparse)


def _clip(scaler: Any, n_features: int, low: object, high: object) -> tuple[Step, ...]:
    if not all(isinstance(end, int | float | np.number) for end in (low, high)):
        raise inconsistent(scaler, "feature_range is no pair of numbers")
    ends = np.array([low, high], dtype=np.float64)
    if not np.isfinite(ends).all() or ends[0] >= ends[1]:
        raise inconsistent(scaler, f"feature_range is {low} to {high}")
    return (
        Step(kind="max", values=np.full(n_features, ends[0]), cast=True),
        Step(kind="min", values=np.full(n_features, ends[1]), cast=True),
    )


@transformer("sklearn", "StandardScaler")
def lower_standard(scaler: Any, x: Value, build: SourceBuilder) -> Value:
    """`(x - mean_) / scale_`."""
    steps = []
    cast = rounds_constants(scaler)
    if flag(scaler, "with_mean"):
        steps.append(Step(kind="sub", values=_parameter(scaler, "mean_"), cast=cast))
    if flag(scaler, "with_std"):
        steps.append(_divided(scaler, x, cast=cast))
    return _scaled(scaler, steps, x, build)


@transformer("sklearn", "MinMaxScaler")
def lower_min_max(scaler: Any, x: Value, build: SourceBuilder) -> Value:
    """`x * scale_ + min_`, clipped to the feature range where asked."""
    scale = _parameter(scaler, "scale_")
    steps = [
        Step(kind="mul", values=scale),
        Step(kind="add", values=_parameter(scaler, "min_")),
    ]
    if flag(scaler, "clip"):
        ends = scaler.feature_range
        if not isinstance(ends, tuple | list) or len(ends) != 2:
            raise inconsistent(scaler, "feature_range is no pair of numbers")
        steps += _clip(scaler, len(scale), *ends)
    if x.sparse:
        raise inconsistent(scaler, "the step before it answers a sparse matrix")
    return build.add(Elementwise, "scaled", x, steps=tuple(steps))


@transformer("sklearn", "MaxAbsScaler")
def lower_max_abs(scaler: Any, x: Value, build: SourceBuilder) -> Value:
    """`x / scale_`, clipped to -1..1 where asked."""
    steps = [_divided(scaler, x)]
    # Releases before 1.8 do not know this setting.
    if hasattr(scaler, "clip") and flag(scaler, "clip"):
        steps += _clip(scaler, x.width, -1.0, 1.0)
    return _scaled(scaler, steps, x, build)


@transformer("sklearn", "RobustScaler")
def lower_robust(scaler: Any, x: Value, build: SourceBuilder) -> Value:
    """`(x - center_) / scale_`."""
    steps = []
    if flag(scaler, "with_centering"):
        steps.append(Step(kind="sub", values=_parameter(scaler, "center_")))
    if flag(scaler, "with_scaling"):
        steps.append(_divided(scaler, x))
    return _scaled(scaler, steps, x, build)


def inverse_steps(scaler: Any) -> tuple[Step, ...]:
    """What a scaler's `inverse_transform` does.

    Raises UnsupportedModelError where it is no StandardScaler, MinMaxScaler, MaxAbsScaler or
    RobustScaler.
    """
    package, name = qualified_name(scaler)
    if package == "sklearn" and name in ("StandardScaler", "RobustScaler"):
        standard = name == "StandardScaler"
        cast = standard and rounds_constants(scaler)
        scaled, moved = (
            ("with_std", "with_mean") if standard else ("with_scaling", "with_centering")
        )
        steps = []
        if flag(scaler, scaled):
            steps.append(Step(kind="mul", values=_parameter(scaler, "scale_"), cast=cast))
        if flag(scaler, moved):
            center = _parameter(scaler, "mean_" if standard else "center_")
            steps.append(Step(kind="add", values=center, cast=cast))
        return tuple(steps)
    if package == "sklearn" and name == "MinMaxScaler":
        return (
            Step(kind="sub", values=_parameter(scaler, "min_")),
            Step(kind="div", values=_divisor(scaler)),
        )
    if package == "sklearn" and name == "MaxAbsScaler":
        return (Step(kind="mul", values=_parameter(scaler, "scale_")),)
    raise UnsupportedModelError(
        f"what a {package}.{name} did to the target is not undone by anything that is compiled",
        hint="transform the target by a StandardScaler, MinMaxScaler, MaxAbsScaler or RobustScaler",
    )
