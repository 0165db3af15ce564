# SPDX-License-Identifier: MIT
"""scikit-learn pipelines: every step but the last is a stage, the last the predictor."""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    class_names,
    count,
    feature_names,
    fitted_classes,
    inconsistent,
    label_types,
    refuse_overrides,
)
from thumbling.frontends.registry import lower_predictor, lower_stage, qualified_name
from thumbling.frontends.sklearn_release import release_of
from thumbling.ir.answers import Answers
from thumbling.ir.source import Forest, Linear, SourceModel

_MAX_DEPTH = 16


def _steps(model: Any, depth: int = 0) -> list[Any]:
    if qualified_name(model) != ("sklearn", "Pipeline"):
        return [model]
    refuse_overrides(model)
    if depth > _MAX_DEPTH:
        raise inconsistent(model, f"it nests more than {_MAX_DEPTH} pipelines")
    flat: list[Any] = []
    items = attribute(model, "steps")
    if not isinstance(items, list | tuple):
        raise inconsistent(model, "steps is no list")
    for item in items:
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise inconsistent(model, "its steps are no pairs of name and estimator")
        step = item[1]
        if step is None or (isinstance(step, str) and step == "passthrough"):
            continue
        flat += _steps(step, depth + 1)
    return flat


def _class_names(last: Any, predictor: Forest | Linear) -> tuple[tuple[str, ...], ...]:
    if not predictor.is_classifier:
        return ()
    classes = fitted_classes(last)
    if isinstance(predictor, Linear):
        return (class_names(last, classes, max(2, len(predictor.coef))),)
    groups = classes if isinstance(classes, list) else [classes]
    if len(groups) != len(predictor.n_classes):
        raise inconsistent(last, f"classes_ is of {len(groups)} outputs, n_outputs_ is another")
    pairs = zip(groups, predictor.n_classes, strict=True)
    return tuple(class_names(last, group, wanted) for group, wanted in pairs)


def _answers(last: Any, predictor: Forest | Linear) -> Answers:
    """A linear regressor answers in the shape of its coefficients; a sparse matrix of them, which
    `sparsify` makes, has two axes in any case. A forest leaves the axis of one output out.
    """
    if predictor.is_classifier:
        return Answers(label_types=label_types(last))
    if isinstance(predictor, Linear):
        coef = last.coef_
        return Answers(matrix=isinstance(coef, np.ndarray) and coef.ndim == 2)
    return Answers(matrix=predictor.trees[0].value.shape[1] > 1)


@np.errstate(all="ignore")
def lower(model: Any) -> SourceModel:
    """The source model of an estimator or pipeline.

    Raises UnsupportedModelError for a class or step that cannot be compiled, or an unfitted one,
    ModelError for one whose parts do not fit together.
    """
    steps = _steps(model)
    if not steps:
        raise UnsupportedModelError("the pipeline has no steps", hint="add a model as last step")
    *scalers, last = steps
    predictor = lower_predictor(last)
    stages = tuple(lower_stage(scaler) for scaler in scalers)
    n_features = count(steps[0], "n_features_in_")
    for step in steps:
        if count(step, "n_features_in_") != n_features:
            raise inconsistent(step, "n_features_in_ is not that of the step before it")
    package, class_name = qualified_name(last)
    chain = [qualified_name(step)[1] for step in scalers] + [class_name]
    return SourceModel(
        source=f"{package}." + " > ".join(chain),
        n_features=n_features,
        feature_names=feature_names(steps[0], n_features),
        class_names=_class_names(last, predictor),
        stages=stages,
        predictor=predictor,
        answers=_answers(last, predictor),
        release=release_of(model, steps, (*stages, predictor)),
    )
