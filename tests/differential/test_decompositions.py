# SPDX-License-Identifier: MIT
"""Projections in front of models: scikit-learn, the reference, hosts, sanitizers and Arm cores."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tests.differential.family_cases import case_of, compiled
from tests.differential.many_models import HOSTS, check_on_core, check_on_host

from thumbling.pipeline import Compilation


def _named(labels: Any, names: Any) -> Any:
    return np.asarray(names)[labels]


@cache
def made() -> dict[str, Compilation]:
    """Models on real data, of every kind of input."""
    digits, wine, cancer = load_digits(), load_wine(), load_breast_cancer()
    diabetes = load_diabetes(scaled=False)
    two = np.stack([diabetes.target, -3.0 * diabetes.target + diabetes.data[:, 0]], axis=1)
    make, pca = make_pipeline, PCA(16, random_state=0)
    logistic = LogisticRegression(max_iter=3000)
    forest = RandomForestClassifier(10, max_depth=6, random_state=0)
    grid = {"input_type": "int16", "input_scale": "auto"}
    x, y = digits.data, digits.target
    kind = _named(wine.target, ["red", "rose", "white"])
    narrow = x.astype(np.float32)
    return {
        "digits": compiled(make(pca, logistic).fit(x, y), x, "a", input_type="uint8", output="all"),
        "label": compiled(make(pca, logistic).fit(x, y), x, "b", input_type="int8"),
        "forest": compiled(make(pca, forest).fit(x, y), x, "c", input_type="uint8", output="all"),
        "floats": compiled(make(pca, logistic).fit(narrow, y), narrow, "d", output="all"),
        "whitened": compiled(
            make(StandardScaler(), PCA(5, whiten=True), logistic).fit(wine.data, kind),
            wine.data,
            "e",
            output="all",
            **grid,
        ),
        "scaled after": compiled(
            make(PCA(5, random_state=0), MinMaxScaler(clip=True), forest).fit(wine.data, kind),
            wine.data,
            "f",
            output="all",
        ),
        "binary": compiled(
            make(StandardScaler(), PCA(8, random_state=0), logistic).fit(
                cancer.data, cancer.target
            ),
            cancer.data,
            "g",
            output="all",
            **grid,
        ),
        "values": compiled(
            make(TruncatedSVD(4, random_state=0), Ridge()).fit(diabetes.data, two),
            diabetes.data,
            "h",
            **grid,
        ),
        "trees": compiled(
            make(PCA(3), PCA(2), RandomForestRegressor(5, max_depth=4, random_state=0)).fit(
                diabetes.data, two
            ),
            diabetes.data,
            "i",
            input_type="int32",
            input_scale=0.01,
        ),
    }


@pytest.mark.parametrize("name", ["digits", "label", "floats", "whitened", "binary", "values"])
def test_linear_models_behind_are_proved(name: str) -> None:
    """And the labels of all rows but two of thousands with them."""
    fidelity = made()[name].fidelity
    assert fidelity.certificate == "bounded"
    assert fidelity.label_agreement == 1.0
    assert fidelity.rows_inside_bound <= 2
    assert fidelity.rows_outside_range == 0


@pytest.mark.parametrize("name", ["forest", "scaled after", "trees"])
def test_trees_behind_say_that_their_paths_are_measured(name: str) -> None:
    fidelity = made()[name].fidelity
    assert fidelity.certificate == "measured"
    assert "computed with an error" in fidelity.outputs[0].reason
    assert fidelity.label_agreement == 1.0


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str, optimize: str, tmp_path: Path) -> None:
    check_on_host([case_of(one) for one in made().values()], host, optimize, tmp_path)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
def test_arm_cores(core: str, tmp_path: Path) -> None:
    cases = [case_of(one) for one in made().values()]
    check_on_core(cases, "speed", core, ("arm-none-eabi-gcc", "-O2"), tmp_path)
