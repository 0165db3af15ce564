# SPDX-License-Identifier: MIT
"""scikit-learn's decision trees and forests.

A tree casts features to float32 and goes left on `x <= threshold` (float64), NaN where
`missing_go_to_left` says (sklearn/tree/_tree.pyx, `_apply_dense`). A forest averages the leaf
rows of its trees (soft vote) in float64, in order.
"""

from __future__ import annotations

from typing import Any

from thumbling.frontends.attributes import (
    attribute,
    count,
    counts,
    inconsistent,
    refuse_overrides,
)
from thumbling.frontends.registry import predictor, qualified_name
from thumbling.frontends.tree_arrays import read_tree
from thumbling.ir.source import Forest

_CLASSIFIERS = ("DecisionTreeClassifier", "ExtraTreeClassifier")
_REGRESSORS = ("DecisionTreeRegressor", "ExtraTreeRegressor")
_MEMBERS = {
    "RandomForestClassifier": "DecisionTreeClassifier",
    "RandomForestRegressor": "DecisionTreeRegressor",
    "ExtraTreesClassifier": "ExtraTreeClassifier",
    "ExtraTreesRegressor": "ExtraTreeRegressor",
}
_MAX_OUTPUTS = 1024


def _n_classes(model: Any) -> tuple[int, ...]:
    given = counts(model, "n_classes_")
    if len(given) != count(model, "n_outputs_", _MAX_OUTPUTS):
        raise inconsistent(model, f"n_classes_ has {len(given)} entries, n_outputs_ is another")
    return given


def _members(model: Any) -> list[Any]:
    """The trees of a forest: of the class scikit-learn makes, and as wide as the forest."""
    members = attribute(model, "estimators_")
    if not isinstance(members, list) or not members:
        raise inconsistent(model, "estimators_ is no list of trees")
    wanted = ("sklearn", _MEMBERS[type(model).__name__])
    for member in members:
        if qualified_name(member) != wanted:
            raise inconsistent(model, f"estimators_ holds a {type(member).__name__}")
        refuse_overrides(member)
        attribute(member, "tree_")
        for name in ("n_features_in_", "n_outputs_"):
            if count(member, name) != count(model, name):
                raise inconsistent(model, f"{name} of one of its trees is another")
    return members


@predictor("sklearn", *_CLASSIFIERS)
def lower_tree_classifier(model: Any) -> Forest:
    """A single classification tree."""
    attribute(model, "tree_")
    n_classes = _n_classes(model)
    tree = read_tree(model, count(model, "n_features_in_"), len(n_classes), n_classes)
    return Forest(trees=(tree,), n_classes=n_classes)


@predictor("sklearn", *_REGRESSORS)
def lower_tree_regressor(model: Any) -> Forest:
    """A single regression tree."""
    attribute(model, "tree_")
    n_features, n_outputs = count(model, "n_features_in_"), count(model, "n_outputs_", _MAX_OUTPUTS)
    return Forest(trees=(read_tree(model, n_features, n_outputs, ()),), n_classes=())


@predictor("sklearn", "RandomForestClassifier", "ExtraTreesClassifier")
def lower_forest_classifier(model: Any) -> Forest:
    """A forest of classification trees."""
    members, n_classes = _members(model), _n_classes(model)
    if any(_n_classes(member) != n_classes for member in members):
        raise inconsistent(model, "n_classes_ of one of its trees is another")
    n_features = count(model, "n_features_in_")
    trees = tuple(read_tree(m, n_features, len(n_classes), n_classes) for m in members)
    return Forest(trees=trees, n_classes=n_classes)


@predictor("sklearn", "RandomForestRegressor", "ExtraTreesRegressor")
def lower_forest_regressor(model: Any) -> Forest:
    """A forest of regression trees."""
    members = _members(model)
    n_features, n_outputs = count(model, "n_features_in_"), count(model, "n_outputs_", _MAX_OUTPUTS)
    return Forest(
        trees=tuple(read_tree(m, n_features, n_outputs, ()) for m in members), n_classes=()
    )
