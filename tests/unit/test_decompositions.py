# SPDX-License-Identifier: MIT
"""Decompositions: the source ops give the very bits of scikit-learn's own transform."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.decomposition import PCA, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from tests.unit.source_graphs import step_source, transformed

from thumbling.errors import UnsupportedModelError
from thumbling.frontends import lower

RNG = np.random.default_rng(5)
WIDE = RNG.normal(size=(300, 9)) @ RNG.normal(size=(9, 9)) * 10.0 ** np.arange(-4, 5) + 7
MAKERS = {
    "pca": lambda: PCA(4, random_state=0),
    "whitened": lambda: PCA(whiten=True, random_state=0),
    "incremental": lambda: IncrementalPCA(3, batch_size=64, whiten=True),
    "svd": lambda: TruncatedSVD(5, random_state=0),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32])
@pytest.mark.parametrize("fitted", [np.float32, np.float64])
@pytest.mark.parametrize("name", MAKERS)
def test_ops_equal_transform_bit_for_bit(name: str, fitted: Any, dtype: Any) -> None:
    step = MAKERS[name]().fit(WIDE.astype(fitted))
    rows = np.clip(WIDE * 1.3, 0, 120).astype(dtype)
    for x in (rows, rows[:1]):
        ours, theirs = transformed(step, x), step.transform(x)
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == np.ascontiguousarray(theirs).tobytes()


def test_the_least_spread_is_that_of_the_type() -> None:
    """A component without any variance is divided by epsilon, not by nothing."""
    flat = WIDE.copy()
    flat[:, 8] = flat[:, 7]
    step = PCA(whiten=True, svd_solver="covariance_eigh").fit(flat)
    assert step.explained_variance_.min() < 1e-30
    assert transformed(step, WIDE).tobytes() == step.transform(WIDE).tobytes()


def _centred_first(step: Any, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """What releases before 1.5 answer."""
    projected = (x - step.mean_) @ step.components_.T
    if step.whiten:
        projected /= np.sqrt(step.explained_variance_)
    return np.asarray(projected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fitted", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["pca", "whitened"])
def test_releases_before_1_5_centre_first(name: str, fitted: Any, dtype: Any) -> None:
    step = MAKERS[name]().fit(WIDE.astype(fitted))
    step._sklearn_version = "1.4.2"
    x = WIDE.astype(dtype)
    ours, theirs = transformed(step, x), _centred_first(step, x)
    assert ours.dtype == theirs.dtype
    assert ours.tobytes() == theirs.tobytes()
    assert ours.tobytes() != step.transform(x).tobytes()


def test_a_model_of_such_a_release_is_measured_against_it() -> None:
    model = make_pipeline(MAKERS["pca"](), Ridge()).fit(WIDE, WIDE[:, 0])
    model[0]._sklearn_version = "1.4.2"
    release = lower(model).release
    assert release is not None
    assert [d.text for d in release.differences] == [
        "PCA takes the mean off after it has projected"
    ]


def test_others_are_refused() -> None:
    with pytest.raises(UnsupportedModelError) as caught:
        step_source(FastICA(2, random_state=0).fit(WIDE))
    assert "PCA" in caught.value.hint
    with pytest.raises(UnsupportedModelError, match="has not been fitted"):
        lower(make_pipeline(PCA(2), Ridge()))
