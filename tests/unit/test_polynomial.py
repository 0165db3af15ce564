# SPDX-License-Identifier: MIT
"""Products of features: the very bits of scikit-learn's own transform."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from tests.unit.source_graphs import step_source, transformed

from thumbling.errors import ModelError, UnsupportedModelError
from thumbling.frontends import lower

X = np.random.default_rng(4).normal(size=(80, 5)) * [1, 30, 1e-3, 4, 500]
CASES: list[dict[str, Any]] = [
    {},
    {"degree": 1},
    {"degree": 3, "include_bias": False},
    {"degree": 4, "interaction_only": True},
    {"degree": 7, "interaction_only": True, "order": "F"},
    {"degree": (2, 3)},
    {"degree": (3, 3), "include_bias": False},
    {"degree": (0, 2), "order": "F"},
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int16])
@pytest.mark.parametrize("options", CASES)
def test_products_equal_transform_bit_for_bit(options: dict[str, Any], dtype: Any) -> None:
    step = PolynomialFeatures(**options).fit(X)
    x = np.clip(X, -120, 120).astype(dtype)
    ours, theirs = transformed(step, x), step.transform(x)
    assert ours.dtype == theirs.dtype
    assert ours.flags.c_contiguous == theirs.flags.c_contiguous
    assert ours.tobytes() == theirs.tobytes()


def test_too_many_are_refused() -> None:
    step = PolynomialFeatures(3).fit(np.ones((2, 64)))
    with pytest.raises(UnsupportedModelError, match="more than 4096 products of 64") as caught:
        step_source(step)
    assert "lower degree" in caught.value.hint


@pytest.mark.parametrize(
    ("attribute", "value", "match"),
    [
        ("_min_degree", "two", "no integers"),
        ("_min_degree", 3, "go from 3 to 2"),
        ("_max_degree", 10**9, "more than 4096"),
        ("_max_degree", 3, "n_output_features_ is not"),
        ("n_output_features_", 10**12, "are supported|n_output_features_"),
        ("interaction_only", "no", "expected True or False"),
        ("order", "Z", "order is 'Z'"),
        ("n_features_in_", 4, "n_output_features_|n_features_in_"),
    ],
)
def test_attributes_that_do_not_fit_together(attribute: str, value: Any, match: str) -> None:
    step = PolynomialFeatures(2).fit(X)
    setattr(step, attribute, value)
    with pytest.raises((ModelError, UnsupportedModelError), match=match):
        lower(make_pipeline(step, Ridge().fit(np.ones((2, 21)), [0, 1])))


def test_unfitted_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="has not been fitted"):
        lower(make_pipeline(PolynomialFeatures(), Ridge()))
