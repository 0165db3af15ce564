# SPDX-License-Identifier: MIT
"""Fitted models, and ways to put into them what no fit would."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.tree._tree import Tree

_RNG = np.random.default_rng(3)
X = _RNG.normal(size=(60, 3))
LABELS = np.array(["ash", "elm", "oak"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)]
VALUES = np.column_stack([X.sum(axis=1), X[:, 0] * 3])

# What nets hold is wanted, not the best there is.
warnings.simplefilter("ignore", ConvergenceWarning)

MODELS: dict[str, Any] = {
    "tree": DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, LABELS),
    "regressor": DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, VALUES),
    "forest": RandomForestClassifier(3, max_depth=3, random_state=0).fit(X, LABELS),
    "extra": make_pipeline(
        MinMaxScaler(clip=True), ExtraTreesRegressor(2, max_depth=3, random_state=0)
    ).fit(X, VALUES[:, 0]),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()).fit(X, LABELS),
    "ridge": make_pipeline(RobustScaler(), Ridge()).fit(X, VALUES),
    "labels": make_pipeline(MaxAbsScaler(), RidgeClassifier()).fit(X, LABELS == "oak"),
    "pca": make_pipeline(PCA(2, whiten=True), LogisticRegression()).fit(X, LABELS),
    "svd": make_pipeline(TruncatedSVD(2, random_state=0), Ridge()).fit(X, VALUES),
    "mlp": MLPClassifier((4,), max_iter=30, random_state=0).fit(X, LABELS),
    "net": make_pipeline(
        StandardScaler(),
        MLPRegressor(hidden_layer_sizes=(3, 2), activation="tanh", max_iter=30, random_state=0),
    ).fit(X, VALUES),
    "products": make_pipeline(MinMaxScaler(), PolynomialFeatures(2), LogisticRegression()).fit(
        X, LABELS
    ),
    "soft": VotingClassifier(
        [("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=2, random_state=0))],
        voting="soft",
        weights=[1, 2],
    ).fit(X, LABELS),
    "hard": VotingClassifier(
        [("a", RidgeClassifier()), ("b", DecisionTreeClassifier(max_depth=2, random_state=0))],
    ).fit(X, LABELS),
    "bags": BaggingClassifier(n_estimators=2, max_features=2, random_state=0).fit(X, LABELS),
    "boosted": GradientBoostingRegressor(n_estimators=3, max_depth=2, random_state=0).fit(
        X, VALUES[:, 0]
    ),
    "svr": make_pipeline(StandardScaler(), LinearSVR(random_state=0)).fit(X, VALUES[:, 0]),
}


def retold(tree: Any, change: Callable[[dict[str, Any]], None]) -> Any:
    """A copy of scikit-learn's `Tree` whose state `change` has touched."""
    maker, arguments, state = tree.__reduce__()
    state = copy.deepcopy(state)
    change(state)
    assert maker is Tree
    twin = maker(*arguments)
    twin.__setstate__(state)
    return twin


def parts(model: Any) -> Iterator[Any]:
    """The model and every estimator in it."""
    yield model
    for _, step in getattr(model, "steps", ()):
        yield from parts(step)
    for member in np.ravel(getattr(model, "estimators_", ())).tolist():
        yield from parts(member)
