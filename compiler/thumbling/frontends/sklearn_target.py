# SPDX-License-Identifier: MIT
"""scikit-learn's TransformedTargetRegressor: a value brought back to the scale of its target."""

from __future__ import annotations

from typing import Any

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute, count, inconsistent, refuse_overrides
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.members import require_regressor
from thumbling.frontends.registry import predictor, qualified_name
from thumbling.frontends.sklearn_scaler import inverse_steps
from thumbling.ir.source import Prediction, Value
from thumbling.ir.source.elementwise import Elementwise

_FUNCTION = ("sklearn", "FunctionTransformer")


def _refuse_function(transformer: Any) -> None:
    for name in ("func", "inverse_func"):
        if getattr(transformer, name, None) is not None:
            raise UnsupportedModelError(
                "the TransformedTargetRegressor brings values back by a function"
                " (inverse_func), and a function of Python cannot be compiled",
                hint="save its regressor_ and apply inverse_func to what the chip answers, or fit"
                " it with transformer=StandardScaler()",
            )


@predictor("sklearn", "TransformedTargetRegressor")
def lower_transformed_target(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A target of one axis is answered with one, whatever the regressor does."""
    said = build.predict(attribute(model, "regressor_"), x)
    require_regressor(model, said)
    value, transformer = said.fields["value"], attribute(model, "transformer_")
    axes = count(model, "_training_dim", 2)
    matrix = axes == 2 or value.width > 1
    refuse_overrides(transformer)
    if qualified_name(transformer) == _FUNCTION:
        _refuse_function(transformer)
        return Prediction(fields={"value": value}, matrix=matrix)
    if count(transformer, "n_features_in_") != value.width:
        raise inconsistent(model, f"transformer_ is not of {value.width} values")
    steps = inverse_steps(transformer)
    if steps:
        value = build.add(Elementwise, "value", value, steps=steps)
    return Prediction(fields={"value": value}, matrix=matrix)
