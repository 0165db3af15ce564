# SPDX-License-Identifier: MIT
"""scikit-learn's stacking: what members say, side by side, is what a last model reads."""

from __future__ import annotations

from typing import Any

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    class_names,
    fitted_classes,
    flag,
    inconsistent,
    label_types,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.members import (
    members_of,
    require_all_classes,
    require_regressor,
    response,
)
from thumbling.frontends.registry import predictor
from thumbling.ir.source import Prediction, Value
from thumbling.ir.source.concat import Concat

_METHODS = ("predict_proba", "decision_function", "predict")


def _methods(model: Any, wanted: int) -> list[str]:
    methods = attribute(model, "stack_method_")
    if not isinstance(methods, list) or len(methods) != wanted:
        raise inconsistent(model, "stack_method_ names no method for each member")
    if not all(isinstance(method, str) and method in _METHODS for method in methods):
        raise inconsistent(model, "stack_method_ holds something else than methods")
    return methods


def _features(model: Any, x: Value, build: SourceBuilder, *, classify: bool) -> Value:
    """What the last model reads."""
    members = members_of(model)
    values = []
    for member, method in zip(members, _methods(model, len(members)), strict=True):
        said = build.predict(member, x)
        if method != "predict":
            values.append(response(model, member, said, (method,), build))
        elif classify:
            raise UnsupportedModelError(
                f"the {type(model).__name__} reads labels of a {type(member).__name__} as numbers",
                hint="fit it with stack_method='predict_proba' or 'decision_function'",
            )
        else:
            require_regressor(model, said)
            values.append(said.fields["value"])
    if flag(model, "passthrough"):
        values.append(x)
    return values[0] if len(values) == 1 else build.add(Concat, "stacked", *values)


@predictor("sklearn", "StackingClassifier")
def lower_stacking_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """The last model knows the classes by their numbers."""
    stacked = _features(model, x, build, classify=True)
    said = build.predict(attribute(model, "final_estimator_"), stacked)
    classes = fitted_classes(model)
    encoder = getattr(attribute(model, "_label_encoder"), "classes_", None)
    if isinstance(classes, list) or encoder is None or list(encoder) != list(classes):
        raise inconsistent(model, "it was fitted on several labels, or its classes differ")
    names = class_names(model, classes, len(classes))
    require_all_classes(model, said, len(names))
    return Prediction(
        fields=said.fields,
        class_names=(names,),
        label_types=label_types(model),
        refused=said.refused,
    )


@predictor("sklearn", "StackingRegressor")
def lower_stacking_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """The last model's value."""
    said = build.predict(
        attribute(model, "final_estimator_"), _features(model, x, build, classify=False)
    )
    require_regressor(model, said)
    return said
