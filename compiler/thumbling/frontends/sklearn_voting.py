# SPDX-License-Identifier: MIT
"""scikit-learn's voting ensembles: the mean of what members say, or the class most of them name."""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    GREATEST,
    attribute,
    class_names,
    fitted_classes,
    inconsistent,
    label_types,
    setting,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.members import (
    members_of,
    one_forest,
    proba_of,
    require_all_classes,
    require_regressor,
)
from thumbling.frontends.registry import predictor
from thumbling.ir.source import Field, Prediction, Value
from thumbling.ir.source.arrays import FloatArray, frozen
from thumbling.ir.source.mean import Mean
from thumbling.ir.source.tally import Tally
from thumbling.ir.source.winner import Winner

# Weights further apart are told apart by no float64 sum.
_LEAST_SUM = 1e-6


def _weights(model: Any, wanted: int) -> FloatArray | None:
    """The weights of the members that were not dropped; None where there are none."""
    given = getattr(model, "weights", None)
    if given is None:
        return None
    named = attribute(model, "estimators")
    pairs = isinstance(named, list | tuple) and all(
        isinstance(item, tuple | list) and len(item) == 2 for item in named
    )
    if not isinstance(given, list | tuple | np.ndarray) or not pairs or len(given) != len(named):
        raise inconsistent(model, "it has no weight for each of its estimators")
    dropped = [isinstance(item[1], str) and item[1] == "drop" for item in named]
    kept = [weight for weight, gone in zip(given, dropped, strict=True) if not gone]
    if not all(isinstance(weight, int | float | np.number) for weight in kept):
        raise inconsistent(model, "its weights are no numbers")
    weights = np.array(kept, dtype=np.float64)
    if weights.shape != (wanted,) or not (np.abs(weights) <= GREATEST).all():
        raise inconsistent(model, f"it has {len(weights)} weights for {wanted} members")
    if (weights < 0).any() or not weights.sum() > _LEAST_SUM * weights.max():
        raise UnsupportedModelError(
            f"the {type(model).__name__} has weights below zero, or only zeros",
            hint="fit it with weights that are positive",
        )
    return frozen(weights)


def _soft(model: Any, said: list[Prediction], x: Value, build: SourceBuilder) -> Value:
    values, weights = [proba_of(model, one) for one in said], _weights(model, len(said))
    places = (np.arange(values[0].width),) * len(values)
    if any(value.width != values[0].width for value in values):
        raise inconsistent(model, "its members know different numbers of classes")
    merged = one_forest(values, places, x, build, "proba") if weights is None else None
    if merged is not None:
        return merged
    size = values[0].width
    return build.add(
        Mean, "proba", *values, how="average", places=places, size=size, weights=weights
    )


@predictor("sklearn", "VotingClassifier")
def lower_voting_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Members know the classes by their numbers."""
    voting = setting(model, "voting")
    if voting not in ("soft", "hard"):
        raise inconsistent(model, f"voting is {voting[:40]!r}")
    said = [build.predict(member, x) for member in members_of(model)]
    classes = fitted_classes(model)
    encoded = getattr(attribute(model, "le_"), "classes_", None)
    if not isinstance(encoded, np.ndarray) or not np.array_equal(encoded, classes):
        raise inconsistent(model, "le_ knows other classes than classes_")
    names = class_names(model, classes, len(classes))
    for one in said:
        require_all_classes(model, one, len(names))
    fields: dict[Field, Value] = {}
    if voting == "soft":
        fields["proba"] = chosen = _soft(model, said, x, build)
    else:
        weights = _weights(model, len(said))
        chosen = build.add(
            Tally,
            "tally",
            *(one.fields["label"] for one in said),
            weights=np.ones(len(said)) if weights is None else weights,
            n_classes=len(names),
        )
    fields["label"] = build.add(Winner, "label", chosen, groups=(len(names),))
    return Prediction(fields=fields, class_names=(names,), label_types=label_types(model))


@predictor("sklearn", "VotingRegressor")
def lower_voting_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A mean of values."""
    said = [build.predict(member, x) for member in members_of(model)]
    for one in said:
        require_regressor(model, one)
        if one.fields["value"].width != 1 or one.matrix:
            raise inconsistent(model, "a member of it answers several values")
    value = build.add(
        Mean,
        "value",
        *(one.fields["value"] for one in said),
        how="transposed",
        places=(np.zeros(1, dtype=np.int64),) * len(said),
        size=1,
        weights=_weights(model, len(said)),
    )
    return Prediction(fields={"value": value})
