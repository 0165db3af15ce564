# SPDX-License-Identifier: MIT
"""What is refused is told what it is, and pointed to what resembles it by meaning."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import FastICA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from thumbling.errors import UnsupportedModelError
from thumbling.frontends import lower, supported

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


def refused(model: Any) -> UnsupportedModelError:
    with pytest.raises(UnsupportedModelError) as caught:
        lower(model)
    return caught.value


@pytest.mark.parametrize(
    ("model", "message", "hint"),
    [
        (RandomForestClassifier, "the class RandomForestClassifier itself", "fit it"),
        (None, "holds None", "save the estimator"),
        ({"model": Ridge(), "version": 1}, "a dict of 2 items", "the Ridge in it, under 'model'"),
        ([StandardScaler(), Ridge()], "a list of 2 items", "Ridge in it, under 1, or all of them"),
        ((), "a tuple of 0 items", "save the estimator"),
        (X, "data (a numpy ndarray of shape (40, 3))", "--data"),
        (pd.DataFrame(X), "data (a pandas DataFrame of shape (40, 3))", "--data"),
        (refused, "a function (refused)", "whose predict"),
        ("model.joblib", "this is a str", "save the estimator"),
        (3, "this is an int", "save the estimator"),
    ],
)
def test_what_is_no_model(model: Any, message: str, hint: str) -> None:
    error = refused(model)
    assert message in error.message
    assert hint in error.hint


class BayesSearchCV(GridSearchCV):  # type: ignore[misc]
    """A search of somebody else."""


def test_a_search_of_somebody_else_is_told_of_its_best_estimator() -> None:
    grid = {"alpha": [1.0, 2.0]}
    fitted = BayesSearchCV(Ridge(), grid).fit(X, Y)
    assert "save its best_estimator_, a Ridge" in refused(fitted).hint
    assert "refit=True" in refused(BayesSearchCV(Ridge(), grid)).hint
    inside = make_pipeline(StandardScaler(), fitted)
    assert "best_estimator_" in refused(inside.fit(X, Y)).hint


def test_a_search_that_found_something_unsupported_says_so() -> None:
    boosted = HistGradientBoostingClassifier(max_iter=2)
    grid = {"max_depth": [1, 2]}
    search = BayesSearchCV(boosted, grid, cv=2).fit(X, Y)
    assert "HistGradientBoostingClassifier (which is not supported either)" in refused(search).hint
    assert "boosted trees are not" in refused(GridSearchCV(boosted, grid, cv=2).fit(X, Y)).message


def test_a_search_without_a_refitted_model() -> None:
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}, refit=False).fit(X, Y)
    assert "refit=False" in refused(search).message
    assert "best_params_" in refused(search).hint
    assert "not been fitted" in refused(GridSearchCV(Ridge(), {"alpha": [1.0]})).message


def test_a_wrapper_is_told_of_the_model_inside() -> None:
    fixed = refused(FixedThresholdClassifier(RidgeClassifier()).fit(X, Y))
    assert "a RidgeClassifier: .estimator_" in fixed.hint
    assert "RidgeClassifierCV" not in fixed.hint


def test_places_in_a_pipeline() -> None:
    assert "predicts nothing" in refused(make_pipeline(StandardScaler()).fit(X)).message
    steps = refused(make_pipeline(SplineTransformer(), Ridge()).fit(X, Y))
    assert "StandardScaler" in steps.hint
    assert "PCA" in refused(make_pipeline(FastICA(random_state=0), Ridge()).fit(X, Y)).hint


def test_every_other_class_of_sklearn_is_pointed_to_its_own_kind() -> None:
    """A regressor is never told of a classifier, and what is named is supported."""
    models = {name.partition(".")[2] for name in supported()[0]}
    seen = 0
    for name, kind in all_estimators():
        try:
            model: Any = kind()
        except TypeError:
            continue  # it needs another model to wrap
        if name in models or name == "Pipeline":
            continue
        error = refused(model)
        assert name in error.message
        assert not re.search(r": (one|a|an) .* are not compiled yet", error.message), error.message
        near = re.search(r"the nearest (\w+)s that are: ([\w, ]+)", error.hint)
        if near is None:
            continue
        mixin = {"classifier": "ClassifierMixin", "regressor": "RegressorMixin"}[near[1]]
        assert mixin in {base.__name__ for base in kind.__mro__}, name
        assert set(near[2].split(", ")) <= models, name
        seen += 1
    assert seen > 25


def test_a_users_subclass_may_override_what_it_predicts() -> None:
    class Mine(DecisionTreeClassifier):  # type: ignore[misc]
        pass

    error = refused(Mine().fit(X, Y))
    assert "subclass of sklearn.DecisionTreeClassifier" in error.message
    assert "plain sklearn.DecisionTreeClassifier" in error.hint
