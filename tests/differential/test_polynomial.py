# SPDX-License-Identifier: MIT
"""Products of features before models: scikit-learn, the reference, hosts and Arm cores."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from tests.differential.family_cases import case_of, compiled
from tests.differential.many_models import HOSTS, check_on_core, check_on_host

from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.pipeline import Compilation
from thumbling.reference import evaluate


@cache
def made() -> dict[str, Compilation]:
    """Degrees, orders and kinds of input."""
    iris, wine, diabetes = load_iris(), load_wine(), load_diabetes(scaled=False)
    make, poly, logistic = make_pipeline, PolynomialFeatures, LogisticRegression(max_iter=4000)
    ridge = Ridge()
    grid: dict[str, Any] = {"input_type": "int16", "input_scale": "auto"}
    tenths: dict[str, Any] = {"input_type": "uint8", "input_scale": 0.1}
    d, target = diabetes.data, diabetes.target
    cases: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
        "tenths": (make(poly(2), logistic), iris.data, iris.target, {**tenths, "output": "all"}),
        "only factors": (make(poly(1), logistic), iris.data, iris.target, tenths),
        "floats": (make(poly(2), logistic), iris.data, iris.target, {"output": "all"}),
        "cubes": (make(StandardScaler(), poly(3), logistic), iris.data, iris.target, grid),
        "clipped": (
            make(MinMaxScaler(clip=True), poly((2, 4), include_bias=False), logistic),
            iris.data,
            iris.target,
            {},
        ),
        "pairs": (
            make(StandardScaler(), poly(2, interaction_only=True, order="F"), logistic),
            wine.data,
            wine.target,
            grid,
        ),
        "scaled after": (
            make(StandardScaler(), poly(2), StandardScaler(), logistic),
            wine.data,
            wine.target,
            {"output": "all"},
        ),
        "value": (make(StandardScaler(), poly(2), ridge), d, target, {}),
        "wide": (
            make(poly(2, include_bias=False), StandardScaler(), ridge),
            d,
            target,
            {"input_type": "int32", "input_scale": 0.001},
        ),
        "tree": (
            make(poly(2), DecisionTreeClassifier(max_depth=4, random_state=0)),
            iris.data,
            iris.target,
            tenths,
        ),
    }
    return {
        name: compiled(model.fit(x, y), x, f"p{k}", **options)
        for k, (name, (model, x, y, options)) in enumerate(cases.items())
    }


def test_linear_models_behind_are_proved() -> None:
    for name, one in made().items():
        wanted = "measured" if name == "tree" else "bounded"
        assert one.fidelity.certificate == wanted, name
        assert one.fidelity.label_agreement == 1.0, name


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str, optimize: str, tmp_path: Path) -> None:
    check_on_host([case_of(one) for one in made().values()], host, optimize, tmp_path)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
def test_arm_cores(core: str, tmp_path: Path) -> None:
    cases = [case_of(one) for one in made().values()]
    check_on_core(cases, "speed", core, ("arm-none-eabi-gcc", "-O2"), tmp_path)


def test_graphs_are_read_back() -> None:
    for one in made().values():
        text = graph_to_json(one.graph)
        assert graph_to_json(graph_from_json(text)) == text


def test_what_is_far_out_saturates() -> None:
    """And does not wrap: the reference is exact, and C is compared with it on such rows."""
    one = made()["wide"]
    far = np.full((2, one.graph.input.n_features), 2**31 - 1, dtype=np.int32)
    far[1] = -(2**31)
    evaluate(one.graph, far, check=True)
