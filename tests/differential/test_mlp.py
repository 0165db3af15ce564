# SPDX-License-Identifier: MIT
"""Nets through the whole compiler: scikit-learn, the reference, hosts, Arm cores, and the ruler."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tests.differential.family_cases import case_of, compiled
from tests.differential.many_models import HOSTS, check_on_core, check_on_host

from thumbling.boards import load_board
from thumbling.codegen import emit
from thumbling.peers.ours import thumbling_program
from thumbling.peers.ruler import measure_program
from thumbling.pipeline import Compilation
from thumbling.reference import evaluate, pack_outputs

GRID: dict[str, Any] = {"input_type": "int16", "input_scale": "auto"}


def _fit(model: Any, x: Any, y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(x, y)


def _net(*sizes: int, **options: Any) -> Any:
    return MLPClassifier(sizes, max_iter=80, random_state=0, **options)


def _regressor(*sizes: int, **options: Any) -> Any:
    return MLPRegressor(hidden_layer_sizes=sizes, max_iter=500, random_state=0, **options)


@cache
def digits() -> Compilation:
    """The net of the ruler."""
    x, y = load_digits(return_X_y=True)
    model = MLPClassifier((32,), max_iter=400, random_state=0).fit(x[:1200], y[:1200])
    return compiled(model, x, "digits", input_type="uint8")


@cache
def made() -> dict[str, Compilation]:
    """Every activation, depth, kind of input and precision."""
    wine, cancer, diabetes = load_wine(), load_breast_cancer(), load_diabetes(scaled=False)
    x, y = (part[:700] for part in load_digits(return_X_y=True))
    scaled, bits = StandardScaler(), {"input_type": "uint8"}
    two = np.stack([diabetes.target, -3.0 * diabetes.target + diabetes.data[:, 0]], axis=1)
    kind = np.array(["red", "rose", "white"])[wine.target]
    d = diabetes.data
    cases: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
        "small": (_net(8), x, y, bits),
        "deep": (_net(20, 14, 10), x, y, {**bits, "precision": "int8"}),
        "tanh": (_net(9, activation="tanh"), x, y, {**bits, "precision": "int8", "output": "all"}),
        "tanh 16": (_net(9, activation="tanh"), x, y, {"precision": "int16", "output": "all"}),
        "logistic": (_net(9, activation="logistic"), x, y, {**bits, "output": "all"}),
        "identity": (_net(6, 5, activation="identity"), x, y, {"input_type": "int8"}),
        "strings": (make_pipeline(scaled, _net(7)), wine.data, kind, {**GRID, "output": "all"}),
        "binary": (
            make_pipeline(MinMaxScaler(clip=True), _net(8)),
            cancer.data,
            cancer.target,
            {"output": "all"},
        ),
        "projected": (make_pipeline(PCA(12, random_state=0), _net(10)), x, y, bits),
        "value": (make_pipeline(scaled, _regressor(12)), d, diabetes.target, GRID),
        "values": (make_pipeline(scaled, _regressor(8, 6, activation="tanh")), d, two, {}),
        "wide": (
            make_pipeline(scaled, _regressor(5, activation="logistic")),
            d,
            diabetes.target,
            {"input_type": "int32", "input_scale": 0.001},
        ),
    }
    return {
        name: compiled(_fit(model, rows, target), rows, f"n{k}", **options)
        for k, (name, (model, rows, target, options)) in enumerate(cases.items())
    }


def test_nets_answer_as_scikit_learn_does() -> None:
    for name, one in made().items():
        fidelity = one.fidelity
        if one.graph.class_names:
            assert fidelity.label_agreement >= 0.985, name
        if "16" in name:
            assert fidelity.certificate == "bounded"
        elif fidelity.certificate == "measured":
            assert "add up to" in fidelity.outputs[0].reason, name


def test_regressors_are_near() -> None:
    target = load_diabetes().target
    for name in ("value", "values", "wide"):
        assert made()[name].fidelity.max_abs_error < 0.1 * target.std(), name


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str, optimize: str, tmp_path: Path) -> None:
    check_on_host([case_of(one) for one in made().values()], host, optimize, tmp_path)


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
def test_arm_cores(core: str, optimize: str, tmp_path: Path) -> None:
    cases = [case_of(one) for one in made().values()]
    check_on_core(cases, optimize, core, ("arm-none-eabi-gcc", "-O2"), tmp_path)


def test_digits_on_the_ruler(tmp_path: Path) -> None:
    one = digits()
    assert one.fidelity.label_agreement >= 0.995
    board = load_board("nucleo_f401re")
    rows = one.graph.input.store(load_digits().data[::36])
    expected = pack_outputs(one.graph, evaluate(one.graph, rows)[0])
    figures = {}
    for optimize in ("size", "speed"):
        program = thumbling_program(one.graph, emit(one.graph, optimize), rows).program
        figures[optimize] = measure_program(program, board, rows, tmp_path / optimize)
        assert list(figures[optimize].outputs) == expected
    assert figures["size"].flash <= 2900
    assert figures["speed"].cycles.max <= 5700
    assert figures["speed"].stack <= 128
