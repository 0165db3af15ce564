# SPDX-License-Identifier: MIT
"""Multi-layer perceptrons of scikit-learn: sums and activations in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    class_names,
    count,
    fitted_classes,
    float_type,
    inconsistent,
    label_types,
    numbers,
    setting,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import predictor
from thumbling.ir.source import Field, Prediction, Value
from thumbling.ir.source.activation import Activation, Function
from thumbling.ir.source.arrays import FloatArray, frozen
from thumbling.ir.source.linear import Linear
from thumbling.ir.source.link import Link
from thumbling.ir.source.positive import Positive
from thumbling.ir.source.winner import Winner

_MOST_LAYERS = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layer:
    """Weights of shape (n_out, n_in), biases, and their type."""

    coef: FloatArray
    intercept: FloatArray
    dtype: Literal["float32", "float64"]

    @property
    def fields(self) -> dict[str, Any]:
        """As `Linear` has them."""
        return {"coef": self.coef, "intercept": self.intercept, "dtype": self.dtype}


def _layer(model: Any, k: int, coef: Any, intercept: Any, width: int) -> _Layer:
    """Layer k, which reads `width` values."""
    names = f"coefs_[{k}]", f"intercepts_[{k}]"
    weight, bias = numbers(model, names[0], coef), numbers(model, names[1], intercept)
    fits = weight.ndim == 2 and weight.shape[0] == width and bias.shape == weight.shape[1:]
    if not fits or not weight.size:
        raise inconsistent(
            model,
            f"{names[0]} has shape {weight.shape} and {names[1]} {bias.shape} for {width} values",
        )
    dtype = float_type(model, names[0], coef)
    if float_type(model, names[1], intercept) != dtype:
        raise inconsistent(model, f"{names[0]} and {names[1]} are of two types")
    return _Layer(coef=frozen(weight.T), intercept=frozen(bias), dtype=dtype)


def _layers(model: Any, x: Value) -> list[_Layer]:
    coefs, intercepts = attribute(model, "coefs_"), attribute(model, "intercepts_")
    if not isinstance(coefs, list) or not isinstance(intercepts, list):
        raise inconsistent(model, "coefs_ and intercepts_ are no lists of arrays")
    n_layers = count(model, "n_layers_", _MOST_LAYERS) - 1
    if not n_layers == len(coefs) == len(intercepts) > 0:
        raise inconsistent(model, "coefs_ and intercepts_ are not as many as n_layers_ says")
    found, width = [], x.width
    for k, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True)):
        found.append(_layer(model, k, coef, intercept, width))
        width = len(found[-1].coef)
    if count(model, "n_outputs_") != width:
        raise inconsistent(model, f"n_outputs_ is not {width}, as its last layer has it")
    return found


def _function(model: Any) -> Function:
    function = setting(model, "activation")
    if function not in get_args(Function):
        raise inconsistent(model, f"activation is {function!r}")
    return cast(Function, function)


def _results(model: Any, x: Value, build: SourceBuilder, name: str, *, compete: bool) -> Value:
    """The sums of the last layer."""
    *hidden, last = _layers(model, x)
    function = _function(model)
    for layer in hidden:
        x = build.add(Linear, "sums", x, compete=False, **layer.fields)
        x = build.add(Activation, "hidden", x, function=function)
    return build.add(Linear, name, x, compete=compete, **last.fields)


def _require_output(model: Any, function: str) -> None:
    found = setting(model, "out_activation_")
    if found == "exp":
        raise UnsupportedModelError(
            f"{type(model).__name__}(loss='poisson') answers an exponential, which is not compiled"
            " yet",
            hint="fit it on the logarithm of the target, with loss='squared_error'",
        )
    if found != function:
        raise inconsistent(model, f"out_activation_ is {found!r}, expected {function!r}")


def _require_classes(model: Any) -> None:
    """The binarizer, which scikit-learn asks for the label, says what the model says."""
    binarizer = attribute(model, "_label_binarizer")
    kind = setting(binarizer, "y_type_")
    if kind.startswith("multilabel"):
        raise UnsupportedModelError(
            f"{type(model).__name__} was fitted on multilabel targets",
            hint="fit one classifier for each label",
        )
    ours, theirs = fitted_classes(model), fitted_classes(binarizer)
    if not isinstance(theirs, np.ndarray) or not np.array_equal(ours, theirs):
        raise inconsistent(model, "classes_ are not those of its label binarizer")
    wanted = "binary" if len(theirs) <= 2 else "multiclass"
    ends = getattr(binarizer, "neg_label", None), getattr(binarizer, "pos_label", None)
    if kind != wanted or ends != (0, 1):
        raise inconsistent(model, f"its label binarizer is for {kind} targets from {ends}")


@predictor("sklearn", "MLPClassifier")
def lower_mlp_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Binary: a sigmoid, and the label of a probability above one half. More classes: a softmax,
    and its greatest."""
    score = _results(model, x, build, "score", compete=True)
    binary = score.width == 1
    names = class_names(model, fitted_classes(model), max(2, score.width))
    _require_classes(model)
    _require_output(model, "logistic" if binary else "softmax")
    kind = "sigmoid" if binary else "softmax"
    if binary:
        label = build.add(Positive, "label", score)
    else:
        label = build.add(Winner, "label", score, groups=(score.width,))
    fields: dict[Field, Value] = {
        "label": label,
        "proba": build.add(Link, "proba", score, kind=kind),
    }
    return Prediction(fields=fields, class_names=(names,), label_types=label_types(model))


@predictor("sklearn", "MLPRegressor")
def lower_mlp_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """The sums of the last layer."""
    _require_output(model, "identity")
    value = _results(model, x, build, "value", compete=False)
    return Prediction(fields={"value": value}, matrix=value.width > 1)
