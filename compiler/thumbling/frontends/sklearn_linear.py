# SPDX-License-Identifier: MIT
"""Linear models of scikit-learn: scores `coef_ @ x + intercept_` and what follows from them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.registry import predictor
from thumbling.ir.source import FloatArray, Linear, frozen

Link = Literal["none", "sigmoid", "softmax", "ovr"]


def _parameter(model: Any, name: str) -> FloatArray:
    value = getattr(model, name, None)
    if value is None:
        raise UnsupportedModelError(
            f"{type(model).__name__} has no {name}: it is not fitted",
            hint="call fit before saving the model",
        )
    dense = value.toarray() if hasattr(value, "toarray") else value
    array: FloatArray = np.asarray(dense, dtype=np.float64)
    if not np.isfinite(array).all():
        raise UnsupportedModelError(
            f"{type(model).__name__}.{name} holds NaN or infinity",
            hint="fit again on finite data; a diverged fit needs scaled features",
        )
    return array


def _linear(model: Any, *, is_classifier: bool, link: Link) -> Linear:
    coef = np.atleast_2d(_parameter(model, "coef_"))
    if coef.ndim != 2 or coef.size == 0:
        raise UnsupportedModelError(
            f"{type(model).__name__}.coef_ has shape {coef.shape}, expected scores x features",
            hint="fit the model on a two-dimensional X",
        )
    flat = _parameter(model, "intercept_").ravel()
    if flat.size not in (1, len(coef)):
        raise UnsupportedModelError(
            f"{type(model).__name__} has {flat.size} intercepts for {len(coef)} scores",
            hint="fit the model again",
        )
    return Linear(
        coef=frozen(coef).astype(np.float64, copy=False),
        intercept=frozen(np.broadcast_to(flat, (len(coef),))).astype(np.float64, copy=False),
        is_classifier=is_classifier,
        link=link,
    )


def _refuse_multilabel(model: Any) -> None:
    binarizer = getattr(model, "_label_binarizer", None)
    kind = str(getattr(binarizer, "y_type_", ""))
    if kind.startswith("multilabel"):
        raise UnsupportedModelError(
            f"{type(model).__name__} was fitted on multilabel targets",
            hint="fit one classifier for each label",
        )


def _n_classes(model: Any) -> int:
    return len(getattr(model, "classes_", ()))


@predictor("sklearn", "LogisticRegression", "LogisticRegressionCV")
def lower_logistic(model: Any) -> Linear:
    """Binary: a sigmoid. More classes: softmax, or (older releases) one sigmoid for each."""
    scheme = getattr(model, "multi_class", "auto")
    n_classes = _n_classes(model)
    if n_classes <= 2:
        if scheme == "multinomial":
            raise UnsupportedModelError(
                f"{type(model).__name__}(multi_class='multinomial') on two classes",
                hint="leave multi_class out: the labels stay the same",
            )
        return _linear(model, is_classifier=True, link="sigmoid")
    liblinear = getattr(model, "solver", "") == "liblinear" and scheme != "multinomial"
    return _linear(
        model, is_classifier=True, link="ovr" if scheme == "ovr" or liblinear else "softmax"
    )


@predictor("sklearn", "SGDClassifier")
def lower_sgd_classifier(model: Any) -> Linear:
    """Probabilities only where the loss is logistic, as scikit-learn has them."""
    if getattr(model, "loss", "") != "log_loss":
        return _linear(model, is_classifier=True, link="none")
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
