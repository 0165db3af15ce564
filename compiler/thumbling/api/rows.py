# SPDX-License-Identifier: MIT
"""Rows a Python caller hands over: an array, lists, or a frame whose columns have names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.frontends.cell_numbers import NumberReader
from thumbling.frontends.data_file import refuse_unusable
from thumbling.frontends.table import column_name
from thumbling.ir import Graph
from thumbling.ir.names import as_names
from thumbling.ir.ports import store_rows
from thumbling.reference import evaluate

_Rows = npt.NDArray[Any]


@np.errstate(all="ignore")
def given_rows(data: Any, names: Sequence[str]) -> _Rows:
    """Rows of shape (n, n_features) in the model's order, float32 kept, all else as float64.

    A frame that has the model's columns may hold them in any order, and others beside them. One
    with none of them is taken as it is where the model or the frame has no names of its own.
    Sparse matrices become dense. Raises `DataError`.
    """
    if hasattr(data, "toarray"):
        data = data.toarray()
    columns = getattr(data, "columns", None)
    rows = np.asarray(data)
    if columns is not None and rows.ndim == 2:
        rows = _in_order(rows, list(columns), names)
    if rows.ndim == 1:
        raise DataError(
            f"the data are a {type(data).__name__} of shape {rows.shape}, the model takes rows of"
            f" shape (rows, {len(names)})",
            hint="one row alone is x.reshape(1, -1) or frame.iloc[[0]], one column alone"
            " x.reshape(-1, 1)",
        )
    if rows.dtype == object and rows.ndim == 2 and rows.shape[1] == len(names):
        rows = _numbers(rows, names)
    if rows.dtype.kind not in "fiub" or rows.ndim != 2 or rows.shape[1] != len(names):
        raise DataError(
            f"data has shape {rows.shape} and type {rows.dtype},"
            f" the model takes numbers of shape (rows, {len(names)})",
            hint="one row per sample, one column per feature",
        )
    return rows if rows.dtype == np.float32 else rows.astype(np.float64)


def named_column(data: Any, column: str | None, likely: Collection[str]) -> npt.NDArray[Any] | None:
    """The column of a frame with the name `column`; without a name the one that looks like it.

    None where `data` has no such column. Raises `DataError` where one was asked for.
    """
    columns = getattr(data, "columns", None)
    names = [] if columns is None else as_names(columns)
    if column is None:
        found = [name for name in names if name.lower() in likely]
        return np.asarray(data)[:, names.index(found[0])] if len(found) == 1 else None
    if names.count(column) != 1:
        raise DataError(
            f"the data have no one column {column!r} for the target",
            hint="give a frame with that column, or the target as an array",
        )
    return np.asarray(data)[:, names.index(column)]


def check_rows(graph: Graph, x: _Rows, name: str = "the data") -> _Rows:
    """Real rows of the right width and without NaN where none may be; else `DataError`."""
    n = graph.n_features
    if x.ndim != 2 or x.shape[1] != n:
        raise DataError(
            f"{name} has shape {x.shape}, the model takes (rows, {n})",
            hint="one row per sample, one column per feature",
        )
    refused = np.ones(len(x), dtype=np.bool_)
    if any(port.spec.dtype.is_float for port in graph.inputs) and np.isnan(x).any():
        refused = evaluate(graph, store_rows(graph.inputs, x))[1]
    # A NaN that is answered stands for any number here.
    taken = np.where(np.isnan(x) & ~refused[:, np.newaxis], 0.0, x)
    first = 0
    for port in graph.inputs:
        spec = port.spec
        columns = taken[:, first : first + spec.n_features]
        refuse_unusable(columns, spec.names, nan=False, name=name, input_type=spec.dtype.value)
        first += spec.n_features
    return x


def _in_order(rows: _Rows, columns: list[object], names: Sequence[str]) -> _Rows:
    """The columns of a frame by name; as they are where there are no names to go by."""
    texts = as_names(columns)
    missing = [name for name in names if name not in texts]
    if len(missing) == len(names) and (
        _are_made_up(names) or not all(isinstance(column, str) for column in columns)
    ):
        return rows
    if missing:
        raise DataError(
            f"the data have no column {missing[0]!r}",
            hint="give a frame with all features of the model, or an array",
        )
    twice = [name for name in names if texts.count(name) > 1]
    if twice:
        raise DataError(
            f"the data have {texts.count(twice[0])} columns {twice[0]!r}", hint="rename one of them"
        )
    return rows[:, [texts.index(name) for name in names]]


def _are_made_up(names: Sequence[str]) -> bool:
    """Whether the model was trained without names, so that these are ours."""
    return all(name == f"x{i}" for i, name in enumerate(names))


def _numbers(rows: _Rows, names: Sequence[str]) -> _Rows:
    reader, numbers = NumberReader("the data"), range(1, len(rows) + 1)
    columns = [
        reader.column(column.tolist(), numbers, column_name(names, j))
        for j, column in enumerate(rows.T)
    ]
    reader.finish()
    return np.column_stack(columns) if columns else rows
