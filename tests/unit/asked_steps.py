# SPDX-License-Identifier: MIT
"""Transformers asked row by row: what scikit-learn makes of each, and which it refuses."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from tests.unit.source_graphs import step_source

Rows = npt.NDArray[Any]


def transform(step: Any, rows: Rows) -> Rows:
    """What a fitted transformer answers, as an array."""
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        found = step.transform(rows)
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found)


def accepted(step: Any, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which rows it does not refuse."""
    found = np.ones(len(rows), dtype=np.bool_)
    for index in range(len(rows)):
        try:
            transform(step, rows[index : index + 1])
        except ValueError:
            found[index] = False
    return found


def same_as_sklearn(step: Any, rows: Rows) -> int:
    """Hold the source graph of a step against scikit-learn: rows taken, values, types.

    Returns how many rows were taken.
    """
    source = step_source(step)
    name = source.prediction.fields["value"].name
    good = accepted(step, rows)
    assert (source.accepts(rows, name) == good).all()
    if good.any():
        wanted, found = transform(step, rows[good]), source.value(name, rows[good])
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
    return int(good.sum())


def beside(points: Any, dtype: Any) -> Rows:
    """Points, the numbers one step beside each, zeros of both signs and infinities; one column.

    Of integers, the numbers around the points that the type holds.
    """
    kind = np.dtype(dtype)
    exact = np.asarray(points, dtype=np.float64)
    if kind.kind == "f":
        near = exact.astype(kind)
        ends = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30], dtype=kind)
        up, down = np.nextafter(near, kind.type(np.inf)), np.nextafter(near, kind.type(-np.inf))
        return np.concatenate([near, up, down, ends])[:, np.newaxis]
    info = np.iinfo(kind)
    around = np.concatenate([np.floor(exact) + k for k in (-1, 0, 1, 2)] + [[info.min, info.max]])
    return np.unique(np.clip(around, info.min, info.max)).astype(kind)[:, np.newaxis]
