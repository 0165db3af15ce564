# SPDX-License-Identifier: MIT
"""Gradient boosting: scikit-learn, the source graph, the reference, C and the chip."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tests.differential.chip import run_on_core
from tests.differential.meta_cases import (
    CANCER,
    DIGITS,
    INPUTS,
    NAMES,
    SUGAR,
    WINE,
    Rows,
    compiled,
    proved,
    same_as_source,
    same_in_c,
)
from tests.differential.test_trees import SANITIZE

from thumbling.errors import ModelError, UnsupportedModelError
from thumbling.frontends import lower
from thumbling.ir.source.tree_sum import TreeSum


def _models() -> dict[str, tuple[Any, Rows]]:
    few: dict[str, Any] = {"n_estimators": 8, "random_state": 0}

    def regressor(rate: float = 0.1, **options: Any) -> Any:
        return GradientBoostingRegressor(learning_rate=rate, **few, **options).fit(*SUGAR)

    return {
        "binary": (GradientBoostingClassifier(**few).fit(*CANCER), CANCER[0]),
        "exponential": (
            GradientBoostingClassifier(loss="exponential", **few).fit(*CANCER),
            CANCER[0],
        ),
        "zero": (GradientBoostingClassifier(init="zero", **few).fit(*CANCER), CANCER[0]),
        "digits": (GradientBoostingClassifier(max_depth=2, **few).fit(*DIGITS), DIGITS[0]),
        "names": (
            make_pipeline(StandardScaler(), GradientBoostingClassifier(subsample=0.5, **few)).fit(
                WINE[0], NAMES
            ),
            WINE[0],
        ),
        "uniform": (
            GradientBoostingClassifier(init=DummyClassifier(strategy="uniform"), **few).fit(*WINE),
            WINE[0],
        ),
        "squares": (
            make_pipeline(MinMaxScaler(), GradientBoostingRegressor(**few)).fit(*SUGAR),
            SUGAR[0],
        ),
        "huber": (regressor(0.3, loss="huber"), SUGAR[0]),
        "median": (regressor(loss="absolute_error", init="zero"), SUGAR[0]),
        "quantile": (
            regressor(0.05, loss="quantile", init=DummyRegressor(strategy="quantile", quantile=1)),
            SUGAR[0],
        ),
        "one leaf": (
            GradientBoostingRegressor(**few).fit(SUGAR[0], np.full(len(SUGAR[1]), 2.7)),
            SUGAR[0],
        ),
    }


MODELS = _models()


@pytest.mark.parametrize("name", MODELS)
def test_the_source_graph_says_what_scikit_learn_says(name: str) -> None:
    same_as_source(*MODELS[name])


_KINDS = list(INPUTS)


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("name", MODELS)
def test_gcc(name: str, turn: int, tmp_path: Path) -> None:
    """Each model with three of the five input types in turn."""
    kind = _KINDS[(list(MODELS).index(name) + 2 * turn) % len(_KINDS)]
    made = compiled(*MODELS[name], kind)
    proved(made)
    same_in_c(made, tmp_path)


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("name", ["exponential", "digits", "huber"])
def test_clang_with_sanitizers(name: str, optimize: str, tmp_path: Path) -> None:
    made = compiled(*MODELS[name], "float32", output=None, optimize=optimize)
    same_in_c(made, tmp_path, "clang", "-O0", *SANITIZE)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
@pytest.mark.parametrize("name", ["binary", "names", "squares"])
def test_on_the_chip(name: str, core: str, tmp_path: Path) -> None:
    made = compiled(*MODELS[name], "int16")
    rows = made.vectors[::9]
    cost = run_on_core(made.c, rows, core, tmp_path, ("-Os",))
    assert list(cost.outputs) == made.expected_bytes[::9]


def _on_thresholds(model: Any, n: int) -> Rows:
    """Rows on a threshold of the model in every feature, and one float32 beside it."""
    (op,) = (op for op in lower(model).ops if isinstance(op, TreeSum))
    rng = np.random.default_rng(0)
    cuts: list[list[float]] = [[0.0] for _ in range(n)]
    for tree in op.trees:
        for node in np.flatnonzero(tree.left >= 0).tolist():
            cuts[int(tree.feature[node])].append(float(tree.threshold[node]))
    picked = np.column_stack([rng.choice(c, 300) for c in cuts]).astype(np.float32)
    beside = rng.choice(np.array([-np.inf, np.inf], dtype=np.float32), picked.shape)
    moved = np.nextafter(picked, beside)
    return np.where(rng.random(picked.shape) < 0.5, picked, moved)


@pytest.mark.parametrize("name", ["binary", "digits", "huber"])
def test_rows_on_and_beside_thresholds(name: str, tmp_path: Path) -> None:
    model, data = MODELS[name]
    rows = _on_thresholds(model, data.shape[1])
    same_as_source(model, rows)
    made = compiled(model, rows, "float32")
    proved(made)
    same_in_c(made, tmp_path)


def test_a_score_of_zero_is_the_second_class(tmp_path: Path) -> None:
    """Alike classes and features that say nothing: all scores are zero."""
    rows = np.array([[0.0], [1.0], [0.0], [1.0]])
    model = GradientBoostingClassifier(n_estimators=2).fit(rows, [0, 0, 1, 1])
    assert (model.decision_function(rows) == 0).all()
    made = compiled(model, rows, "float32", output="label")
    assert (made.expected["label"] == 1).all()
    same_in_c(made, tmp_path)


def test_scores_too_large_for_probabilities_keep_their_labels() -> None:
    """A first guess of all or nothing makes steps of 1e15."""
    guess = DummyClassifier(strategy="most_frequent")
    model = GradientBoostingClassifier(init=guess, n_estimators=2, random_state=0).fit(*CANCER)
    same_as_source(model, CANCER[0])
    proved(compiled(model, CANCER[0], "float32", output="label"))
    with pytest.raises(UnsupportedModelError, match="too large for probabilities"):
        compiled(model, CANCER[0], "float32", output="proba")


def test_more_bits_where_labels_would_stay_open() -> None:
    """A row whose score lies within the bound of 16 bits is told by 30."""
    model, data = MODELS["binary"]
    rows = data[np.argsort(np.abs(model.decision_function(data)))]
    assert compiled(model, rows, "float32", output="label").fidelity.rows_inside_bound == 0


@pytest.mark.parametrize("init", [LogisticRegression(), DummyClassifier(strategy="stratified")])
def test_a_first_guess_that_is_no_constant_is_refused(init: Any) -> None:
    model = GradientBoostingClassifier(init=init, n_estimators=2).fit(*WINE)
    with pytest.raises(UnsupportedModelError, match="begins with") as caught:
        lower(model)
    assert "init=None" in caught.value.hint
    guess = GradientBoostingRegressor(init=Ridge(), n_estimators=2).fit(*SUGAR)
    with pytest.raises(UnsupportedModelError, match="a Ridge answers"):
        lower(guess)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", "fast"),
        ("learning_rate", np.ones(2)),
        ("learning_rate", float("nan")),
        ("loss", "deviance"),
        ("loss", 3),
        ("init_", 5),
        ("init_", DummyRegressor()),
        ("init_", DummyClassifier()),
        ("n_classes_", 1),
        ("n_classes_", 4),
        ("classes_", np.arange(2)),
        ("estimators_", [1]),
        ("estimators_", np.zeros((2, 3))),
        ("estimators_", np.full((2, 3), None)),
        ("estimators_", np.full((0, 3), None)),
        ("n_features_in_", 4),
    ],
)
def test_an_edited_model_is_refused(name: str, value: Any) -> None:
    model = copy.copy(GradientBoostingClassifier(n_estimators=2).fit(*WINE))
    setattr(model, name, value)
    with pytest.raises(ModelError) as caught:
        lower(model)
    assert caught.value.hint


def test_trees_of_another_kind_are_refused() -> None:
    model = GradientBoostingClassifier(n_estimators=2).fit(*WINE)
    model.estimators_[1, 2] = GradientBoostingRegressor(n_estimators=1).fit(*WINE)
    with pytest.raises(ModelError, match="holds a GradientBoostingRegressor"):
        lower(model)
