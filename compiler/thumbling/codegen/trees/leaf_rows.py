# SPDX-License-Identifier: MIT
"""Leaf rows in tables: how they are stored, numbered and added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.codegen.text import c_int, table
from thumbling.ir.ops import TreeEnsemble

# Cycles of a Cortex-M4 for a value of a row: as a pair, which every pass reads, and in a whole row.
_SPARSE_CYCLES, _DENSE_CYCLES = 14, 9

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafRows:
    """A leaf table: `number[row]` is what a walk says for a row of the ensemble.

    `add` are the C statements that add the row numbered `row` to the sums, one a line. For
    ensembles of width one `value` is a C expression for it instead.
    """

    number: Numbers
    tables: str
    n_bytes: int
    add: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The C array in which sums lie: of `total` sums of an ensemble `kept` at a time.

    Where they are fewer, `first` is the number of the first in generated C.
    """

    pointer: str
    c_type: str
    kept: int
    total: int

    @property
    def length(self) -> str:
        """How many sums a pass has, as C: the last may have fewer, then it is the variable `n`."""
        return "n" if self.total % self.kept else str(self.kept)

    @property
    def in_passes(self) -> bool:
        """Whether not all sums are there at a time."""
        return self.kept < self.total

    def add(self, at: str, value: str) -> list[str]:
        """Statements that add a value to the sum at an index into the array."""
        place = f"{self.pointer}[{at}]"
        if self.c_type == "int32_t":
            return [f"{place} += {value};"]
        return [f"{place} = ({self.c_type})({place} + {value});"]

    def add_where(self, column: str, value: str) -> list[str]:
        """Statements that add a value to the sum of a column, if it is there."""
        if not self.in_passes:
            return self.add(column, value)
        added = (f"    {line}" for line in self.add("at", value))
        return [
            f"const uint32_t at = ({column}) - first;",
            f"if (at < {self.kept}U) {{",
            *added,
            "}",
        ]


def int_type(values: npt.NDArray[np.signedinteger]) -> str:
    """The narrowest C type that holds all values."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for name in ("uint8", "int8", "uint16", "int16"):
        info = np.iinfo(name)
        if info.min <= low and high <= info.max:
            return f"{name}_t"
    return "int32_t"


def size_of(c_type: str) -> int:
    """Bytes of an integer type of C."""
    return {"8": 1, "6": 2, "2": 4}[c_type.removesuffix("_t")[-1]]


def _scalar(op: TreeEnsemble, name: str) -> LeafRows:
    values = op.leaf[:, 0]
    number = np.arange(len(values))
    if bool((values == number).all()):
        return LeafRows(number=number, tables="", n_bytes=0, value="(int32_t)row")
    kind = int_type(values)
    return LeafRows(
        number=number,
        tables=table(kind, f"{name}_leaf", (c_int(int(v)) for v in values), "Leaf values."),
        n_bytes=len(values) * size_of(kind),
        value=f"{name}_leaf[row]",
    )


def _dense(op: TreeEnsemble, name: str, sums: Sums) -> LeafRows:
    kind, width = int_type(op.leaf), op.leaf.shape[1]
    values = (c_int(int(v)) for v in op.leaf.ravel())
    count, column = (sums.length, "first + j") if sums.in_passes else (str(width), "j")
    return LeafRows(
        number=np.arange(len(op.leaf)),
        tables=table(kind, f"{name}_leaf", values, f"Leaf rows of {width}."),
        n_bytes=op.leaf.size * size_of(kind),
        add=(
            "THB_ROLLED",
            f"for (uint32_t j = 0; j < {count}; j++) {{",
            *(f"    {line}" for line in sums.add("j", f"{name}_leaf[row * {width}U + {column}]")),
            "}",
        ),
    )


def _pure(op: TreeEnsemble, sums: Sums) -> LeafRows | None:
    """Where every row holds one value, the same everywhere, its column names it."""
    filled = op.leaf != 0
    values = np.unique(op.leaf[filled])
    if not bool((filled.sum(axis=1) == 1).all()) or len(values) != 1:
        return None
    return LeafRows(
        number=filled.argmax(axis=1),
        tables="",
        n_bytes=0,
        add=tuple(sums.add_where("row", c_int(int(values[0])))),
    )


def _sparse(op: TreeEnsemble, name: str, sums: Sums) -> LeafRows:
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
    kind, wide = int_type(np.array(values, dtype=np.int64)), int_type(np.array([more]))
    column = f"j & {more - 1:#x}U"
    comment = f"Leaf rows as pairs of column and value; {more:#x} says that the row goes on."
    return LeafRows(
        number=number,
        tables=table(wide, f"{name}_column", map(str, columns), comment)
        + "\n"
        + table(kind, f"{name}_leaf", map(c_int, values), f"The values, of rows of {width}."),
        n_bytes=len(columns) * (size_of(kind) + size_of(wide)),
        add=(
            "uint32_t j;",
            "do {",
            f"    j = {name}_column[row];",
            *(f"    {line}" for line in sums.add_where(column, f"{name}_leaf[row]")),
            "    row++;",
            f"}} while ((j & {more:#x}U) != 0U);",
        ),
    )


def mean_filled(op: TreeEnsemble) -> float:
    """Values that are not 0 in the row of a leaf, on average over the leaves."""
    reached = np.concatenate([tree.left[tree.feature < 0] for tree in op.trees])
    return float(np.count_nonzero(op.leaf, axis=1)[reached].mean())


def leaf_rows(op: TreeEnsemble, name: str, sums: Sums, optimize: str) -> LeafRows:
    """The best way to store the leaves of an ensemble; `sums` are what they are added to."""
    if op.leaf.shape[1] == 1:
        return _scalar(op, name)
    pure, sparse, dense = _pure(op, sums), _sparse(op, name, sums), _dense(op, name, sums)
    if pure is not None:
        return pure
    passes = -(-sums.total // sums.kept)
    if optimize == "speed":
        slow = passes * mean_filled(op) * _SPARSE_CYCLES > sums.total * _DENSE_CYCLES
        return dense if slow else sparse
    return min(sparse, dense, key=lambda rows: rows.n_bytes)
