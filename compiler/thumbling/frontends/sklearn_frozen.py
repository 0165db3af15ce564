# SPDX-License-Identifier: MIT
"""scikit-learn's FrozenEstimator: what is inside, which nobody fits again."""

from __future__ import annotations

from typing import Any

from thumbling.frontends.attributes import attribute
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import either
from thumbling.ir.source import Prediction, Value


@either("sklearn", "FrozenEstimator")
def lower_frozen(model: Any, x: Value, build: SourceBuilder) -> Value | Prediction:
    """The estimator in it."""
    return build.inner(attribute(model, "estimator"), x)
