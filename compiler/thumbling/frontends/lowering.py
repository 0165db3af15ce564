# SPDX-License-Identifier: MIT
"""A whole estimator to its source graph."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import count, feature_names
from thumbling.frontends.builder import Lowered, SourceBuilder
from thumbling.frontends.drawing import mark
from thumbling.frontends.frames import frame_of
from thumbling.frontends.naming import needed_ops, with_plain_names
from thumbling.frontends.registry import lowering_of, qualified_name
from thumbling.frontends.sklearn_columns import first_member
from thumbling.frontends.sklearn_pipeline import first_step, last_step, pipeline_steps
from thumbling.frontends.sklearn_release import release_of
from thumbling.ir.source import INPUT, SourceGraph
from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.piecewise import Piecewise

_CONTAINER = "Pipeline"


@np.errstate(all="ignore")
def lower(model: Any) -> SourceGraph:
    """The source graph of an estimator or pipeline.

    Raises UnsupportedModelError for a class or step that cannot be compiled, or an unfitted one,
    ModelError for one whose parts do not fit together.
    """
    # A class that nobody lowers is said to be one before anything is looked up in it.
    lowering_of(model, "model")
    first = first_member(first_step(model))
    if qualified_name(model)[1] == _CONTAINER:
        _require_model(model)
    n_features = count(first, "n_features_in_")
    build = SourceBuilder(n_features=n_features)
    prediction = build.predict(model, build.input)
    parts = [part for part in build.lowered if type(part.model).__name__ != _CONTAINER]
    package = qualified_name(parts[-1].model)[0]
    needed = needed_ops(build.ops, prediction)
    ops, prediction = with_plain_names(needed, prediction)
    names = getattr(first, "feature_names_in_", ()) if build.by_name else ()
    source = SourceGraph(
        source=f"{package}.{_said(build.lowered[0])}",
        n_features=n_features,
        feature_names=feature_names(first, n_features),
        ops=ops,
        prediction=prediction,
        frame=tuple(map(str, names)),
    )
    row = _accepted_row(source)
    asked = None if row is None else frame_of(row, source.frame)
    return replace(source, release=release_of(model, asked, parts))


def _require_model(pipeline: Any) -> None:
    """Raise UnsupportedModelError unless a pipeline ends in a model."""
    path, last = [pipeline], last_step(pipeline)
    while path[-1] is not last and qualified_name(path[-1])[1] == _CONTAINER:
        path.append(pipeline_steps(path[-1])[-1][1])
    try:
        lowering_of(last, "model")
    except UnsupportedModelError as error:
        mark(error, path if path[-1] is last else [*path, last])
        raise


def _accepted_row(source: SourceGraph) -> Rows | None:
    """A real row that the source answers, of shape (1, n_features); None where none is found.

    It is zero where anything goes, and elsewhere the first code that is known.
    """
    row = np.zeros((1, source.n_features))
    for op in source.ops:
        if isinstance(op, Piecewise):
            for column, points in enumerate(op.points):
                base, at, _ = source.base(op.inputs[0], column)
                if base == INPUT and len(points.at) and not points.known.all():
                    row[0, at] = points.at[0]
    names = [value.name for value in source.prediction.fields.values()]
    return row if source.accepts(row, *names).all() else None


def _said(part: Lowered) -> str:
    """An estimator in words: steps joined by ` > `, others with what is inside."""
    name, inner = type(part.model).__name__, [_said(inside) for inside in part.inner]
    if name == _CONTAINER:
        return " > ".join(inner)
    alike = [(said, len(list(group))) for said, group in groupby(inner)]
    members = [said if n == 1 else f"{n} x {said}" for said, n in alike]
    return f"{name}({', '.join(members)})" if members else name
