# SPDX-License-Identifier: MIT
"""A loaded model may hold anything: it is refused, or it is compiled and answers as its framework.

Nothing of it may reach compiled code that checks no bounds: a wrong index would end this process.
"""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.hostile import LABELS, MODELS, X, parts, retold

from thumbling.errors import ModelError, ThumblingError
from thumbling.frontends import lower
from thumbling.frontends.model_file import load_model
from thumbling.pipeline import Options, compile_model

BOUNDED = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def refused(model: Any, match: str, tmp_path: Path) -> None:
    """Through a skops file, as a user meets it; the one sentence says what does not fit."""
    path = tmp_path / "model.skops"
    skops.io.dump(model, path)
    loaded = load_model(path, trust=False, allow_pickle=False, warn=pytest.fail)
    with pytest.raises(ModelError, match=match) as caught:
        lower(loaded.estimator)
    assert "\n" not in caught.value.message
    assert caught.value.hint


def nodes(field: str, index: int, value: float) -> Any:
    def change(state: dict[str, Any]) -> None:
        state["nodes"][field][index] = value

    return change


def leaves(value: float) -> Any:
    def change(state: dict[str, Any]) -> None:
        state["values"][:] = value

    return change


def n_nodes(value: int) -> Any:
    def change(state: dict[str, Any]) -> None:
        state["node_count"] = value

    return change


@pytest.mark.parametrize("name", ["tree", "forest"])
@pytest.mark.parametrize(
    ("change", "match"),
    [
        (nodes("left_child", 0, 9999), "a child of a node is outside"),
        (nodes("right_child", 0, -7), "a child of a node is outside"),
        (nodes("left_child", 1, 0), "a child of a node is outside"),
        (nodes("left_child", 0, -1), "a child of a node is outside"),
        (nodes("right_child", 0, 1), "the child of two nodes"),
        (nodes("feature", 0, 3), "a feature outside 0 to 2"),
        (nodes("feature", 0, -2), "a feature outside 0 to 2"),
        (nodes("threshold", 0, np.nan), "a threshold is NaN"),
        (n_nodes(3), "a child of a node is outside its 3 nodes"),
        (n_nodes(0), "0 nodes and holds"),
        (leaves(np.nan), "not finite"),
        (leaves(-1.0), "a negative share"),
        (leaves(50.0), "neither shares that sum to 1 nor"),
    ],
)
def test_trees_that_do_not_fit_together(tmp_path: Path, name: str, change: Any, match: str) -> None:
    model = copy.deepcopy(MODELS[name])
    last = list(parts(model))[-1]
    last.tree_ = retold(last.tree_, change)
    refused(model, match, tmp_path)


def test_a_cycle_beside_the_tree(tmp_path: Path) -> None:
    def change(state: dict[str, Any]) -> None:
        inner = np.flatnonzero(state["nodes"]["left_child"][1:] > 0) + 1
        one = int(inner[0])
        state["nodes"]["left_child"][one] = one

    model = copy.deepcopy(MODELS["tree"])
    model.tree_ = retold(model.tree_, change)
    refused(model, "child of two nodes|on no path", tmp_path)


