# SPDX-License-Identifier: MIT
"""Linear models of scikit-learn: scores `coef_ @ x + intercept_` and what follows from them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    count,
    fitted_classes,
    inconsistent,
    reals,
    setting,
)
from thumbling.frontends.registry import predictor
from thumbling.frontends.release import both_releases, trained_with
from thumbling.frontends.sklearn_release import one_against_rest
from thumbling.ir.source import Linear, frozen

Link = Literal["none", "sigmoid", "softmax", "ovr", "unsupported"]


def _linear(model: Any, *, is_classifier: bool, link: Link) -> Linear:
    coef = np.atleast_2d(reals(model, "coef_"))
    n_features = count(model, "n_features_in_")
    n_classes = _n_classes(model) if is_classifier else 0
    if coef.ndim != 2 or coef.shape[1] != n_features or not len(coef):
        raise inconsistent(
            model, f"coef_ has shape {coef.shape} for {n_features} features, one row a score"
        )
    scores = {0: len(coef), 1: 0, 2: 1}.get(n_classes, n_classes)
    if len(coef) != scores:
        raise inconsistent(model, f"coef_ has {len(coef)} rows for {n_classes} classes")
    flat = np.atleast_1d(reals(model, "intercept_"))
    if flat.shape not in ((1,), (len(coef),)):
        raise inconsistent(model, f"intercept_ has shape {flat.shape} for {len(coef)} scores")
    return Linear(
        coef=frozen(coef),
        intercept=frozen(np.broadcast_to(flat, (len(coef),))),
        is_classifier=is_classifier,
        link=link,
        dtype=_dtype(model),
    )


def _dtype(model: Any) -> Literal["float32", "float64"]:
    """The type of the coefficients, which is that of the training data or float64."""
    kind = np.dtype(getattr(attribute(model, "coef_"), "dtype", np.float64)).newbyteorder("=")
    if kind == np.float32:
        return "float32"
    if kind != np.float64:
        raise inconsistent(model, f"coef_ holds {kind}, expected float32 or float64")
    return "float64"


def _refuse_multilabel(model: Any) -> None:
    binarizer = getattr(model, "_label_binarizer", None)
    kind = str(getattr(binarizer, "y_type_", ""))
    if kind.startswith("multilabel"):
        raise UnsupportedModelError(
            f"{type(model).__name__} was fitted on multilabel targets",
            hint="fit one classifier for each label",
        )


def _n_classes(model: Any) -> int:
    """0 where they are no array of labels."""
    classes = fitted_classes(model)
    return len(classes) if isinstance(classes, np.ndarray) and classes.ndim == 1 else 0


@predictor("sklearn", "LogisticRegression", "LogisticRegressionCV")
def lower_logistic(model: Any) -> Linear:
    """Binary: a sigmoid. More classes: softmax, or (older releases) one sigmoid for each."""
    if _n_classes(model) > 2:
        link: Link = "ovr" if one_against_rest(model) else "softmax"
        return _linear(model, is_classifier=True, link=link)
    if setting(model, "multi_class", "auto") == "multinomial":
        raise UnsupportedModelError(
            f"{type(model).__name__}(multi_class='multinomial') on two classes has a softmax of two"
            f" scores, which is not supported{both_releases(trained_with(model))}",
            hint="fit it again without multi_class: the labels stay the same",
        )
    return _linear(model, is_classifier=True, link="sigmoid")


@predictor("sklearn", "SGDClassifier")
def lower_sgd_classifier(model: Any) -> Linear:
    """Probabilities where the loss is logistic; those of `modified_huber` are not compiled yet."""
    loss = setting(model, "loss")
    if loss != "log_loss":
        link: Link = "unsupported" if loss == "modified_huber" else "none"
        return _linear(model, is_classifier=True, link=link)
    return _linear(model, is_classifier=True, link="sigmoid" if _n_classes(model) <= 2 else "ovr")


@predictor(
    "sklearn",
    "LinearSVC",
    "PassiveAggressiveClassifier",
    "Perceptron",
    "RidgeClassifier",
    "RidgeClassifierCV",
)
def lower_score_classifier(model: Any) -> Linear:
    """Classifiers that know scores and no probabilities."""
    _refuse_multilabel(model)
    return _linear(model, is_classifier=True, link="none")


@predictor(
    "sklearn",
    "ElasticNet",
    "ElasticNetCV",
    "HuberRegressor",
    "Lasso",
    "LassoCV",
    "LinearRegression",
    "LinearSVR",
    "Ridge",
    "RidgeCV",
    "SGDRegressor",
)
def lower_regressor(model: Any) -> Linear:
    """Regressors, with one or more outputs."""
    return _linear(model, is_classifier=False, link="none")
