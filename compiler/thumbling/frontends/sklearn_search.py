# SPDX-License-Identifier: MIT
"""scikit-learn's searches for parameters: each is the best estimator that it found."""

from __future__ import annotations

from typing import Any

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import either
from thumbling.ir.source import Prediction, Value

SEARCHES = (
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "RandomizedSearchCV",
)


def best_of(search: Any) -> Any:
    """The estimator that a search refitted. Raises UnsupportedModelError where there is none."""
    if getattr(search, "refit", True) is False:
        raise UnsupportedModelError(
            f"the {type(search).__name__} was fitted with refit=False, so it holds no model",
            hint="fit it with refit=True, or fit a model with its best_params_ and save that",
        )
    return attribute(search, "best_estimator_")


@either("sklearn", *SEARCHES)
def lower_search(model: Any, x: Value, build: SourceBuilder) -> Value | Prediction:
    """What it found, in its place."""
    return build.inner(best_of(model), x)
