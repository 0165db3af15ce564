# SPDX-License-Identifier: MIT
"""What `thumbling predict` says: a record for each row, and a table for the eye."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from rich.console import Group
from rich.text import Text

from thumbling.api.answering import Integers, labels, reals
from thumbling.cli.tables import plain_table
from thumbling.ir import Graph
from thumbling.ir.names import readable
from thumbling.report.words import number

_SHOWN_ROWS = 50
_MOST_COLUMNS = 10  # of one field; beyond that its numbers share one


def records(graph: Graph, outputs: Mapping[str, Integers]) -> list[dict[str, Any]]:
    """One record a row: `label` and its `class`, real numbers of all else, by class where they are
    one for each. `outputs` have shape (n, values). Several outputs are lists.
    """
    columns: dict[str, list[Any]] = {}
    for field, stored in outputs.items():
        if field == "label":
            columns["label"] = _single(stored.tolist())
            columns["class"] = _classes(graph, stored)
        else:
            rows = reals(graph, field, stored).tolist()
            columns[field] = _single(_named(graph, rows, stored.shape[1]))
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _single(rows: list[Any]) -> list[Any]:
    return [row[0] if isinstance(row, list) and len(row) == 1 else row for row in rows]


def _classes(graph: Graph, stored: Integers) -> list[Any]:
    """The source's labels; bytes, which JSON does not know, as text."""
    found = labels(graph, stored).tolist()
    return [
        label.decode("utf-8", "replace") if isinstance(label, bytes) else label for label in found
    ]


def _named(graph: Graph, rows: list[list[float]], width: int) -> list[Any]:
    """Numbers of rows beside the class names, where there is one for every class."""
    names = graph.class_names
    if not names or width != sum(map(len, names)):
        return rows
    ends = np.cumsum([0, *map(len, names)]).tolist()
    spans = list(zip(names, pairwise(ends), strict=True))
    return [[dict(zip(n, row[a:b], strict=True)) for n, (a, b) in spans] for row in rows]


def table(graph: Graph, outputs: Mapping[str, Integers]) -> Group:
    """The first rows: class names for labels, real numbers for the rest."""
    shown = plain_table("Row")
    columns: list[list[str]] = []
    for field, stored in outputs.items():
        for title, cells in _columns(graph, field, stored[:_SHOWN_ROWS]):
            shown.add_column(Text(readable(title)), justify="right")
            columns.append(cells)
    for row, line in enumerate(zip(*columns, strict=True)):
        shown.add_row(str(row + 1), *(Text(readable(cell)) for cell in line))
    rest = len(next(iter(outputs.values()))) - _SHOWN_ROWS
    return Group(
        shown, *([Text(f"{number(rest)} more rows; --json gives all", "dim")] * (rest > 0))
    )


def _columns(graph: Graph, field: str, stored: Integers) -> list[tuple[str, list[str]]]:
    """Titles and cells of one field."""
    if field == "label":
        found = labels(graph, stored).reshape(len(stored), -1).tolist()
        cells = [[str(label) for label in row] for row in found]
    else:
        cells = [[f"{v:.6g}" for v in row] for row in reals(graph, field, stored).tolist()]
    titles = _titles(graph, field, stored.shape[1])
    if len(titles) == 1:
        return [(titles[0], [" ".join(row) for row in cells])]
    return [(title, [row[k] for row in cells]) for k, title in enumerate(titles)]


def _titles(graph: Graph, field: str, width: int) -> list[str]:
    """One for each number of a row; one for all where they are too many."""
    if width == 1 or width > _MOST_COLUMNS:
        return [field]
    groups = graph.class_names
    if field == "label" or width != sum(map(len, groups)):
        return [f"{field}[{k}]" for k in range(width)]
    if len(groups) == 1:
        return [f"{field} {name}" for name in groups[0]]
    return [f"{field}[{k}] {name}" for k, group in enumerate(groups) for name in group]
