# SPDX-License-Identifier: MIT
"""The truth beside the rows: what the model should have said, and how often who does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.fidelity.record import Confusion, Pair
from thumbling.fidelity.source import class_groups
from thumbling.ir.source import SourceGraph

Rows = npt.NDArray[Any]
_NOT_THERE = frozenset({"nan", "<NA>", "NaT"})
"""How NumPy and pandas print a value that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """True class indices or true values of shape (n, outputs); rows without are not `known`."""

    values: Rows
    known: npt.NDArray[np.bool_]


def read_truth(estimator: Any, source: SourceGraph, given: Rows, n_rows: int) -> Truth:
    """The truth for `n_rows` rows from a column of labels or values.

    Raises `DataError` for another length, a label that is no class of the model, and text where
    the model gives numbers. Empty cells and NaN are rows without truth.
    """
    table = np.asarray(given)
    table = table.reshape(len(table), -1) if table.ndim else table.reshape(1, 1)
    if len(table) != n_rows:
        raise DataError(
            f"the target has {len(table)} entries for {n_rows} rows", hint="give one entry a row"
        )
    known = np.array([not any(map(_is_missing, row)) for row in table.tolist()], dtype=np.bool_)
    if source.class_names:
        return Truth(values=_indices(estimator, table, known), known=known)
    return Truth(values=_values(table, known), known=known)


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or str(value) in _NOT_THERE


def _values(table: Rows, known: npt.NDArray[np.bool_]) -> Rows:
    values = np.zeros(table.shape)
    try:
        values[known] = table[known].astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"the target holds something that is no number ({error}), but the model is a regressor",
            hint="name another column with --target, or drop this one",
        ) from error
    return values


def _indices(estimator: Any, table: Rows, known: npt.NDArray[np.bool_]) -> Rows:
    groups = class_groups(estimator)
    if table.shape[1] != len(groups):
        raise DataError(
            f"the target has {table.shape[1]} columns, the model {len(groups)} outputs",
            hint="give one column per output",
        )
    indices = np.zeros(table.shape, dtype=np.int64)
    for k, classes in enumerate(groups):
        places = _places(classes.tolist())
        for row in np.flatnonzero(known).tolist():
            value = table[row, k]
            place = places.get(_text(value), places.get(_key(value)))
            if place is None:
                names = ", ".join(str(name) for name in classes[:8].tolist())
                raise DataError(
                    f"row {row + 1} of the target is {str(value)[:40]!r}, which is no class of the"
                    f" model; its classes: {names}",
                    hint="give the target as in training, or name its column with --target",
                )
            indices[row, k] = place
    return indices


def _places(classes: Sequence[Any]) -> dict[str, int]:
    """Where each class stands: by its text, and by its value where no other class has the same.

    Files know `1`, models `1.0`; but `01` and `1` may be two classes.
    """
    keys = [_key(name) for name in classes]
    places = {key: index for index, key in enumerate(keys) if keys.count(key) == 1}
    return places | {_text(name): index for index, name in enumerate(classes)}


def _text(value: Any) -> str:
    return str(value).strip()


def _key(value: Any) -> str:
    """Numbers by their value, all else as text."""
    text = _text(value)
    try:
        return repr(float(text))
    except ValueError:
        return text


def accuracy(said: Rows, truth: Rows) -> float:
    """The share of rows with all labels right."""
    return float((said == truth).all(axis=1).mean())


def confusion(said: Rows, truth: Rows, n_classes: int) -> tuple[tuple[int, ...], ...]:
    """Rows by true class (line) and answered class (column)."""
    table = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(table, (truth[:, 0], said[:, 0]), 1)
    return tuple(tuple(line) for line in table.tolist())


def rmse(said: Rows, truth: Rows) -> float:
    """Root mean square error, the mean over the outputs."""
    return float(np.sqrt(np.square(said - truth).mean(axis=0)).mean())


def r2(said: Rows, truth: Rows) -> float | None:
    """Coefficient of determination, the mean over the outputs; None where a truth is constant."""
    spread = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    if not spread.all():
        return None
    return float((1 - np.square(said - truth).sum(axis=0) / spread).mean())


def classifier_figures(source: Rows, chip: Rows, truth: Rows, n_classes: int) -> dict[str, Any]:
    """Fields of `RealRows` for class indices of shape (n, outputs)."""
    right, right_too = ((said == truth).all(axis=1) for said in (source, chip))
    single = truth.shape[1] == 1
    tables = [confusion(said, truth, n_classes) for said in (source, chip)] if single else []
    return {
        "accuracy": Pair(source=accuracy(source, truth), chip=accuracy(chip, truth)),
        "right_by_source_alone": int((right & ~right_too).sum()),
        "right_by_chip_alone": int((right_too & ~right).sum()),
        "confusion": Confusion(source=tables[0], chip=tables[1]) if single else None,
    }


def regressor_figures(source: Rows, chip: Rows, truth: Rows) -> dict[str, Any]:
    """Fields of `RealRows` for values of shape (n, outputs)."""
    explained = (r2(source, truth), r2(chip, truth))
    return {
        "rmse": Pair(source=rmse(source, truth), chip=rmse(chip, truth)),
        "r2": None
        if explained[0] is None or explained[1] is None
        else Pair(source=explained[0], chip=explained[1]),
    }
