# SPDX-License-Identifier: MIT
"""Source graphs made by hand, and what is looked up in those of trained models."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.frontends.builder import SourceBuilder
from thumbling.ir.source import INPUT, Field, Prediction, SourceGraph, SourceOp, Value
from thumbling.ir.source.elementwise import Elementwise, Step
from thumbling.ir.source.forest import Forest
from thumbling.ir.source.linear import Linear
from thumbling.ir.source.positive import Positive
from thumbling.ir.source.winner import Winner


def linear_source(
    coef: npt.NDArray[np.float64],
    intercept: npt.NDArray[np.float64],
    *,
    steps: tuple[Step, ...] = (),
    is_classifier: bool = False,
) -> SourceGraph:
    """A scaler and a linear model: labels and scores, or values."""
    n_out, n_in = coef.shape
    name = "score" if is_classifier else "value"
    scaler = Elementwise(inputs=(INPUT,), output="scaled", steps=steps)
    linear = Linear(
        inputs=("scaled",), output=name, coef=coef, intercept=intercept, compete=is_classifier
    )
    ops: list[SourceOp] = [scaler, linear]
    fields: dict[Field, Value] = {"value": Value(name="value", width=n_out)}
    if is_classifier:
        label: SourceOp = Positive(inputs=("score",), output="label")
        if n_out > 1:
            label = Winner(inputs=("score",), output="label", groups=(n_out,))
        ops.append(label)
        fields = {"label": Value(name="label", width=1), "score": Value(name="score", width=n_out)}
    return SourceGraph(
        source="test",
        n_features=n_in,
        feature_names=tuple(f"x{j}" for j in range(n_in)),
        ops=tuple(ops),
        prediction=Prediction(
            fields=fields,
            class_names=(tuple(map(str, range(max(n_out, 2)))),) if is_classifier else (),
        ),
    )


def forest_of(source: SourceGraph) -> Forest:
    """The one forest of a source graph."""
    (forest,) = (op for op in source.ops if isinstance(op, Forest))
    return forest


def seen_by(op: SourceOp, source: SourceGraph, real: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """What an op of one input is given for real rows."""
    return source.value(op.inputs[0], real)


def step_source(step: Any) -> SourceGraph:
    """What a transformer alone makes of its features, as the `value`."""
    build = SourceBuilder(n_features=int(getattr(step, "n_features_in_", 1)))
    value = build.transform(step, build.input)
    return SourceGraph(
        source="test",
        n_features=build.n_features,
        feature_names=(),
        ops=tuple(build.ops),
        prediction=Prediction(fields={"value": value}),
    )


def transformed(step: Any, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Features after a transformer, by its source ops."""
    source = step_source(step)
    return source.value(source.prediction.fields["value"].name, x)
