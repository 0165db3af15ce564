# SPDX-License-Identifier: MIT
"""scikit-learn's gradient boosting: a first guess, then the leaves of all trees, stage by stage.

A stage adds `learning_rate * leaf` in float64 to the sum of its class
(sklearn/ensemble/_gradient_boosting.pyx, `predict_stages`); the first guess is a constant, on the
scale of the scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    class_names,
    count,
    fitted_classes,
    inconsistent,
    label_types,
    reals,
    refuse_overrides,
    setting,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import predictor, qualified_name
from thumbling.frontends.tree_arrays import read_tree
from thumbling.ir.source import Field, Prediction, Value
from thumbling.ir.source.arrays import FloatArray, frozen
from thumbling.ir.source.elementwise import Elementwise, Step
from thumbling.ir.source.forest import Tree
from thumbling.ir.source.link import Link
from thumbling.ir.source.positive import Positive
from thumbling.ir.source.tree_sum import TreeSum
from thumbling.ir.source.winner import Winner

_LOSSES = {
    "GradientBoostingClassifier": ("log_loss", "exponential"),
    "GradientBoostingRegressor": ("squared_error", "absolute_error", "huber", "quantile"),
}
_MOST_TREES = 1 << 20
# scikit-learn keeps probabilities this far from 0 and 1 before it takes their logit.
_EPS = float(np.finfo(np.float64).eps)


def _loss(model: Any) -> str:
    loss = setting(model, "loss")
    if loss not in _LOSSES[type(model).__name__]:
        raise UnsupportedModelError(
            f"{type(model).__name__}(loss={loss!r}) is not supported",
            hint=f"fit it with one of {', '.join(_LOSSES[type(model).__name__])}",
        )
    return loss


def _stages(model: Any, wanted: int) -> list[list[Any]]:
    """The trees by stage, one for each score."""
    stages = attribute(model, "estimators_")
    if not isinstance(stages, np.ndarray) or stages.dtype != object or stages.ndim != 2:
        raise inconsistent(model, "estimators_ is no array of trees")
    if stages.shape[1] != wanted or not 0 < stages.size <= _MOST_TREES:
        raise inconsistent(model, f"estimators_ has shape {stages.shape} for {wanted} scores")
    rows: list[list[Any]] = stages.tolist()
    return rows


def _tree(model: Any, member: Any, x: Value, rate: float) -> Tree:
    """One tree, its leaves times the learning rate as the source multiplies them."""
    if qualified_name(member) != ("sklearn", "DecisionTreeRegressor"):
        raise inconsistent(model, f"estimators_ holds a {type(member).__name__}")
    refuse_overrides(member)
    attribute(member, "tree_")
    tree = read_tree(member, x.width, 1, ())
    return Tree(
        feature=tree.feature,
        threshold=tree.threshold,
        left=tree.left,
        right=tree.right,
        nan_left=tree.nan_left,
        value=frozen(rate * tree.value),
    )


def _sums(model: Any, x: Value, build: SourceBuilder, name: str, start: FloatArray) -> Value:
    rate = reals(model, "learning_rate")
    if rate.ndim:
        raise inconsistent(model, "learning_rate is no number")
    stages = _stages(model, len(start))
    return build.add(
        TreeSum,
        name,
        x,
        trees=tuple(_tree(model, tree, x, float(rate)) for stage in stages for tree in stage),
        column=frozen(np.tile(np.arange(len(start)), len(stages))),
        start=frozen(start),
        compete=name == "score",
    )


def _first_guess(model: Any) -> Any:
    """What the model begins with: an estimator that answers a constant, None for zero."""
    guess = attribute(model, "init_")
    if isinstance(guess, str) and guess == "zero":
        return None
    wanted = type(model).__name__.replace("GradientBoosting", "Dummy")
    if qualified_name(guess) != ("sklearn", wanted):
        raise UnsupportedModelError(
            f"{type(model).__name__}(init=..) begins with what a {type(guess).__name__} answers,"
            " which is not compiled",
            hint=f"fit it with init=None, init='zero' or init={wanted}()",
        )
    refuse_overrides(guess)
    return guess


def _probabilities(model: Any, guess: Any, n_classes: int) -> FloatArray:
    """The constant probabilities of a DummyClassifier."""
    strategy = setting(guess, "strategy")
    prior = reals(guess, "class_prior_")
    if prior.shape != (n_classes,) or (prior < 0).any() or (prior > 1).any():
        raise inconsistent(model, f"init_ knows no shares of {n_classes} classes")
    match strategy:
        case "prior":
            return prior
        case "uniform":
            return np.ones(n_classes) / n_classes
        case "most_frequent":
            return np.asarray(np.eye(n_classes)[prior.argmax()], dtype=np.float64)
    raise UnsupportedModelError(
        f"{type(model).__name__} begins with DummyClassifier(strategy={strategy!r}), which is not"
        " compiled",
        hint="fit it with init=None or init='zero'",
    )


def _start(model: Any, n_classes: int, loss: str) -> FloatArray:
    """The first scores, as the link of the loss makes them of constant probabilities."""
    from scipy.special import logit
    from scipy.stats import gmean

    guess = _first_guess(model)
    if guess is None:
        return np.zeros(1 if n_classes == 2 else n_classes)
    proba = np.clip(_probabilities(model, guess, n_classes), _EPS, 1 - _EPS)
    if n_classes > 2:
        return np.asarray(np.log(proba / gmean(proba)))
    score = logit(proba[1:])
    return np.asarray(0.5 * score if loss == "exponential" else score)


@predictor("sklearn", "GradientBoostingClassifier")
def lower_boosted_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Scores; a sigmoid or softmax of them; the class is 1 from a score of zero on."""
    loss, n_classes = _loss(model), count(model, "n_classes_")
    if n_classes < 2:
        raise inconsistent(model, f"n_classes_ is {n_classes}")
    if loss == "exponential" and n_classes > 2:
        raise inconsistent(model, f"an exponential loss of {n_classes} classes")
    names = class_names(model, fitted_classes(model), n_classes)
    score = _sums(model, x, build, "score", _start(model, n_classes, loss))
    fields: dict[Field, Value] = {"score": score}
    if score.width == 1:
        fields["label"] = build.add(Positive, "label", score, zero=True)
        twice = score
        if loss == "exponential":
            double = Step(kind="mul", values=frozen(np.array([2.0])))
            twice = build.add(Elementwise, "twice", score, steps=(double,))
        fields["proba"] = build.add(Link, "proba", twice, kind="sigmoid")
    else:
        fields["label"] = build.add(Winner, "label", score, groups=(score.width,))
        fields["proba"] = build.add(Link, "proba", score, kind="softmax")
    return Prediction(fields=fields, class_names=(names,), label_types=label_types(model))


@predictor("sklearn", "GradientBoostingRegressor")
def lower_boosted_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A value."""
    _loss(model)
    guess, start = _first_guess(model), np.zeros(1)
    if guess is not None:
        start = reals(guess, "constant_").reshape(-1)
        if start.shape != (1,):
            raise inconsistent(model, "init_ has no constant of one value")
    return Prediction(fields={"value": _sums(model, x, build, "value", start)})
