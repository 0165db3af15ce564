# SPDX-License-Identifier: MIT
"""scikit-learn's SimpleImputer and MissingIndicator, where NaN stands for what is missing.

`SimpleImputer.transform` replaces NaN by `statistics_`, cast to the type it was fitted on and then
to that of the array; columns whose statistic is NaN are left out. Indicators follow, where asked.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import GREATEST, attribute, flag, inconsistent, setting
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.piecewise_codes import add_codes, anywhere
from thumbling.frontends.registry import transformer
from thumbling.ir.source import Value
from thumbling.ir.source.arrays import FloatArray, IntArray, frozen
from thumbling.ir.source.concat import Concat
from thumbling.ir.source.fill import Fill
from thumbling.ir.source.piecewise import Points
from thumbling.ir.source.select import Select


@transformer("sklearn", "SimpleImputer")
def lower_imputer(model: Any, x: Value, build: SourceBuilder) -> Value:
    """NaN replaced, and a column of its own for each that had NaN in training where asked."""
    _require_nan(model, x)
    values = _statistics(model, x.width)
    kept = np.flatnonzero(~np.isnan(values))
    if not len(kept):
        raise UnsupportedModelError(
            "the SimpleImputer leaves out every feature: none had a number in training",
            hint="set keep_empty_features, or leave these features out",
        )
    filled = x
    if len(kept) < x.width:
        filled = build.add(Select, "kept", x, columns=kept.astype(np.int64), refuses="infinity")
    strategy = getattr(model, "strategy", None)
    filled = build.add(
        Fill,
        "filled",
        filled,
        values=frozen(values[kept]),
        floats=strategy in ("mean", "median"),
        fitted=_fitted_type(model) if strategy == "constant" else "",
    )
    if not flag(model, "add_indicator"):
        return filled
    indicator = attribute(model, "indicator_")
    columns = _indicated(indicator, x.width)
    if not len(columns):
        return filled
    return build.add(Concat, "joined", filled, _flags(model, columns, [True] * x.width, x, build))


@transformer("sklearn", "MissingIndicator")
def lower_indicator(model: Any, x: Value, build: SourceBuilder) -> Value:
    """Whether a number is missing: of all columns, or of those that lacked some in training."""
    _require_nan(model, x)
    columns = _indicated(model, x.width)
    if not len(columns):
        raise UnsupportedModelError(
            "the MissingIndicator has no columns: nothing was missing in training",
            hint="set features to 'all', or leave it out",
        )
    strict = setting(model, "features") == "missing-only" and flag(model, "error_on_new")
    known = [not strict or column in columns for column in range(x.width)]
    return _flags(model, columns, known, x, build)


def _require_nan(model: Any, x: Value) -> None:
    missing = getattr(model, "missing_values", None)
    if not (isinstance(missing, float | np.floating) and math.isnan(missing)):
        raise UnsupportedModelError(
            f"the {type(model).__name__} takes {missing!r:.40} for missing, only NaN is supported",
            hint="fit it with NaN for what is missing, and hand NaN to the chip",
        )
    if x.sparse:
        raise UnsupportedModelError(
            f"a {type(model).__name__} of a sparse matrix is not supported",
            hint="make the step before it answer arrays, by sparse_output or sparse_threshold",
        )


def _statistics(model: Any, width: int) -> FloatArray:
    """What stands for NaN, one for each feature; NaN where that is left out."""
    given = attribute(model, "statistics_")
    if not isinstance(given, np.ndarray) or given.shape != (width,):
        raise inconsistent(model, f"statistics_ is not one number for each of {width} features")
    if given.dtype.kind == "O" and all(
        isinstance(item, int | float | np.number) for item in given.tolist()
    ):
        given = given.astype(np.float64)
    if given.dtype.kind not in "fiu":
        raise UnsupportedModelError(
            f"the SimpleImputer fills in values of type {given.dtype}, and the chip computes with"
            " numbers",
            hint="fit it on an array of numbers",
        )
    kept = _fitted_type(model) or given.dtype
    missing = np.isnan(given.astype(np.float64))
    values: npt.NDArray[Any] = np.where(missing, 0, given).astype(kept).astype(np.float64)
    if not (np.abs(values) <= GREATEST).all():
        raise inconsistent(model, f"statistics_ holds numbers beyond {GREATEST:g}")
    if flag(model, "keep_empty_features") and missing.any():
        raise inconsistent(model, "statistics_ holds NaN for features that are kept")
    return np.where(missing, np.nan, values)


def _fitted_type(model: Any) -> str:
    """The type of the array it was fitted on; empty where its release does not keep that."""
    kept = getattr(model, "_fill_dtype", None)
    if kept is None:
        return ""
    if not isinstance(kept, np.dtype) or kept.kind not in "fiu":
        raise inconsistent(model, "it was fitted on something else than numbers")
    return str(kept.name)


def _indicated(indicator: Any, width: int) -> IntArray:
    """The columns that an indicator is of."""
    if setting(indicator, "features") == "all":
        return np.arange(width)
    columns = attribute(indicator, "features_")
    ok = isinstance(columns, np.ndarray) and columns.dtype.kind == "i" and columns.ndim == 1
    if not ok or not set(columns.tolist()) <= set(range(width)):
        raise inconsistent(indicator, f"features_ are not some of its {width} columns")
    return np.asarray(columns, dtype=np.int64)


def _flags(
    model: Any, columns: IntArray, nan_known: list[bool], x: Value, build: SourceBuilder
) -> Value:
    points: list[Points] = [anywhere(np.zeros(0), nan_known=known) for known in nan_known]
    codes = [(column, frozen(np.zeros(1)), 1.0) for column in columns.tolist()]
    return add_codes(model, x, build, codes, points, "bool")
