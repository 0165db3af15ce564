# SPDX-License-Identifier: MIT
"""scikit-learn's decision trees and forests.

A tree casts features to float32 and goes left on `x <= threshold` (float64), NaN where
`missing_go_to_left` says (sklearn/tree/_tree.pyx, `_apply_dense`). A forest averages the leaf
rows of its trees (soft vote) in float64, in order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.registry import predictor
from thumbling.ir.source import Forest, Tree, frozen

_CLASSIFIERS = ("DecisionTreeClassifier", "ExtraTreeClassifier")
_REGRESSORS = ("DecisionTreeRegressor", "ExtraTreeRegressor")
_FOREST_CLASSIFIERS = ("RandomForestClassifier", "ExtraTreesClassifier")
_FOREST_REGRESSORS = ("RandomForestRegressor", "ExtraTreesRegressor")


def _require_fitted(model: Any, attribute: str) -> None:
    if not hasattr(model, attribute):
        raise UnsupportedModelError(
            f"the {type(model).__name__} has not been fitted", hint="call fit() before saving it"
        )


def _n_classes(model: Any) -> tuple[int, ...]:
    counts = model.n_classes_
    return tuple(int(c) for c in np.atleast_1d(counts))


def _lower_tree(estimator: Any, n_classes: tuple[int, ...]) -> Tree:
    tree = estimator.tree_
    nodes = tree.__getstate__()["nodes"]
    value = np.asarray(tree.value, dtype=np.float64)
    if n_classes:
        columns = [value[:, k, :count] for k, count in enumerate(n_classes)]
        flat = np.concatenate(columns, axis=1)
    else:
        flat = value[:, :, 0]
    if not np.isfinite(flat).all():
        raise UnsupportedModelError(
            "a leaf of the tree holds a value that is not finite", hint="check the training targets"
        )
    return Tree(
        feature=frozen(tree.feature.astype(np.int64)),
        threshold=frozen(tree.threshold.astype(np.float64)),
        left=frozen(tree.children_left.astype(np.int64)),
        right=frozen(tree.children_right.astype(np.int64)),
        nan_left=frozen(nodes["missing_go_to_left"].astype(np.bool_)),
        value=frozen(flat),
    )


@predictor("sklearn", *_CLASSIFIERS)
def lower_tree_classifier(model: Any) -> Forest:
    """A single classification tree."""
    _require_fitted(model, "tree_")
    n_classes = _n_classes(model)
    return Forest(trees=(_lower_tree(model, n_classes),), n_classes=n_classes)


@predictor("sklearn", *_REGRESSORS)
def lower_tree_regressor(model: Any) -> Forest:
    """A single regression tree."""
    _require_fitted(model, "tree_")
    return Forest(trees=(_lower_tree(model, ()),), n_classes=())


@predictor("sklearn", *_FOREST_CLASSIFIERS)
def lower_forest_classifier(model: Any) -> Forest:
    """A forest of classification trees."""
    _require_fitted(model, "estimators_")
    n_classes = _n_classes(model)
    trees = tuple(_lower_tree(e, n_classes) for e in model.estimators_)
    return Forest(trees=trees, n_classes=n_classes)


@predictor("sklearn", *_FOREST_REGRESSORS)
def lower_forest_regressor(model: Any) -> Forest:
    """A forest of regression trees."""
    _require_fitted(model, "estimators_")
    return Forest(trees=tuple(_lower_tree(e, ()) for e in model.estimators_), n_classes=())
