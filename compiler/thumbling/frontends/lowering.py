# SPDX-License-Identifier: MIT
"""A whole estimator to its source graph."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from thumbling.frontends.attributes import count, feature_names
from thumbling.frontends.builder import Lowered, SourceBuilder
from thumbling.frontends.naming import needed_ops, with_plain_names
from thumbling.frontends.registry import lowering_of, qualified_name
from thumbling.frontends.sklearn_pipeline import first_step, last_step
from thumbling.frontends.sklearn_release import release_of
from thumbling.ir.source import SourceGraph

_CONTAINER = "Pipeline"


@np.errstate(all="ignore")
def lower(model: Any) -> SourceGraph:
    """The source graph of an estimator or pipeline.

    Raises UnsupportedModelError for a class or step that cannot be compiled, or an unfitted one,
    ModelError for one whose parts do not fit together.
    """
    # A class that nobody lowers is said to be one before anything is looked up in it.
    lowering_of(model, "model")
    first = first_step(model)
    if qualified_name(model)[1] == _CONTAINER:
        lowering_of(last_step(model), "model")
    n_features = count(first, "n_features_in_")
    build = SourceBuilder(n_features=n_features)
    prediction = build.predict(model, build.input)
    parts = [part for part in build.lowered if type(part.model).__name__ != _CONTAINER]
    package = qualified_name(parts[-1].model)[0]
    needed = needed_ops(build.ops, prediction)
    ops, prediction = with_plain_names(needed, prediction)
    return SourceGraph(
        source=f"{package}.{_said(build.lowered[0])}",
        n_features=n_features,
        feature_names=feature_names(first, n_features),
        ops=ops,
        prediction=prediction,
        release=release_of(model, n_features, parts),
    )


def _said(part: Lowered) -> str:
    """An estimator in words: steps joined by ` > `, others with what is inside."""
    name, inner = type(part.model).__name__, [_said(inside) for inside in part.inner]
    if name == _CONTAINER:
        return " > ".join(inner)
    alike = [(said, len(list(group))) for said, group in groupby(inner)]
    members = [said if n == 1 else f"{n} x {said}" for said, n in alike]
    return f"{name}({', '.join(members)})" if members else name
