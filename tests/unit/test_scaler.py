# SPDX-License-Identifier: MIT
"""Scalers: the lowered steps give the very bits scikit-learn's own transform gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.unit.source_graphs import step_source, transformed

from thumbling.errors import UnsupportedModelError

preprocessing = pytest.importorskip(
    "sklearn.preprocessing",
    reason="scikit-learn is not installed: pip install 'thumbling[sklearn]'",
)

CASES = [
    ("StandardScaler", {}),
    ("StandardScaler", {"with_mean": False}),
    ("StandardScaler", {"with_std": False}),
    ("StandardScaler", {"with_mean": False, "with_std": False}),
    ("MinMaxScaler", {}),
    ("MinMaxScaler", {"feature_range": (-0.1, 0.3), "clip": True}),
    ("MinMaxScaler", {"clip": True}),
    ("MaxAbsScaler", {}),
    ("RobustScaler", {}),
    ("RobustScaler", {"with_centering": False}),
    ("RobustScaler", {"with_scaling": False}),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_steps_equal_transform_bit_for_bit(name: str, options: dict[str, Any], dtype: Any) -> None:
    rng = np.random.default_rng(7)
    wide = rng.normal(size=(500, 6)) * 10.0 ** np.arange(-2, 4) + [3, -70, 0, 1e3, 1e-3, 5]
    scaler = getattr(preprocessing, name)(**options).fit(wide[:100])
    x = (wide * 1.7).astype(dtype)
    ours = transformed(scaler, x)
    theirs = scaler.transform(x)
    assert ours.dtype == theirs.dtype
    assert ours.tobytes() == np.ascontiguousarray(theirs).tobytes()


def test_constant_features_keep_a_scale_of_one() -> None:
    scaler = preprocessing.StandardScaler().fit(np.full((9, 2), 4.0))
    assert (transformed(scaler, np.full((1, 2), 6.0)) == 2.0).all()


def test_unfitted_scaler_is_refused() -> None:
    with pytest.raises(UnsupportedModelError) as caught:
        step_source(preprocessing.MinMaxScaler())
    assert "fit" in caught.value.hint


def test_scale_of_a_nan_column_is_refused() -> None:
    scaler = preprocessing.StandardScaler().fit([[1.0], [2.0]])
    scaler.mean_ = np.array([np.nan])
    with pytest.raises(UnsupportedModelError, match="mean_"):
        step_source(scaler)
