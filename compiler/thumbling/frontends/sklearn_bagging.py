# SPDX-License-Identifier: MIT
"""scikit-learn's bagging: the mean of members, each of which reads columns of its own.

Members without probabilities vote (sklearn/ensemble/_bagging.py, `_parallel_predict_proba`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.frontends.attributes import (
    attribute,
    class_names,
    count,
    fitted_classes,
    inconsistent,
    label_types,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.members import (
    encoded_classes,
    members_of,
    one_forest,
    proba_of,
    refuse_uncompiled,
    require_all_classes,
    require_regressor,
)
from thumbling.frontends.registry import predictor
from thumbling.ir.source import Field, Prediction, Value
from thumbling.ir.source.arrays import frozen
from thumbling.ir.source.mean import Mean
from thumbling.ir.source.select import Select
from thumbling.ir.source.tally import Tally
from thumbling.ir.source.winner import Winner


def _reads(model: Any, columns: Any, x: Value, build: SourceBuilder) -> Value:
    """The columns that a member is given."""
    known = isinstance(columns, np.ndarray) and columns.ndim == 1
    if not known or columns.dtype.kind not in "iu":
        raise inconsistent(model, "estimators_features_ holds something else than indices")
    if np.array_equal(columns, np.arange(x.width)):
        return x
    return build.add(Select, "picked", x, columns=frozen(columns.astype(np.int64)))


def _said(model: Any, x: Value, build: SourceBuilder) -> list[Prediction]:
    members, columns = members_of(model), attribute(model, "estimators_features_")
    if not isinstance(columns, list) or len(columns) != len(members):
        raise inconsistent(model, "estimators_features_ is no list with an entry a member")
    if count(model, "n_estimators") != len(members):
        raise inconsistent(model, f"n_estimators is not {len(members)}, which it holds")
    pairs = zip(members, columns, strict=True)
    return [build.predict(member, _reads(model, own, x, build)) for member, own in pairs]


def _shares(
    model: Any, said: list[Prediction], n_classes: int, x: Value, build: SourceBuilder
) -> Value:
    for one in said:
        refuse_uncompiled(model, one)
    if not any("proba" in one.fields for one in said):
        for one in said:
            require_all_classes(model, one, n_classes)
        return build.add(
            Tally,
            "proba",
            *(one.fields["label"] for one in said),
            weights=np.ones(len(said)),
            n_classes=n_classes,
            divisor=len(said),
        )
    values = [proba_of(model, one) for one in said]
    places = tuple(encoded_classes(model, one, n_classes) for one in said)
    merged = one_forest(values, places, x, build, "proba")
    if merged is not None and merged.width == n_classes:
        return merged
    return build.add(Mean, "proba", *values, how="zeros", places=places, size=n_classes)


@predictor("sklearn", "BaggingClassifier")
def lower_bagging_classifier(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Members know the classes by their numbers, and some of them perhaps."""
    n_classes = count(model, "n_classes_")
    names = class_names(model, fitted_classes(model), n_classes)
    said = _said(model, x, build)
    proba = _shares(model, said, n_classes, x, build)
    label = build.add(Winner, "label", proba, groups=(n_classes,))
    fields: dict[Field, Value] = {"label": label, "proba": proba}
    scores = [one.fields["score"] for one in said if "score" in one.fields]
    if len(scores) == len(said):
        places, size = (np.arange(scores[0].width),) * len(scores), scores[0].width
        fields["score"] = build.add(Mean, "score", *scores, how="sum", places=places, size=size)
    return Prediction(
        fields=fields,
        class_names=(names,),
        label_types=label_types(model),
    )


@predictor("sklearn", "BaggingRegressor")
def lower_bagging_regressor(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """A mean of values."""
    said = _said(model, x, build)
    for one in said:
        require_regressor(model, one)
    values = [one.fields["value"] for one in said]
    merged = one_forest(values, None, x, build, "value")
    if merged is None:
        places = (np.arange(values[0].width),) * len(values)
        merged = build.add(Mean, "value", *values, how="sum", places=places, size=values[0].width)
    return Prediction(fields={"value": merged}, matrix=said[0].matrix)
