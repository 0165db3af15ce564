# SPDX-License-Identifier: MIT
"""scikit-learn's feature selectors: those columns that their `get_support` says.

What decides differs (scores, p-values, variances, importances, searches); what remains is a mask.
The selector itself computes it from what is fitted, which is checked here before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute, count, counts, inconsistent, reals
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import transformer
from thumbling.frontends.tree_arrays import read_tree
from thumbling.ir.source import Value
from thumbling.ir.source.select import Select

_SCORED = ("SelectKBest", "SelectPercentile", "SelectFpr", "SelectFdr", "SelectFwe")
_SEARCHES = ("RFE", "RFECV", "SequentialFeatureSelector")
_MAX_OUTPUTS = 1024
_GETTERS = ("auto", "coef_", "feature_importances_")
_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@transformer("sklearn", *_SCORED, "GenericUnivariateSelect")
def lower_scored(model: Any, x: Value, build: SourceBuilder) -> Value:
    """Columns by scores or p-values."""
    _statistics(model, "scores_", x.width)
    if getattr(model, "pvalues_", None) is not None:
        _statistics(model, "pvalues_", x.width)
    return _selected(model, x, build, "infinity and NaN")


@transformer("sklearn", "VarianceThreshold")
def lower_variance(model: Any, x: Value, build: SourceBuilder) -> Value:
    """Columns that vary enough."""
    _statistics(model, "variances_", x.width)
    return _selected(model, x, build, "")


@transformer("sklearn", *_SEARCHES)
def lower_search(model: Any, x: Value, build: SourceBuilder) -> Value:
    """Columns that a search has kept."""
    attribute(model, "support_")
    return _selected(model, x, build, _refused(model))


@transformer("sklearn", "SelectFromModel", own_width=False)
def lower_from_model(model: Any, x: Value, build: SourceBuilder) -> Value:
    """Columns that a model finds important."""
    if getattr(model, "importance_getter", "auto") not in _GETTERS:
        raise UnsupportedModelError(
            "this SelectFromModel asks for importances by a function or path of its own",
            hint="fit and save one with importance_getter 'auto'",
        )
    inner = getattr(model, "estimator_", None)
    _require_importances(attribute(model, "estimator") if inner is None else inner)
    return _selected(model, x, build, _refused(model))


def _statistics(model: Any, name: str, width: int) -> None:
    """Raise unless an attribute is one number for each feature; constant ones have NaN."""
    array = attribute(model, name)
    if (
        not isinstance(array, np.ndarray)
        or array.dtype.kind not in "fiu"
        or array.shape != (width,)
    ):
        raise inconsistent(model, f"{name} is not one number for each of {width} features")


def _require_importances(inner: Any) -> None:
    """Raise unless what importances are computed from may be walked in compiled code."""
    if hasattr(inner, "coef_"):
        reals(inner, "coef_")
        return
    members = getattr(inner, "estimators_", [inner])
    trees = members.ravel().tolist() if isinstance(members, np.ndarray) else members
    if (
        not isinstance(trees, list)
        or not trees
        or not all(hasattr(tree, "tree_") for tree in trees)
    ):
        raise UnsupportedModelError(
            f"the importances of a {type(inner).__name__} cannot be read by SelectFromModel here",
            hint="select by a linear model or trees, or train on the selected columns alone",
        )
    for tree in trees:
        classes = counts(tree, "n_classes_") if hasattr(tree, "classes_") else ()
        outputs = count(tree, "n_outputs_", _MAX_OUTPUTS)
        read_tree(tree, count(tree, "n_features_in_"), outputs, classes)


def _refused(model: Any) -> Literal["", "infinity and NaN"]:
    """What a selector around an estimator refuses: nothing, if that estimator takes NaN."""
    from sklearn.utils import get_tags

    takes = _computed(model, lambda: get_tags(model).input_tags.allow_nan, "its tags")
    return "" if takes is True else "infinity and NaN"


def _computed(model: Any, compute: Callable[[], Any], what: str) -> Any:
    try:
        return compute()
    # What fitted attributes or settings that somebody edited make the selector raise.
    except _ERRORS as error:
        raise inconsistent(model, f"{what} cannot be computed ({type(error).__name__})") from error


def _selected(
    model: Any,
    x: Value,
    build: SourceBuilder,
    refuses: Literal["", "infinity and NaN"],
) -> Value:
    mask = np.asarray(_computed(model, model.get_support, "get_support()"))
    if mask.dtype != np.bool_ or mask.shape != (x.width,):
        raise inconsistent(model, f"get_support() is no mask of {x.width} features")
    if not mask.any():
        raise UnsupportedModelError(
            f"the {type(model).__name__} selects no feature at all",
            hint="select more: a model needs at least one",
        )
    columns = np.flatnonzero(mask).astype(np.int64)
    return replace(
        build.add(Select, "selected", x, columns=columns, refuses=refuses), sparse=x.sparse
    )
