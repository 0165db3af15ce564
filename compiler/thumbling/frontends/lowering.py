# SPDX-License-Identifier: MIT
"""A whole estimator to its source graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.frontends.attributes import count, feature_names
from thumbling.frontends.builder import SourceBuilder
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
    chain = [type(part.model).__name__ for part in parts]
    return SourceGraph(
        source=f"{package}." + " > ".join(chain),
        n_features=n_features,
        feature_names=feature_names(first, n_features),
        ops=tuple(build.ops),
        prediction=prediction,
        release=release_of(model, n_features, parts),
    )