@pytest.mark.parametrize(
    ("name", "part", "attribute", "value", "match"),
    [
        ("forest", 0, "estimators_", [], "no list of trees"),
        ("forest", 0, "estimators_", [MODELS["regressor"]], "holds a DecisionTreeRegressor"),
        ("forest", 2, "n_features_in_", 2, "n_features_in_ of one of its trees"),
        ("forest", 2, "n_classes_", 2, "n_classes_ of one of its trees"),
        ("forest", 0, "n_jobs", 10**9, "n_jobs is 1000000000"),
        ("forest", 0, "n_features_in_", 10**12, "at most 65535 are supported"),
        ("tree", 0, "n_features_in_", 2, "its tree has 3 features, the model 2"),
        ("tree", 0, "n_outputs_", 2, "n_classes_ has 1 entries"),
        ("tree", 0, "n_classes_", 5, "its tree has 3 classes"),
        ("tree", 0, "classes_", np.array(["oak", "elm", "ash"]), "not in ascending order"),
        ("tree", 0, "classes_", np.array(["ash", "ash", "oak"]), "names a class twice"),
        ("tree", 0, "classes_", np.array(["ash", "oak"]), "names 2 classes, 3 are predicted"),
        ("tree", 0, "tree_", "oak", "tree_ is a str"),
        ("tree", 0, "feature_names_in_", np.array(["a"]), "does not name 3 features"),
        ("tree", 0, "predict", "oak", "predict of its own"),
        ("logistic", 2, "coef_", np.ones((3, 4)), r"coef_ has shape \(3, 4\) for 3 features"),
        ("logistic", 2, "coef_", np.ones((2, 3)), "coef_ has 2 rows for 3 classes"),
        ("logistic", 2, "coef_", np.full((3, 3), np.nan), "NaN or infinity"),
        ("logistic", 2, "coef_", np.array([["a"] * 3] * 3), "expected numbers"),
        ("logistic", 2, "intercept_", np.ones(2), "intercept_ has shape"),
        ("logistic", 2, "classes_", np.array([1, 1, 2]), "names a class twice"),
        ("logistic", 1, "scale_", np.zeros(3), "a zero or nearly one"),
        ("logistic", 1, "scale_", np.full(3, np.inf), "NaN or infinity"),
        ("logistic", 1, "mean_", np.zeros(2), r"mean_ has shape \(2,\)"),
        ("logistic", 1, "n_features_in_", 4, r"mean_ has shape \(3,\) for 4 features"),
        ("pca", 1, "components_", np.ones((2, 4)), r"components_ has shape \(2, 4\) for 3"),
        ("pca", 1, "components_", np.ones((0, 3)), r"components_ has shape \(0, 3\)"),
        ("pca", 1, "components_", np.full((2, 3), np.inf), "NaN or infinity"),
        ("pca", 1, "components_", np.ones((2, 3), np.int32), "holds int32, expected float32"),
        ("pca", 1, "mean_", np.zeros(2), r"mean_ has shape \(2,\) for 3 features"),
        ("pca", 1, "explained_variance_", -np.ones(2), "no 2 numbers from 0 on"),
        ("pca", 1, "explained_variance_", np.ones(3), "no 2 numbers from 0 on"),
        ("pca", 1, "whiten", "yes", "expected True or False"),
        ("pca", 1, "n_features_in_", 4, "for 4 features"),
        ("svd", 1, "components_", np.ones(3), r"components_ has shape \(3,\)"),
        ("mlp", 0, "coefs_", [np.ones((3, 4))], "not as many as n_layers_ says"),
        ("mlp", 0, "coefs_", [], "not as many as n_layers_ says"),
        ("mlp", 0, "coefs_", "oak", "no lists of arrays"),
        ("mlp", 0, "coefs_", [np.ones((2, 4)), np.ones((4, 3))], r"coefs_\[0\] has shape \(2, 4\)"),
        ("mlp", 0, "coefs_", [np.ones((3, 4)), np.ones((5, 3))], r"coefs_\[1\] has shape \(5, 3\)"),
        ("mlp", 0, "coefs_", [np.ones((3, 0)), np.ones((0, 3))], r"coefs_\[0\] has shape"),
        ("mlp", 0, "coefs_", [np.full((3, 4), np.nan), np.ones((4, 3))], "NaN or infinity"),
        ("mlp", 0, "coefs_", [np.ones((3, 4), np.float32), np.ones((4, 3))], "of two types"),
        ("mlp", 0, "intercepts_", [np.ones(5), np.ones(3)], r"intercepts_\[0\] \(5,\)"),
        ("mlp", 0, "n_layers_", 10**9, "at most 64"),
        ("mlp", 0, "n_outputs_", 2, "n_outputs_ is not 3"),
        ("mlp", 0, "activation", "swish", "activation is 'swish'"),
        ("mlp", 0, "out_activation_", "logistic", "out_activation_ is 'logistic'"),
        ("mlp", 0, "classes_", np.array(["a", "b", "c"]), "not those of its label binarizer"),
        ("mlp", 0, "_label_binarizer", None, "it has no _label_binarizer"),
        ("net", 2, "out_activation_", "softmax", "expected 'identity'"),
        ("extra", 1, "feature_range", (1, 0), "feature_range is 1 to 0"),
        ("ridge", 1, "with_centering", "yes", "expected True or False"),
    ],
)
def test_attributes_that_do_not_fit_together(
    tmp_path: Path, name: str, part: int, attribute: str, value: Any, match: str
) -> None:
    model = copy.deepcopy(MODELS[name])
    setattr(list(parts(model))[part], attribute, value)
    refused(model, match, tmp_path)


