# SPDX-License-Identifier: MIT
"""Feature selectors: the columns that scikit-learn keeps, and the rows it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
from tests.unit.asked_steps import same_as_sklearn
from tests.unit.source_graphs import step_source

from thumbling.errors import ModelError, UnsupportedModelError

X, Y = load_iris(return_X_y=True)
NOISE = np.random.default_rng(0).normal(size=(150, 3))
X = np.concatenate([X, NOISE, np.ones((150, 1))], axis=1)


def _forest() -> Any:
    return RandomForestClassifier(5, random_state=0)


SELECTORS: dict[str, Callable[[], Any]] = {
    "best": lambda: SelectKBest(k=2),
    "all": lambda: SelectKBest(k="all"),
    "percentile": lambda: SelectPercentile(percentile=40),
    "fpr": lambda: SelectFpr(alpha=0.01),
    "fdr": lambda: SelectFdr(alpha=0.01),
    "fwe": lambda: SelectFwe(alpha=0.01),
    "generic": lambda: GenericUnivariateSelect(mode="k_best", param=3),
    "generic rate": lambda: GenericUnivariateSelect(mode="fwe", param=0.01),
    "variance": lambda: VarianceThreshold(0.3),
    "forest": lambda: SelectFromModel(_forest()),
    "other trees": lambda: SelectFromModel(ExtraTreesClassifier(4, random_state=0)),
    "boosted": lambda: SelectFromModel(GradientBoostingClassifier(n_estimators=3)),
    "tree": lambda: SelectFromModel(DecisionTreeClassifier(random_state=0), max_features=2),
    "regressor": lambda: SelectFromModel(RandomForestRegressor(4, random_state=0)),
    "linear": lambda: SelectFromModel(LogisticRegression(max_iter=300), threshold="1.1*median"),
    "prefit": lambda: SelectFromModel(_forest().fit(X, Y), prefit=True),
    "lasso": lambda: SelectFromModel(Lasso(alpha=0.1)),
    "recursive": lambda: RFE(_forest(), n_features_to_select=3),
    "recursive linear": lambda: RFE(LogisticRegression(max_iter=300), n_features_to_select=2),
    "searched": lambda: RFECV(DecisionTreeClassifier(random_state=0), cv=2),
    "sequential": lambda: SequentialFeatureSelector(
        DecisionTreeClassifier(random_state=0), n_features_to_select=2, cv=2
    ),
    "sequential neighbours": lambda: SequentialFeatureSelector(
        KNeighborsClassifier(3), n_features_to_select=2, cv=2
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SELECTORS)
def test_the_columns_are_those_of_scikit_learn(name: str) -> None:
    step = SELECTORS[name]().fit(X, Y)
    rows = X[:30].copy()
    rows[1, 0], rows[2, 5], rows[3, 2], rows[4, 6] = np.nan, np.inf, -np.inf, np.nan
    for dtype in (np.float32, np.float64):
        assert same_as_sklearn(step, rows.astype(dtype)) in (26, 30)
    for kind in ("int8", "uint8", "int16", "int32"):
        assert same_as_sklearn(step, np.abs(X[:30]).astype(kind)) == 30


def _edited(step: Any, inner: dict[str, Any] | None = None, **changes: Any) -> Any:
    step.fit(X, Y)
    vars(step).update(changes)
    if inner is not None:
        vars(step.estimator_).update(inner)
    return step


HOSTILE: tuple[Callable[[], Any], ...] = (
    lambda: _edited(SelectKBest(k=2), scores_=np.zeros(3)),
    lambda: _edited(SelectKBest(k=2), scores_=["a"] * 8),
    lambda: _edited(SelectKBest(k=2), k="most"),
    lambda: _edited(SelectKBest(k=2), k=0),
    lambda: _edited(SelectFpr(), pvalues_=None),
    lambda: _edited(SelectFdr(), pvalues_=np.zeros((2, 4))),
    lambda: _edited(GenericUnivariateSelect(mode="k_best", param=3), mode="other"),
    lambda: _edited(VarianceThreshold(), threshold="much"),
    lambda: _edited(VarianceThreshold(), threshold=1e9),
    lambda: _edited(VarianceThreshold(), n_features_in_=3),
    lambda: _edited(RFE(_forest(), n_features_to_select=3), support_=np.ones(3, dtype=bool)),
    lambda: _edited(RFE(_forest(), n_features_to_select=3), support_=np.arange(8)),
    lambda: _edited(SelectFromModel(_forest()), threshold="nonsense"),
    lambda: _edited(SelectFromModel(_forest()), importance_getter=len),
    lambda: _edited(SelectFromModel(_forest()), {"estimators_": [None]}),
    lambda: _edited(SelectFromModel(_forest()), {"estimators_": []}),
    lambda: _edited(SelectFromModel(Lasso(alpha=0.1)), {"coef_": np.full(8, np.nan)}),
    lambda: _edited(SelectFromModel(Lasso(alpha=0.1)), {"coef_": "none"}),
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("index", range(len(HOSTILE)))
def test_an_edited_selector_is_refused(index: int) -> None:
    with pytest.raises(ModelError):
        step_source(HOSTILE[index]())


def test_a_damaged_tree_is_found_before_its_importances_are_computed() -> None:
    step = SelectFromModel(_forest()).fit(X, Y)
    tree = step.estimator_.estimators_[0].tree_
    state = tree.__getstate__()
    state["nodes"]["left_child"][0] = 10**6
    tree.__setstate__(state)
    with pytest.raises(ModelError, match="outside its"):
        step_source(step)


def test_importances_by_a_function_of_ones_own_are_refused() -> None:
    step = SelectFromModel(_forest(), importance_getter=lambda m: m.feature_importances_)
    with pytest.raises(UnsupportedModelError, match="a function or path of its own"):
        step_source(step.fit(X, Y))
