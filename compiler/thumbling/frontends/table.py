# SPDX-License-Identifier: MIT
"""Tables with named columns: which of them are features, which the target."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.frontends.cell_numbers import NumberReader, typed
from thumbling.frontends.unpack import MAX_UNPACKED_BYTES, TooLargeError

TARGET_NAMES = frozenset({"target", "label", "y", "class"})
_Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """`X` of shape (rows, features), the target or None, and all other columns by name."""

    X: _Array
    y: _Array | None
    columns: dict[str, _Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Indices of the feature columns in the model's order, and of the target column."""

    features: tuple[int, ...]
    target: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the model takes from the file `name`; `target` is the column the user named, if any."""

    name: str
    feature_names: tuple[str, ...]
    target: str | None

    @property
    def n_features(self) -> int:
        """Columns the model takes."""
        return len(self.feature_names)

    def width_error(self, given: int) -> DataError:
        """For a table of `given` columns that cannot be taken by position."""
        return DataError(
            f"{self.name} has {given} columns, the model takes {self.n_features} features",
            hint="one column per feature, in the model's order or with its names in a header",
        )

    def choose(self, header: Sequence[str] | None, width: int) -> Choice:
        """The columns to take, by name where the file has names and the model knows them.

        Raises `DataError` where a feature or the target is missing or there twice.
        """
        if header is None:
            if width != self.n_features:
                raise self.width_error(width)
            return Choice(features=tuple(range(width)), target=None)
        target = self._target(header)
        features = self._by_name(header)
        if features is None:
            features = self._by_position(header, target)
        if self.target is not None and (target is None or target in features):
            raise self.no_target([c for i, c in enumerate(header) if c and i not in features])
        return Choice(features=features, target=None if target in features else target)

    def no_target(self, known: Sequence[str]) -> DataError:
        """For a target that is no column beside the features; `known` are those there."""
        return DataError(
            f"{self.name} has no column {self.target!r} beside the features",
            hint=f"name one of its other columns: {', '.join(known) or 'it has none'}",
        )

    def _target(self, header: Sequence[str]) -> int | None:
        if self.target is not None:
            found = [i for i, cell in enumerate(header) if cell == self.target]
            if len(found) > 1:
                raise self._twice(self.target)
            return found[0] if found else None
        found = [i for i, cell in enumerate(header) if cell.lower() in TARGET_NAMES]
        return found[0] if len(found) == 1 and len(header) > self.n_features else None

    def _by_name(self, header: Sequence[str]) -> tuple[int, ...] | None:
        """None where the columns are to be taken by position."""
        # Names differ in case and blanks between tools; that is no reason to go by position.
        exact = set(self.feature_names) <= set(header)
        known = list(header) if exact else [_plain(cell) for cell in header]
        wanted = list(self.feature_names) if exact else [_plain(f) for f in self.feature_names]
        pairs = list(zip(self.feature_names, wanted, strict=True))
        missing = [f for f, w in pairs if w not in known]
        if twice := [f for f, w in pairs if known.count(w) > 1]:
            raise self._twice(twice[0])
        if not missing:
            return tuple(known.index(w) for w in wanted)
        nameless = list(self.feature_names) == [f"x{i}" for i in range(self.n_features)]
        if len(missing) < self.n_features or not (nameless or is_numbered(header)):
            raise DataError(
                f"{self.name} has no column {missing[0]!r}"
                + (f" (and {len(missing) - 1} more are missing)" if len(missing) > 1 else ""),
                hint="name the columns as in training, or leave the header out to go by position",
            )
        return None

    def _by_position(self, header: Sequence[str], target: int | None) -> tuple[int, ...]:
        rest = [i for i, cell in enumerate(header) if i != target and not is_index(cell, i)]
        if len(rest) == self.n_features:
            return tuple(rest)
        if len(header) != self.n_features or (self.target is not None and target is not None):
            raise self.width_error(len(header))
        return tuple(range(len(header)))

    def _twice(self, column: str) -> DataError:
        return DataError(f"{self.name} has two columns {column!r}", hint="remove one of them")


def is_index(cell: str, position: int) -> bool:
    """Whether a column of this name is the index that pandas wrote beside the data."""
    first = position == 0 and cell in ("Unnamed: 0", "index")
    return first or cell == "" or re.fullmatch(r"__index_level_\d+__", cell) is not None


def is_numbered(header: Sequence[str]) -> bool:
    """Whether this is the header pandas writes for columns without names, with index or not."""
    names = list(header[1:] if header[0] == "" else header)
    return names == [str(i) for i in range(len(names))] != []


def column_name(header: Sequence[str] | None, i: int) -> str:
    """What errors call column `i`, counted from 0."""
    return f"column {i + 1}" + (f" ({header[i]})" if header and header[i] else "")


def table_of(
    wanted: Wanted,
    header: Sequence[str] | None,
    columns: Sequence[_Array],
    rows: Sequence[int],
) -> Table:
    """A table from whole columns: numbers as they are, arrays of objects cell by cell.

    `rows` are the rows' numbers as errors name them. Raises `DataError`.
    """
    choice = wanted.choose(header, len(columns))
    reader = NumberReader(wanted.name)
    numbers = []
    for i in choice.features:
        cells = columns[i]
        if cells.dtype.kind not in "fiub":
            cells = reader.column(cells.tolist(), rows, column_name(header, i))
        numbers.append(cells)
    reader.finish()
    shape, dtype = (len(rows), len(numbers)), real_type(numbers)
    require_room(shape, dtype)
    x = np.empty(shape, dtype=dtype)
    for j, column in enumerate(numbers):
        x[:, j] = column
    others = {
        key: typed(columns[i], wanted.name)
        for i, key in enumerate(header or ())
        if i not in choice.features and key
    }
    target = None if choice.target is None or header is None else header[choice.target]
    return Table(X=x, y=None if target is None else others[target], columns=others)


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().casefold()


def real_type(arrays: Sequence[_Array]) -> np.dtype[Any]:
    """The type of rows from these arrays: float32 where none has more than that, else float64."""
    narrow = all(a.dtype.kind == "f" and a.dtype.itemsize <= 4 for a in arrays)
    return np.dtype(np.float32 if narrow else np.float64)


def require_room(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise `TooLargeError` where an array takes more memory than any file may."""
    if math.prod(shape) * dtype.itemsize > MAX_UNPACKED_BYTES:
        raise TooLargeError