def test_a_negative_number_of_nodes() -> None:
    # skops cannot write it, a pickle can.
    model = copy.deepcopy(MODELS["tree"])
    model.tree_ = retold(model.tree_, n_nodes(-5))
    with pytest.raises(ModelError, match="-5 nodes and holds"):
        lower(model)


def test_a_pipeline_in_itself_is_refused() -> None:
    model = copy.deepcopy(MODELS["logistic"])
    model.steps.insert(0, ("again", model))
    with pytest.raises(ModelError, match="nests more than"):
        lower(model)


def compiles_or_is_refused(model: Any) -> None:
    """The label or value of every vector is the framework's, or the model was refused."""
    refusal, done = None, None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            done = compile_model(model, Options(), X)
        except ThumblingError as error:
            refusal = error
    if done is None:
        assert refusal is not None
        assert refusal.exit_code == 1
        assert "\n" not in refusal.message
        return
    assert done.fidelity.rows == len(X)
    if done.fidelity.certificate == "exact":
        assert done.fidelity.label_agreement == 1.0


@BOUNDED
@given(
    name=st.sampled_from(["tree", "regressor", "forest"]),
    field=st.sampled_from(["left_child", "right_child", "feature", "threshold"]),
    index=st.integers(0, 6),
    value=st.one_of(st.integers(-3, 16), st.sampled_from([2**31, -(2**40), np.inf, 1e300])),
)
def test_any_node_changed(name: str, field: str, index: int, value: float) -> None:
    if field != "threshold" and not np.isfinite(value):
        return
    model = copy.deepcopy(MODELS[name])
    last = list(parts(model))[-1]
    last.tree_ = retold(
        last.tree_, nodes(field, index, value if field == "threshold" else int(value % 2**62))
    )
    compiles_or_is_refused(model)


ODD: list[Any] = [
    *(None, True, 0, -1, 1, 2, 10**30, 0.0, np.nan, np.inf, 1e308, "", "text", b"x", [], [1, [2]]),
    *((), {}, {1, 2}, np.array(3), np.empty(0), np.empty((0, 3)), np.full(3, 1e308), np.zeros(3)),
    *(np.full(3, 1e-320), np.full((3, 3), -1e308), np.array([None, 1, "a"]), np.ones(3, complex)),
    *(
        np.array(["a", "b", "c"]),
        LABELS[:0],
        np.ones((3, 3, 3)),
        object(),
        print,
        int,
        MODELS["tree"],
    ),
]


@BOUNDED
@given(
    name=st.sampled_from(sorted(MODELS)),
    part=st.integers(0, 4),
    attribute=st.integers(0, 40),
    value=st.integers(0, len(ODD) - 1),
)
def test_any_attribute_changed(name: str, part: int, attribute: int, value: int) -> None:
    model = copy.deepcopy(MODELS[name])
    everything = list(parts(model))
    chosen = everything[part % len(everything)]
    names = sorted(vars(chosen))
    setattr(chosen, names[attribute % len(names)], ODD[value])
    compiles_or_is_refused(model)
