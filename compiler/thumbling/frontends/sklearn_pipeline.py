# SPDX-License-Identifier: MIT
"""scikit-learn pipelines: every step but the last is a stage, the last the predictor."""

from __future__ import annotations

from typing import Any

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.registry import lower_predictor, lower_stage, qualified_name
from thumbling.ir.source import Forest, Linear, SourceModel, as_names


def _steps(model: Any) -> list[Any]:
    if qualified_name(model) != ("sklearn", "Pipeline"):
        return [model]
    flat: list[Any] = []
    for _, step in model.steps:
        if step is None or (isinstance(step, str) and step == "passthrough"):
            continue
        flat += _steps(step)
    return flat


def _class_names(last: Any, predictor: Forest | Linear) -> tuple[tuple[str, ...], ...]:
    if not predictor.is_classifier:
        return ()
    classes = last.classes_
    if isinstance(predictor, Forest) and len(predictor.n_classes) > 1:
        return tuple(as_names(c) for c in classes)
    return (as_names(classes),)


def lower(model: Any) -> SourceModel:
    """The source model of an estimator or pipeline.

    Raises UnsupportedModelError for a class or step that cannot be compiled, or an unfitted one.
    """
    steps = _steps(model)
    if not steps:
        raise UnsupportedModelError("the pipeline has no steps", hint="add a model as last step")
    *scalers, last = steps
    predictor = lower_predictor(last)
    stages = tuple(lower_stage(scaler) for scaler in scalers)
    first = steps[0]
    n_features = int(first.n_features_in_)
    names = getattr(first, "feature_names_in_", None)
    package, class_name = qualified_name(last)
    chain = [qualified_name(step)[1] for step in scalers] + [class_name]
    return SourceModel(
        source=f"{package}." + " > ".join(chain),
        n_features=n_features,
        feature_names=as_names(names) if names is not None else (),
        class_names=_class_names(last, predictor),
        stages=stages,
        predictor=predictor,
    )
