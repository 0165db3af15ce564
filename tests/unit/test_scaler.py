# SPDX-License-Identifier: MIT
"""Scalers: the lowered steps give the very bits scikit-learn's own transform gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from thumbling.errors import UnsupportedModelError
from thumbling.frontends import sklearn_scaler as frontend

preprocessing = pytest.importorskip(
    "sklearn.preprocessing",
    reason="scikit-learn is not installed: pip install 'thumbling[sklearn]'",
)

CASES = [
    (frontend.lower_standard, "StandardScaler", {}),
    (frontend.lower_standard, "StandardScaler", {"with_mean": False}),
    (frontend.lower_standard, "StandardScaler", {"with_std": False}),
    (frontend.lower_standard, "StandardScaler", {"with_mean": False, "with_std": False}),
    (frontend.lower_min_max, "MinMaxScaler", {}),
    (frontend.lower_min_max, "MinMaxScaler", {"feature_range": (-0.1, 0.3), "clip": True}),
    (frontend.lower_min_max, "MinMaxScaler", {"clip": True}),
    (frontend.lower_max_abs, "MaxAbsScaler", {}),
    (frontend.lower_robust, "RobustScaler", {}),
    (frontend.lower_robust, "RobustScaler", {"with_centering": False}),
    (frontend.lower_robust, "RobustScaler", {"with_scaling": False}),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
@pytest.mark.parametrize(("lower", "name", "options"), CASES)
def test_steps_equal_transform_bit_for_bit(
    lower: Any, name: str, options: dict[str, Any], dtype: Any
) -> None:
    rng = np.random.default_rng(7)
    wide = rng.normal(size=(500, 6)) * 10.0 ** np.arange(-2, 4) + [3, -70, 0, 1e3, 1e-3, 5]
    scaler = getattr(preprocessing, name)(**options).fit(wide[:100])
    x = (wide * 1.7).astype(dtype)
    ours = lower(scaler).apply(x)
    theirs = scaler.transform(x)
    assert ours.dtype == theirs.dtype
    assert ours.tobytes() == np.ascontiguousarray(theirs).tobytes()


def test_constant_features_keep_a_scale_of_one() -> None:
    scaler = preprocessing.StandardScaler().fit(np.full((9, 2), 4.0))
    assert (frontend.lower_standard(scaler).apply(np.full((1, 2), 6.0)) == 2.0).all()


def test_unfitted_scaler_is_refused() -> None:
    with pytest.raises(UnsupportedModelError) as caught:
        frontend.lower_min_max(preprocessing.MinMaxScaler())
    assert "fit" in caught.value.hint


def test_scale_of_a_nan_column_is_refused() -> None:
    scaler = preprocessing.StandardScaler().fit([[1.0], [2.0]])
    scaler.mean_ = np.array([np.nan])
    with pytest.raises(UnsupportedModelError, match="mean_"):
        frontend.lower_standard(scaler)
