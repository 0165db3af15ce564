# SPDX-License-Identifier: MIT
"""Linear models of scikit-learn: scores `coef_ @ x + intercept_` and what follows from them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    class_names,
    fitted_classes,
    float_type,
    inconsistent,
    label_types,
    reals,
    setting,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import predictor
from thumbling.frontends.release import both_releases, trained_with
from thumbling.frontends.sklearn_release import one_against_rest
from thumbling.ir.source import Field, Prediction, Refusal, Value
from thumbling.ir.source.arrays import frozen
from thumbling.ir.source.linear import Linear
from thumbling.ir.source.link import Link
from thumbling.ir.source.positive import Positive
from thumbling.ir.source.winner import Winner

Probabilities = Literal["none", "sigmoid", "softmax", "ovr", "unsupported"]
_NOT_COMPILED = Refusal(
    what="a predict_proba, whose formula is not compiled yet",
    hint="use --output label or score, or fit with loss='log_loss'",
)


def _results(model: Any, x: Value, build: SourceBuilder, name: str, rows: int | None) -> Value:
    """`coef_ @ x + intercept_`; scores have `rows` rows, any number where classes are unknown."""
    coef = np.atleast_2d(reals(model, "coef_"))
    if coef.ndim != 2 or coef.shape[1] != x.width or not len(coef):
        raise inconsistent(
            model, f"coef_ has shape {coef.shape} for {x.width} features, one row a score"
        )
    if rows is not None and len(coef) != rows and n_classes_of(model):
        raise inconsistent(model, f"coef_ has {len(coef)} rows for {n_classes_of(model)} classes")
    flat = np.atleast_1d(reals(model, "intercept_"))
    if flat.shape not in ((1,), (len(coef),)):
        raise inconsistent(model, f"intercept_ has shape {flat.shape} for {len(coef)} scores")
    return build.add(
        Linear,
        name,
        x,
        coef=frozen(coef),
        intercept=frozen(np.broadcast_to(flat, (len(coef),))),
        compete=rows is not None,
        dtype=float_type(model, "coef_", attribute(model, "coef_")),
    )


def classified(
    model: Any, x: Value, build: SourceBuilder, probabilities: Probabilities
) -> Prediction:
    """Scores, the label they choose, and probabilities where the model has some."""
    n_classes = n_classes_of(model)
    score = _results(model, x, build, "score", {1: 0, 2: 1}.get(n_classes, n_classes))
    if score.width == 1:
        label = build.add(Positive, "label", score)
    else:
        label = build.add(Winner, "label", score, groups=(score.width,))
    fields: dict[Field, Value] = {"label": label, "score": score}
    if probabilities not in ("none", "unsupported"):
        fields["proba"] = build.add(Link, "proba", score, kind=probabilities)
    names = class_names(model, fitted_classes(model), max(2, score.width))
    return Prediction(
        fields=fields,
        class_names=(names,),
        label_types=label_types(model),
        refused={"proba": _NOT_COMPILED} if probabilities == "unsupported" else {},
    )


def _refuse_multilabel(model: Any) -> None:
    binarizer = getattr(model, "_label_binarizer", None)
    kind = str(getattr(binarizer, "y_type_", ""))
    if kind.startswith("multilabel"):
        raise UnsupportedModelError(
            f"{type(model).__name__} was fitted on multilabel targets",
            hint="fit one classifier for each label",
        )


def n_classes_of(model: Any) -> int:
    """0 where they are no array of labels."""
    classes = fitted_classes(model)
    return len(classes) if isinstance(classes, np.ndarray) and classes.ndim == 1 else 0


@predictor("sklearn", "LogisticRegression", "LogisticRegressionCV")
def lower_logistic(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Binary: a sigmoid. More classes: softmax, or (older releases) one sigmoid for each."""
    if n_classes_of(model) > 2:
        return classified(model, x, build, "ovr" if one_against_rest(model) else "softmax")
    if setting(model, "multi_class", "auto") == "multinomial":
        raise UnsupportedModelError(
            f"{type(model).__name__}(multi_class='multinomial') on two classes has a softmax of two"
            f" scores, which is not supported{both_releases(trained_with(model))}",
            hint="fit it again without multi_class: the labels stay the same",
        )
    return classified(model, x, build, "sigmoid")


@predictor("sklearn", "SGDClassifier")
def lower_sgd_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Probabilities where the loss is logistic; those of `modified_huber` are not compiled yet."""
    loss = setting(model, "loss")
    if loss != "log_loss":
        return classified(model, x, build, "unsupported" if loss == "modified_huber" else "none")
    return classified(model, x, build, "sigmoid" if n_classes_of(model) <= 2 else "ovr")


@predictor(
    "sklearn",
    "LinearSVC",
    "PassiveAggressiveClassifier",
    "Perceptron",
    "RidgeClassifier",
    "RidgeClassifierCV",
)
def lower_score_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Classifiers that know scores and no probabilities."""
    _refuse_multilabel(model)
    return classified(model, x, build, "none")


@predictor(
    "sklearn",
    "ARDRegression",
    "BayesianRidge",
    "ElasticNet",
    "ElasticNetCV",
    "HuberRegressor",
    "Lars",
    "LarsCV",
    "Lasso",
    "LassoCV",
    "LassoLars",
    "LassoLarsCV",
    "LassoLarsIC",
    "LinearRegression",
    "LinearSVR",
    "OrthogonalMatchingPursuit",
    "OrthogonalMatchingPursuitCV",
    "QuantileRegressor",
    "Ridge",
    "RidgeCV",
    "SGDRegressor",
    "TheilSenRegressor",
)
def lower_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Regressors, with one or more outputs.

    They answer in the shape of their coefficients; a sparse matrix of them, which `sparsify`
    makes, has two axes in any case.
    """
    value = _results(model, x, build, "value", None)
    matrix = isinstance(model.coef_, np.ndarray) and model.coef_.ndim == 2
    return Prediction(fields={"value": value}, matrix=matrix)
