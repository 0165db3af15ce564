# SPDX-License-Identifier: MIT
"""scikit-learn pipelines: every step reads what the one before it made."""

from __future__ import annotations

from typing import Any

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute, inconsistent
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import either, qualified_name
from thumbling.frontends.sklearn_search import SEARCHES, best_of
from thumbling.ir.source import Prediction, Value

_KEY = ("sklearn", "Pipeline")
_MAX_DEPTH = 16


def pipeline_steps(model: Any) -> list[tuple[str, Any]]:
    """Names and estimators of a pipeline that do something, in order."""
    items = attribute(model, "steps")
    if not isinstance(items, list | tuple):
        raise inconsistent(model, "steps is no list")
    for item in items:
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise inconsistent(model, "its steps are no pairs of name and estimator")
    return [(str(name), step) for name, step in items if not _passes(step)]


def _passes(step: object) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


def first_step(model: Any) -> Any:
    """The estimator that is given the input row, and knows its features by name."""
    return _end_step(model, 0)


def last_step(model: Any) -> Any:
    """The estimator that answers."""
    return _end_step(model, -1)


def _end_step(model: Any, end: int) -> Any:
    for _ in range(_MAX_DEPTH):
        package, name = qualified_name(model)
        if package == "sklearn" and name in SEARCHES:
            model = best_of(model)
        elif (package, name) == _KEY:
            steps = pipeline_steps(model)
            if not steps:
                raise UnsupportedModelError(
                    "the pipeline has no steps", hint="add a model as last step"
                )
            model = steps[end][1]
        else:
            return model
    raise inconsistent(model, f"it nests more than {_MAX_DEPTH} pipelines")


@either(*_KEY)
def lower_pipeline(model: Any, x: Value, build: SourceBuilder) -> Value | Prediction:
    """The steps in turn; the last is what the pipeline is, a model or a step."""
    steps = [step for _, step in pipeline_steps(model)]
    if not steps:
        return x
    for step in steps[:-1]:
        x = build.transform(step, x)
    return build.inner(steps[-1], x)
