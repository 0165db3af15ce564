# SPDX-License-Identifier: MIT
"""scikit-learn's linear discriminant analysis as a classifier: a score a class, one if binary."""

from __future__ import annotations

from typing import Any

from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import predictor
from thumbling.frontends.sklearn_linear import classified, n_classes_of
from thumbling.ir.source import Prediction, Value


@predictor("sklearn", "LinearDiscriminantAnalysis")
def lower_discriminant(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """`coef_ @ x + intercept_`; probabilities by a sigmoid or, of more classes, a softmax."""
    binary = n_classes_of(model) == 2
    return classified(model, x, build, "sigmoid" if binary else "softmax")
