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
    class_names,
    count,
    counts,
    fitted_classes,
    inconsistent,
    label_types,
    refuse_overrides,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import predictor, qualified_name
from thumbling.frontends.sklearn_release import takes_missing
from thumbling.frontends.tree_arrays import read_tree
from thumbling.ir.source import Prediction, Value
from thumbling.ir.source.forest import Forest, LeafLabel, Tree
from thumbling.ir.source.winner import Winner

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


def _classified(model: Any, trees: tuple[Tree, ...], x: Value, build: SourceBuilder) -> Prediction:
    n_classes = _n_classes(model)
    missing = takes_missing(model) and not x.sparse
    proba = build.add(Forest, "proba", x, trees=trees, n_classes=n_classes, missing=missing)
    if len(trees) > 1:
        label = build.add(Winner, "label", proba, groups=n_classes)
    else:
        label = build.add(LeafLabel, "label", x, proba, tree=trees[0], n_classes=n_classes)
    return Prediction(
        fields={"label": label, "proba": proba},
        class_names=_class_names(model, n_classes),
        label_types=label_types(model),
    )


def _class_names(model: Any, n_classes: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
    classes = fitted_classes(model)
    groups = classes if isinstance(classes, list) else [classes]
    if len(groups) != len(n_classes):
        raise inconsistent(model, f"classes_ is of {len(groups)} outputs, n_outputs_ is another")
    return tuple(class_names(model, *pair) for pair in zip(groups, n_classes, strict=True))


def _regressed(model: Any, trees: tuple[Tree, ...], x: Value, build: SourceBuilder) -> Prediction:
    """The axis of a single output is left out of the source's answers."""
    missing = takes_missing(model) and not x.sparse
    value = build.add(Forest, "value", x, trees=trees, n_classes=(), missing=missing)
    return Prediction(fields={"value": value}, matrix=value.width > 1)


@predictor("sklearn", *_CLASSIFIERS)
def lower_tree_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A single classification tree."""
    attribute(model, "tree_")
    n_classes = _n_classes(model)
    tree = read_tree(model, x.width, len(n_classes), n_classes)
    return _classified(model, (tree,), x, build)


@predictor("sklearn", *_REGRESSORS)
def lower_tree_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A single regression tree."""
    attribute(model, "tree_")
    n_outputs = count(model, "n_outputs_", _MAX_OUTPUTS)
    return _regressed(model, (read_tree(model, x.width, n_outputs, ()),), x, build)


@predictor("sklearn", "RandomForestClassifier", "ExtraTreesClassifier")
def lower_forest_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A forest of classification trees."""
    members, n_classes = _members(model), _n_classes(model)
    if any(_n_classes(member) != n_classes for member in members):
        raise inconsistent(model, "n_classes_ of one of its trees is another")
    trees = tuple(read_tree(m, x.width, len(n_classes), n_classes) for m in members)
    return _classified(model, trees, x, build)


@predictor("sklearn", "RandomForestRegressor", "ExtraTreesRegressor")
def lower_forest_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A forest of regression trees."""
    members = _members(model)
    n_outputs = count(model, "n_outputs_", _MAX_OUTPUTS)
    trees = tuple(read_tree(m, x.width, n_outputs, ()) for m in members)
    return _regressed(model, trees, x, build)
