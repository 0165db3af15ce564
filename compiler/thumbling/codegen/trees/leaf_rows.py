# SPDX-License-Identifier: MIT
"""Leaf rows beside byte code: how they are stored, numbered and added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.codegen.text import c_int, table
from thumbling.ir.ops import TreeEnsemble

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafRows:
    """A leaf table: `number[row]` is what byte code says for a row of the ensemble.

    `add` are the C statements that add the row numbered `row` to the sums, indented by eight
    spaces, and `counts` says that they need a `uint32_t j`. For ensembles of width one `value` is
    a C expression for it instead, in which `{row}` stands for the number.
    """

    number: Numbers
    tables: str
    n_bytes: int
    add: str = ""
    counts: bool = False
    value: str = ""


def int_type(values: npt.NDArray[np.signedinteger]) -> str:
    """The narrowest C type that holds all values."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for name in ("uint8", "int8", "uint16", "int16"):
        info = np.iinfo(name)
        if info.min <= low and high <= info.max:
            return f"{name}_t"
    return "int32_t"


def _size_of(c_type: str) -> int:
    return {"8": 1, "6": 2, "2": 4}[c_type.removesuffix("_t")[-1]]


def _scalar(op: TreeEnsemble, name: str) -> LeafRows:
    values = op.leaf[:, 0]
    number = np.arange(len(values))
    if bool((values == number).all()):
        return LeafRows(number=number, tables="", n_bytes=0, value="(int32_t){row}")
    kind = int_type(values)
    return LeafRows(
        number=number,
        tables=table(kind, f"{name}_leaf", (c_int(int(v)) for v in values), "Leaf values."),
        n_bytes=len(values) * _size_of(kind),
        value=f"{name}_leaf[{{row}}]",
    )


def _dense(op: TreeEnsemble, name: str, sums: str) -> LeafRows:
    kind, width = int_type(op.leaf), op.leaf.shape[1]
    values = (c_int(int(v)) for v in op.leaf.ravel())
    return LeafRows(
        number=np.arange(len(op.leaf)),
        tables=table(kind, f"{name}_leaf", values, f"Leaf rows of {width}."),
        n_bytes=op.leaf.size * _size_of(kind),
        counts=True,
        add=f"        for (j = 0; j < {width}; j++) {{\n"
        f"            {sums}[j] += {name}_leaf[row * {width}U + j];\n"
        "        }\n",
    )


def _pure(op: TreeEnsemble, sums: str) -> LeafRows | None:
    """Where every row holds one value, the same everywhere, its column names it."""
    filled = op.leaf != 0
    values = np.unique(op.leaf[filled])
    if not bool((filled.sum(axis=1) == 1).all()) or len(values) != 1:
        return None
    return LeafRows(
        number=filled.argmax(axis=1),
        tables="",
        n_bytes=0,
        add=f"        {sums}[row] += {c_int(int(values[0]))};\n",
    )


def _sparse(op: TreeEnsemble, name: str, sums: str) -> LeafRows:
    """Pairs of column and value; rows used by most leaves first, since small numbers are short."""
    width, more = op.leaf.shape[1], 0x80 if op.leaf.shape[1] <= 0x80 else 0x8000
    used = np.zeros(len(op.leaf), dtype=np.int64)
    for tree in op.trees:
        np.add.at(used, tree.left[tree.feature < 0], 1)
    number = np.zeros(len(op.leaf), dtype=np.int64)
    columns: list[int] = []
    values: list[int] = []
    for row in np.argsort(-used, kind="stable").tolist():
        filled = np.flatnonzero(op.leaf[row]).tolist() or [0]
        number[row] = len(columns)
        columns += [column | more for column in filled[:-1]] + filled[-1:]
        values += op.leaf[row][filled].tolist()
    kind, wide = (
        int_type(np.array(values, dtype=np.int64)),
        "uint8_t" if more == 0x80 else "uint16_t",
    )
    comment = f"Leaf rows as pairs of column and value; {more:#x} says that the row goes on."
    return LeafRows(
        number=number,
        tables=table(wide, f"{name}_column", map(str, columns), comment)
        + "\n"
        + table(kind, f"{name}_leaf", map(c_int, values), f"The values, of rows of {width}."),
        n_bytes=len(columns) * (_size_of(kind) + _size_of(wide)),
        counts=True,
        add="        do {\n"
        f"            j = {name}_column[row];\n"
        f"            {sums}[j & {more - 1:#x}U] += {name}_leaf[row];\n"
        "            row++;\n"
        f"        }} while ((j & {more:#x}U) != 0U);\n",
    )


def leaf_rows(op: TreeEnsemble, name: str, sums: str) -> LeafRows:
    """The smallest way to store the leaves of an ensemble; `sums` is a C pointer to its sums."""
    if op.leaf.shape[1] == 1:
        return _scalar(op, name)
    forms = _sparse(op, name, sums), _dense(op, name, sums)
    return _pure(op, sums) or min(forms, key=lambda rows: rows.n_bytes)
