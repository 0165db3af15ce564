# SPDX-License-Identifier: MIT
"""Scalers of scikit-learn as elementwise steps, in the order and types of its own arithmetic."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.registry import stage
from thumbling.ir.source import Elementwise, FloatArray, Step


def _parameter(scaler: Any, name: str) -> FloatArray:
    value = getattr(scaler, name, None)
    if value is None:
        raise UnsupportedModelError(
            f"{type(scaler).__name__} has no {name}: it is not fitted",
            hint="call fit before saving the pipeline",
        )
    array = np.atleast_1d(np.asarray(value, dtype=np.float64)).copy()
    if not np.isfinite(array).all():
        raise UnsupportedModelError(
            f"{type(scaler).__name__}.{name} holds NaN or infinity",
            hint="drop the columns that hold only NaN, or impute them, before the scaler",
        )
    array.flags.writeable = False
    return array


def _clip(n_features: int, low: float, high: float) -> tuple[Step, ...]:
    return (
        Step(kind="max", values=np.full(n_features, low, dtype=np.float64), cast=True),
        Step(kind="min", values=np.full(n_features, high, dtype=np.float64), cast=True),
    )


@cache
def _standard_scaler_casts() -> bool:
    """Whether the installed release rounds mean and scale to the type of X (it changed in 1.9).

    Asked of the library itself: with the mean one float32 rounding error away from x, only a
    release that rounds answers zero.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler(with_std=False).fit(np.zeros((2, 1)))
    scaler.mean_ = np.array([0.1])
    return bool(scaler.transform(np.array([[0.1]], dtype=np.float32))[0, 0] == 0.0)


@stage("sklearn", "StandardScaler")
def lower_standard(scaler: Any) -> Elementwise:
    """`(x - mean_) / scale_`."""
    _parameter(scaler, "n_samples_seen_")
    steps = []
    cast = _standard_scaler_casts()
    if scaler.with_mean:
        steps.append(Step(kind="sub", values=_parameter(scaler, "mean_"), cast=cast))
    if scaler.with_std:
        steps.append(Step(kind="div", values=_parameter(scaler, "scale_"), cast=cast))
    return Elementwise(steps=tuple(steps))


@stage("sklearn", "MinMaxScaler")
def lower_min_max(scaler: Any) -> Elementwise:
    """`x * scale_ + min_`, clipped to the feature range where asked."""
    scale = _parameter(scaler, "scale_")
    steps = [
        Step(kind="mul", values=scale),
        Step(kind="add", values=_parameter(scaler, "min_")),
    ]
    if scaler.clip:
        low, high = scaler.feature_range
        steps += _clip(len(scale), low, high)
    return Elementwise(steps=tuple(steps))


@stage("sklearn", "MaxAbsScaler")
def lower_max_abs(scaler: Any) -> Elementwise:
    """`x / scale_`, clipped to -1..1 where asked."""
    scale = _parameter(scaler, "scale_")
    steps = [Step(kind="div", values=scale)]
    if getattr(scaler, "clip", False):
        steps += _clip(len(scale), -1.0, 1.0)
    return Elementwise(steps=tuple(steps))


@stage("sklearn", "RobustScaler")
def lower_robust(scaler: Any) -> Elementwise:
    """`(x - center_) / scale_`."""
    steps = []
    if scaler.with_centering:
        steps.append(Step(kind="sub", values=_parameter(scaler, "center_")))
    if scaler.with_scaling:
        steps.append(Step(kind="div", values=_parameter(scaler, "scale_")))
    if not steps:
        _parameter(scaler, "n_features_in_")
    return Elementwise(steps=tuple(steps))
