# SPDX-License-Identifier: MIT
"""Rows a Python caller hands over: an array, lists, or a frame whose columns have names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.frontends.cell_numbers import NumberReader
from thumbling.frontends.table import column_name
from thumbling.ir.names import as_names


@np.errstate(all="ignore")
def given_rows(data: Any, names: Sequence[str]) -> npt.NDArray[Any]:
    """Rows of shape (n, n_features) in the model's order, float32 kept, all else as float64.

    A frame that has the model's columns may hold them in any order, and others beside them; one
    with none of them is taken as it is. Raises `DataError`.
    """
    columns = getattr(data, "columns", None)
    rows = np.asarray(data)
    if columns is not None and rows.ndim == 2:
        rows = _in_order(rows, as_names(columns), names)
    if rows.dtype == object and rows.ndim == 2 and rows.shape[1] == len(names):
        rows = _numbers(rows, names)
    if rows.dtype.kind not in "fiub" or rows.ndim != 2 or rows.shape[1] != len(names):
        raise DataError(
            f"data has shape {rows.shape} and type {rows.dtype},"
            f" the model takes numbers of shape (rows, {len(names)})",
            hint="one row per sample, one column per feature",
        )
    return rows if rows.dtype == np.float32 else rows.astype(np.float64)


def _in_order(
    rows: npt.NDArray[Any], columns: Sequence[str], names: Sequence[str]
) -> npt.NDArray[Any]:
    missing = [name for name in names if name not in columns]
    if len(missing) == len(names):
        return rows
    if missing:
        raise DataError(
            f"the data have no column {missing[0]!r}",
            hint="give a frame with all features of the model, or an array",
        )
    return rows[:, [columns.index(name) for name in names]]


def _numbers(rows: npt.NDArray[Any], names: Sequence[str]) -> npt.NDArray[Any]:
    reader, numbers = NumberReader("the data"), range(1, len(rows) + 1)
    columns = [
        reader.column(column.tolist(), numbers, column_name(names, j))
        for j, column in enumerate(rows.T)
    ]
    reader.finish()
    return np.column_stack(columns) if columns else rows
