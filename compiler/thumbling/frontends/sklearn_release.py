# SPDX-License-Identifier: MIT
"""What releases of scikit-learn do differently with the same fitted model.

Read in the sources of 1.3 to 1.9 and held by answers of those releases (`tests/releases`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import setting
from thumbling.frontends.release import Minor, installed, minor, trained_with
from thumbling.ir.source import SourceOp
from thumbling.ir.source.forest import Forest
from thumbling.ir.source.link import Link
from thumbling.ir.source.release import Difference, Release

_COUNTS_UNTIL: Minor = (1, 4)
_NEWTON_REST_UNTIL: Minor = (1, 6)
_SCHEMES_UNTIL: Minor = (1, 8)
_ROUNDS_SINCE: Minor = (1, 8)
_CENTRES_FIRST_UNTIL: Minor = (1, 5)
# What handled missing values before 1.9, without monotonic constraints.
_CRITERIA = ("gini", "log_loss", "entropy", "squared_error", "friedman_mse", "poisson")
_PCA = ("PCA", "IncrementalPCA")
# Sums of float64 weights, taken in two orders.
_SLACK = 1e-9


def rounds_constants(scaler: object) -> bool:
    """Whether a StandardScaler rounds mean and scale to the type of X before it uses them."""
    return minor(trained_with(scaler)) >= _ROUNDS_SINCE


def centres_first(decomposition: object) -> bool:
    """Whether a PCA takes the mean from its features, not from their projection."""
    return minor(trained_with(decomposition)) < _CENTRES_FIRST_UNTIL


def holds_counts(tree: Any) -> bool:
    """Whether the leaves of a fitted classification tree are weighted counts, not shares.

    Releases before 1.4 kept counts and divided them by their sum at every prediction. A file
    that a later release saved again names that one, and holds counts as before.
    """
    if minor(trained_with(tree)) < _COUNTS_UNTIL:
        return True
    sums = tree.tree_.value.sum(axis=2)
    weights = tree.tree_.__getstate__()["nodes"]["weighted_n_node_samples"][:, None]
    if (np.abs(sums - 1) <= _SLACK).all():
        return False
    return bool((np.abs(sums - weights) <= _SLACK * np.abs(weights)).all())


def takes_missing(model: Any) -> bool:
    """Whether trees or a forest answer rows with NaN in the release that trained them."""
    release = minor(trained_with(model))
    tree = getattr(model, "estimators_", [model])[0]
    found = (getattr(tree, name, None) for name in ("splitter", "criterion"))
    splitter, criterion = (word if isinstance(word, str) else None for word in found)
    if release < (1, 4) and tree is not model:
        return False
    if splitter == "random" and release < (1, 6):
        return False
    constrained = getattr(tree, "monotonic_cst", None) is not None
    return release >= (1, 9) or (criterion in _CRITERIA and not constrained)


def one_against_rest(model: Any) -> bool:
    """Whether a LogisticRegression of three or more classes has one sigmoid for each class."""
    if not _has_scheme(model):
        return False
    scheme, solver = setting(model, "multi_class"), setting(model, "solver")
    release = minor(trained_with(model))
    if (
        release >= _SCHEMES_UNTIL
        and solver == "newton-cholesky"
        and _rest(scheme, solver, (1, 3)) != _rest(scheme, solver, release)
    ):
        raise UnsupportedModelError(
            f"this {type(model).__name__}(solver='newton-cholesky') was trained by a release before"
            f" 1.8, {installed()} is installed: its probabilities depend on which release that was",
            hint="compile the file which that release saved, or fit and save the model again",
        )
    return _rest(scheme, solver, release)


def _is_logistic(model: Any) -> bool:
    return type(model).__name__.startswith("LogisticRegression")


def _has_scheme(model: Any) -> bool:
    return "multi_class" in vars(model)


def _rest(scheme: str, solver: str, release: Minor) -> bool:
    if scheme in ("ovr", "warn", "multinomial"):
        return scheme != "multinomial"
    return solver == "liblinear" or (solver == "newton-cholesky" and release < _NEWTON_REST_UNTIL)


class Part(Protocol):
    """An estimator, and the source ops that are its own."""

    model: Any
    ops: list[SourceOp]


def release_of(model: Any, row: Any, parts: Sequence[Part]) -> Release | None:
    """Which release the estimators in `model` are of; None where it is the installed one.

    What is in them must have been checked: the model is asked for a prediction of `row`, which it
    answers, if there is one.
    """
    trained = {_named(part) for part in parts}
    if trained == {installed()}:
        return None
    found = [difference for part in parts for difference in _differences(part)]
    found += [] if row is None else _breaks(model, row)
    names = sorted(trained, key=lambda name: (minor(name), name))
    return Release(trained=" and ".join(names), installed=installed(), differences=tuple(found))


def _counted(part: Part) -> bool:
    if not any(isinstance(op, Forest) and op.is_classifier for op in part.ops):
        return False
    members = getattr(part.model, "estimators_", [part.model])
    # Those of a bagging ensemble may be anything, and speak for themselves.
    return any(holds_counts(tree) for tree in members if hasattr(tree, "tree_"))


def _named(part: Part) -> str:
    """The release an estimator says, unless what it holds shows that it is an older one's."""
    model = part.model
    release = trained_with(model)
    if minor(release) >= _COUNTS_UNTIL and _counted(part):
        return "before 1.4"
    if minor(release) >= _SCHEMES_UNTIL and _is_logistic(model) and _has_scheme(model):
        return "before 1.8"
    return release


def _differences(part: Part) -> Iterator[Difference]:
    """Where the installed release answers otherwise than the one that trained the estimator."""
    model = part.model
    name, here = type(model).__name__, minor(installed())
    if name == "StandardScaler" and rounds_constants(model) != (here >= _ROUNDS_SINCE):
        what = "rounds" if here >= _ROUNDS_SINCE else "does not round"
        text = f"StandardScaler {what} mean and scale to float32 before it uses them on float32"
        yield Difference(text=text, float32=True)
    if name in _PCA and centres_first(model) != (here < _CENTRES_FIRST_UNTIL):
        when = "after" if here >= _CENTRES_FIRST_UNTIL else "before"
        yield Difference(text=f"{name} takes the mean off {when} it has projected")
    if here >= _COUNTS_UNTIL and _counted(part):
        yield Difference(text=f"{name} takes the weighted counts of its leaves for shares")
    if _is_logistic(model):
        for op in part.ops:
            if isinstance(op, Link):
                yield from _of_schemes(model, op.kind, here)


def _of_schemes(model: Any, link: str, here: Minor) -> Iterator[Difference]:
    name = type(model).__name__
    if here >= _SCHEMES_UNTIL and link == "ovr":
        yield Difference(text=f"{name} has softmax probabilities, not one sigmoid a class")
    if here < _SCHEMES_UNTIL and link != "sigmoid" and _has_scheme(model):
        rest = _rest(setting(model, "multi_class"), setting(model, "solver"), here)
        if rest != (link == "ovr"):
            yield Difference(text=f"{name} has {'ovr' if rest else 'softmax'} probabilities")


def _breaks(model: Any, row: Any) -> Iterator[Difference]:
    """Where the installed release looks for something that the other one does not keep."""
    for method in ("predict", "predict_proba", "decision_function"):
        if not hasattr(model, method):
            continue
        try:
            with warnings.catch_warnings(action="ignore"):
                getattr(model, method)(row)
        # What else than its release could be at fault has been checked.
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            words = str(error).strip().splitlines() or [type(error).__name__]
            yield Difference(text=f"{method} ends in an error there ({words[0][:120]})")
