# SPDX-License-Identifier: MIT
"""scikit-learn's OneHotEncoder and OrdinalEncoder on numeric codes.

`_BaseEncoder._transform` looks a number up among `categories_` (NaN is the last of them), and
`_map_infrequent_categories` joins those that were rare (sklearn/preprocessing/_encoders.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute, flag, inconsistent, setting
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.piecewise_codes import (
    add_codes,
    anywhere,
    on_points,
    only_at,
    result_type,
    steps,
)
from thumbling.frontends.registry import transformer
from thumbling.ir.source import Value
from thumbling.ir.source.arrays import FloatArray, IntArray, frozen
from thumbling.ir.source.piecewise import Points

_MAX_CATEGORIES = 4096
_EXACT = 2.0**53
_UNKNOWN = -1
_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Column:
    """The categories of one feature: numbers `at`, whether NaN is one more, and the code of each.

    Codes have rare categories joined. `unknown` is the code of any other number; None where such a
    row is refused, `_UNKNOWN` where it has no code.
    """

    at: FloatArray
    nan: bool
    codes: IntArray
    nan_code: int
    unknown: int | None

    @property
    def points(self) -> Points:
        """Where codes change, and what is refused."""
        if self.unknown is None:
            return only_at(self.at, nan_known=self.nan)
        return anywhere(self.at, nan_known=True)

    @property
    def n_codes(self) -> int:
        """How many codes there are."""
        return max(int(self.codes.max(initial=-1)), self.nan_code) + 1


def _categories(model: Any, width: int) -> list[FloatArray]:
    categories = attribute(model, "categories_")
    if not isinstance(categories, list | tuple) or len(categories) != width:
        raise inconsistent(model, f"categories_ are not those of {width} features")
    return [_numbers(model, each) for each in categories]


def _numbers(model: Any, given: object) -> FloatArray:
    """The categories of a feature as float64, NaN last."""
    if not isinstance(given, np.ndarray) or given.ndim != 1 or not len(given):
        raise inconsistent(model, "categories_ holds something else than arrays")
    if given.dtype.kind not in "fiu":
        raise UnsupportedModelError(
            f"the {type(model).__name__} encodes categories of type {given.dtype}, and the chip is"
            " given numbers",
            hint="fit it on numeric codes of the categories, as an array of numbers",
        )
    if len(given) > _MAX_CATEGORIES:
        raise UnsupportedModelError(
            f"the {type(model).__name__} knows {len(given)} categories of one feature, at most"
            f" {_MAX_CATEGORIES} are supported",
            hint="join rare ones with max_categories",
        )
    numbers: FloatArray = given.astype(np.float64)
    known = numbers[:-1] if np.isnan(numbers[-1]) else numbers
    if not (np.abs(known) <= _EXACT).all() or (np.diff(known) <= 0).any():
        raise inconsistent(model, "the categories of a feature do not rise, or are beyond 2**53")
    return numbers


def _mapping(model: Any, column: int, n: int) -> IntArray | None:
    """The code of each of n categories after rare ones were joined; None where none was."""
    if not getattr(model, "_infrequent_enabled", False):
        return None
    mappings = attribute(model, "_default_to_infrequent_mappings")
    found = mappings[column] if isinstance(mappings, list) and column < len(mappings) else 0
    if found is None:
        return None
    if (
        not isinstance(found, np.ndarray)
        or found.dtype.kind != "i"
        or found.shape != (n,)
        or not set(found.tolist()) == set(range(int(found.max()) + 1))
    ):
        raise inconsistent(model, "its infrequent categories do not fit its categories")
    return found.astype(np.int64)


def _columns(model: Any, width: int, *, keeps_nan: bool, rare: tuple[str, ...]) -> list[_Column]:
    """All features. An encoder that `keeps_nan` never joins NaN with rare categories; for settings
    `rare` of handle_unknown, unknown numbers are rare ones."""
    unknown, found = setting(model, "handle_unknown"), []
    for index, numbers in enumerate(_categories(model, width)):
        nan = bool(np.isnan(numbers[-1]))
        at = numbers[:-1] if nan else numbers
        mapping = _mapping(model, index, len(at) if nan and keeps_nan else len(numbers))
        codes = np.arange(len(numbers)) if mapping is None else mapping
        nan_code = int(codes[-1]) if nan and len(codes) == len(numbers) else len(numbers) - 1
        other: int | None = None if unknown == "error" else _UNKNOWN
        if mapping is not None and unknown in rare:
            other = int(mapping.max())
        found.append(
            _Column(
                at=frozen(at),
                nan=nan,
                codes=frozen(codes[: len(at)].astype(np.int64)),
                nan_code=nan_code if nan else _UNKNOWN if other is None else other,
                unknown=other,
            )
        )
    return found


@transformer("sklearn", "OneHotEncoder")
def lower_one_hot(model: Any, x: Value, build: SourceBuilder) -> Value:
    """A column for each code: 1 where it is that of the number."""
    known = ("error", "ignore", "infrequent_if_exist", "warn")
    if setting(model, "handle_unknown") not in known:
        raise inconsistent(model, f"handle_unknown is none of {', '.join(known)}")
    columns = _columns(model, x.width, keeps_nan=False, rare=("infrequent_if_exist", "warn"))
    codes = []
    for index, column in enumerate(columns):
        dropped = _dropped(model, index, column.n_codes, x.width)
        for code in range(column.n_codes):
            if code == dropped:
                continue
            at = (column.codes == code).astype(np.float64)
            value = on_points(column.points, at, float(column.unknown == code))
            codes.append((index, value, float(column.nan_code == code)))
    if not codes:
        raise UnsupportedModelError(
            "the OneHotEncoder drops the only category of every feature, so nothing is left",
            hint="leave constant features out",
        )
    points = [column.points for column in columns]
    made = add_codes(model, x, build, codes, points, result_type(model, model.dtype))
    return replace(made, sparse=flag(model, "sparse_output"))


def _dropped(model: Any, column: int, n_codes: int, width: int) -> int | None:
    """The code that has no column of its own."""
    dropped = getattr(model, "_drop_idx_after_grouping", None)
    if dropped is None:
        return None
    if not isinstance(dropped, np.ndarray) or dropped.shape != (width,):
        raise inconsistent(model, f"it drops categories of other than {width} features")
    index = dropped.tolist()[column]
    if index is not None and not (isinstance(index, int | np.integer) and 0 <= index < n_codes):
        raise inconsistent(model, "it drops a category that it does not know")
    return None if index is None else int(index)


@transformer("sklearn", "OrdinalEncoder")
def lower_ordinal(model: Any, x: Value, build: SourceBuilder) -> Value:
    """The code of the number; that of a missing or unknown one may be set apart."""
    if setting(model, "handle_unknown") not in ("error", "use_encoded_value"):
        raise inconsistent(model, "handle_unknown is neither error nor use_encoded_value")
    unknown = _setting_number(model, "unknown_value")
    missing = _setting_number(model, "encoded_missing_value")
    codes, columns = [], _columns(model, x.width, keeps_nan=True, rare=())
    for index, column in enumerate(columns):
        at = column.codes.astype(np.float64)
        nan = missing if column.nan else unknown
        if column.unknown is None:
            # What the source refuses is given the code below it, so that order is kept.
            value = _rising(column.points, at)
            codes.append((index, value, nan if column.nan else _NAN))
        else:
            codes.append((index, on_points(column.points, at, unknown), nan))
    points = [column.points for column in columns]
    return add_codes(model, x, build, codes, points, result_type(model, model.dtype))


def _rising(points: Points, at: FloatArray) -> FloatArray:
    return steps(points, np.concatenate([at[:1], at])) if len(at) else frozen(np.zeros(1))


def _setting_number(model: Any, name: str) -> float:
    """A setting that is a number or NaN; None is NaN, which nobody asks for then."""
    value = getattr(model, name, None)
    if value is None:
        return _NAN
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise inconsistent(model, f"{name} is no number")
    if not (np.isnan(value) or abs(float(value)) <= _EXACT):
        raise inconsistent(model, f"{name} is {float(value):g}")
    return float(value)
