# SPDX-License-Identifier: MIT
"""scikit-learn's Binarizer and KBinsDiscretizer: numbers to the bin they lie in.

`binarize` compares `X > threshold`; `KBinsDiscretizer.transform` counts the inner edges that are
not above a number (`np.searchsorted(edges[1:-1], x, side="right")`), in float32 or float64.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import GREATEST, attribute, counts, inconsistent, setting
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.piecewise_codes import add_codes, anywhere, result_type, steps
from thumbling.frontends.registry import transformer
from thumbling.ir.source import Value
from thumbling.ir.source.arrays import FloatArray, frozen
from thumbling.ir.source.piecewise import Points

_ENCODE = ("ordinal", "onehot", "onehot-dense")


@transformer("sklearn", "Binarizer")
def lower_binarizer(model: Any, x: Value, build: SourceBuilder) -> Value:
    """1 above the threshold, else 0, in the type of the features."""
    given = attribute(model, "threshold")
    if not isinstance(given, int | float | np.number) or not abs(float(given)) <= GREATEST:
        raise inconsistent(model, "threshold is no number")
    points = anywhere(np.array([float(given)]), nan_known=False)
    # The threshold itself is still below.
    value = frozen(np.array([0.0, 0.0, 1.0]))
    codes = [(column, value, np.nan) for column in range(x.width)]
    # NumPy rounds a plain number to the type of the array that it meets.
    plain = type(given) in (int, float)
    made = add_codes(model, x, build, codes, [points] * x.width, "same", cast=plain)
    return replace(made, sparse=x.sparse)


@transformer("sklearn", "KBinsDiscretizer")
def lower_bins(model: Any, x: Value, build: SourceBuilder) -> Value:
    """The number of the bin, or one column for each bin of each feature."""
    encode = setting(model, "encode")
    if encode not in _ENCODE:
        raise inconsistent(model, f"encode is {encode!r:.40}")
    given = getattr(model, "dtype", None)
    reads = "" if given is None else result_type(model, given)
    if reads not in ("", "float32", "float64"):
        raise inconsistent(model, f"dtype is {reads}, expected float32 or float64")
    edges = _inner_edges(model, x.width)
    points = [anywhere(np.unique(inner), nan_known=False) for inner in edges]
    codes = []
    for column, inner in enumerate(edges):
        bins = _bins(points[column], inner)
        if encode == "ordinal":
            codes.append((column, bins, np.nan))
            continue
        for k in range(len(inner) + 1):
            codes.append((column, frozen((bins == k).astype(np.float64)), np.nan))
    made = add_codes(model, x, build, codes, points, "float", reads=reads or "real")
    return replace(made, sparse=encode == "onehot")


def _bins(points: Points, inner: FloatArray) -> FloatArray:
    """How many edges each place has passed."""
    passed = np.searchsorted(inner, points.at, side="right")
    return steps(points, np.concatenate([[0], passed]).astype(np.float64))


def _inner_edges(model: Any, width: int) -> list[FloatArray]:
    """The edges between bins, feature by feature."""
    bins = counts(model, "n_bins_")
    edges = attribute(model, "bin_edges_")
    if not isinstance(edges, np.ndarray | list) or not len(edges) == len(bins) == width:
        raise inconsistent(model, f"bin_edges_ are not those of {width} features")
    found = []
    for each, count in zip(edges, bins, strict=True):
        if not isinstance(each, np.ndarray) or each.dtype.kind != "f" or each.ndim != 1:
            raise inconsistent(model, "bin_edges_ holds something else than arrays of numbers")
        inner = each[1:-1].astype(np.float64)
        if len(inner) + 1 != count or not (np.abs(inner) <= GREATEST).all():
            raise inconsistent(model, f"a feature of {count} bins has edges that do not fit")
        if (np.diff(inner) < 0).any():
            raise UnsupportedModelError(
                "the bin edges of a KBinsDiscretizer do not rise", hint="fit it again"
            )
        found.append(inner)
    return found
