# SPDX-License-Identifier: MIT
"""Rows in JSON: the shapes that pandas, JavaScript and loggers write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from thumbling.errors import DataError
from thumbling.frontends.table import Table, Wanted, table_of
from thumbling.frontends.unpack import MAX_UNPACKED_BYTES, too_large
from thumbling.ir.names import as_names

# Python's lists and numbers take up to sixteen times the text they are read from.
_MOST = MAX_UNPACKED_BYTES // 16
_SHAPES = (
    "give a list of objects or of lists, one object or list a line, or what pandas' to_json writes"
)


def looks_like_json(content: bytes) -> bool:
    """Whether the first character opens a list or an object."""
    return content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")


def read_json(wanted: Wanted, content: bytes) -> Table:
    """The table in a JSON document, or in one document a line.

    Records (`[{"a": 1}, ..]`), values (`[[1], ..]`), and pandas' orientations `split`, `columns`,
    `index`, `list` and `table` are told apart by their shape. Raises `DataError`.
    """
    if len(content) > _MOST:
        raise too_large(wanted.name, MAX_UNPACKED_BYTES, DataError)
    document = _document(wanted.name, content)
    if isinstance(document, dict):
        document = _rows_of(wanted, document)
    return _table(wanted, document)


def _document(name: str, content: bytes) -> Any:
    try:
        text = content.decode("utf-8-sig")
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Extra data"):
                raise
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(f"{name} is no valid JSON{where}", hint=_SHAPES) from error


def _rows_of(wanted: Wanted, document: dict[str, Any]) -> Any:
    """Records or values from an object that holds a whole table."""
    match document:
        case {"columns": list(names), "data": list(rows)}:
            return [dict(_pairs(wanted.name, names, row, i)) for i, row in enumerate(rows, 1)]
        case {"schema": dict(), "data": list(rows)}:
            return rows
    values = list(document.values())
    if values and all(isinstance(value, dict) for value in values):
        inner = {str(key) for value in values for key in value}
        if set(wanted.feature_names) & inner and not set(wanted.feature_names) & set(document):
            return values
        return _from_columns({key: list(value.items()) for key, value in document.items()})
    if values and all(isinstance(value, list) for value in values):
        return _from_columns({key: list(enumerate(value)) for key, value in document.items()})
    return [document]


def _pairs(name: str, names: list[Any], row: Any, number: int) -> Any:
    if not isinstance(row, list) or len(row) != len(names):
        raise DataError(
            f"{name}: row {number} has not one value for each of the {len(names)} columns",
            hint=_SHAPES,
        )
    return zip(map(str, names), row, strict=True)


def _from_columns(columns: Mapping[str, list[tuple[Any, Any]]]) -> list[dict[str, Any]]:
    """Records from columns of (index, value)."""
    rows: dict[Any, dict[str, Any]] = {}
    for name, cells in columns.items():
        for key, value in cells:
            rows.setdefault(key, {})[name] = value
    return list(rows.values())


def _table(wanted: Wanted, rows: Any) -> Table:
    if not isinstance(rows, list) or not rows:
        raise DataError(f"{wanted.name} holds no rows", hint=_SHAPES)
    if not any(isinstance(row, dict | list) for row in rows):
        rows = [rows]  # one row of numbers
    kind = type(rows[0])
    if kind not in (dict, list) or not rows[0]:
        raise DataError(f"{wanted.name}: row 1 is neither an object nor a list", hint=_SHAPES)
    for number, row in enumerate(rows, 1):
        if type(row) is not kind or (kind is list and len(row) != len(rows[0])):
            raise DataError(
                f"{wanted.name}: row {number} has another shape than the first", hint=_SHAPES
            )
    numbers = range(1, len(rows) + 1)
    if kind is list:
        columns = [_cells([row[i] for row in rows]) for i in range(len(rows[0]))]
        return table_of(wanted, None, columns, numbers)
    keys = _names(rows)
    columns = [_cells([row.get(key) for row in rows]) for key in keys]
    return table_of(wanted, as_names(keys), columns, numbers)


def _names(rows: list[dict[str, Any]]) -> list[str]:
    """All keys, in the order in which they come first. A row may lack some."""
    return list(dict.fromkeys(key for row in rows for key in row))


def _cells(values: list[Any]) -> Any:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
