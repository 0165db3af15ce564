# SPDX-License-Identifier: MIT
"""Leaf rows in tables: how they are stored, numbered and added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from thumbling.codegen.table import Table, narrowest, size_of, table
from thumbling.codegen.text import c_int
from thumbling.ir.ops.trees import TreeEnsemble

# Cycles of a Cortex-M4 for a value of a vector: as a pair, which every round reads, and in a whole
# vector.
_SPARSE_CYCLES, _DENSE_CYCLES = 14, 9

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeafRows:
    """A leaf table: `number[row]` is what a walk says for a row of the ensemble.

    `add` are the C statements that add the row numbered `row` to the sums, one a line. For
    ensembles of width one `value` is a C expression for it instead. In both the sums stand as
    `$sums`, a table as `$` and its name, until `named` has put identifiers in their place.
    """

    number: Numbers
    tables: tuple[Table, ...] = ()
    add: tuple[str, ...] = ()
    value: str = ""

    @property
    def n_bytes(self) -> int:
        """Flash of the tables."""
        return sum(stored.n_bytes for stored in self.tables)

    def named(self, name: Callable[[str], str], sums: str) -> LeafRows:
        """The same with identifiers that `name` gives out, and where the sums lie."""
        found = {"sums": sums, **{stored.name: name(stored.name) for stored in self.tables}}

        def put(text: str) -> str:
            for hint, identifier in found.items():
                text = text.replace(f"${hint}", identifier)
            return text

        return replace(
            self,
            tables=tuple(replace(stored, name=found[stored.name]) for stored in self.tables),
            add=tuple(put(line) for line in self.add),
            value=put(self.value),
        )


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
        """How many sums a round has, as C: the last may have fewer, then it is the variable `n`."""
        return "n" if self.total % self.kept else str(self.kept)

    @property
    def n_bytes(self) -> int:
        """Bytes of the array."""
        return self.kept * size_of(self.c_type)

    @property
    def rounds(self) -> int:
        """How often all trees are walked."""
        return -(-self.total // self.kept)

    @property
    def in_rounds(self) -> bool:
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
        if not self.in_rounds:
            return self.add(column, value)
        added = (f"    {line}" for line in self.add("at", value))
        return [
            f"const uint32_t at = ({column}) - first;",
            f"if (at < {self.kept}U) {{",
            *added,
            "}",
        ]


def _scalar(op: TreeEnsemble) -> LeafRows:
    values = op.leaf[:, 0]
    number = np.arange(len(values))
    if bool((values == number).all()):
        return LeafRows(number=number, value="(int32_t)row")
    kind = narrowest(values.tolist())
    return LeafRows(
        number=number, tables=(table(kind, "leaf", values, "Leaf values."),), value="$leaf[row]"
    )


def _dense(op: TreeEnsemble, sums: Sums) -> LeafRows:
    kind, width = narrowest(op.leaf.ravel().tolist()), op.leaf.shape[1]
    count, column = (sums.length, "first + j") if sums.in_rounds else (str(width), "j")
    return LeafRows(
        number=np.arange(len(op.leaf)),
        tables=(table(kind, "leaf", op.leaf.ravel(), f"Leaf vectors of {width} values."),),
        add=(
            "THB_ROLLED",
            f"for (uint32_t j = 0; j < {count}; j++) {{",
            *(f"    {line}" for line in sums.add("j", f"$leaf[row * {width}U + {column}]")),
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
        add=tuple(sums.add_where("row", c_int(int(values[0])))),
    )


def _sparse(op: TreeEnsemble, sums: Sums) -> LeafRows:
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
    kind, wide = narrowest(values), narrowest([more])
    column = f"j & {more - 1:#x}U"
    bit = "Bit 7" if more == 0x80 else "Bit 15"
    comment = (
        f"Sparse leaf vectors: pairs of column and value. {bit} of a column is set on all but the"
        " last pair of a vector."
    )
    return LeafRows(
        number=number,
        tables=(
            table(wide, "column", columns, comment),
            table(kind, "leaf", values, f"The values, of vectors of {width}."),
        ),
        add=(
            "uint32_t j;",
            "do {",
            "    j = $column[row];",
            *(f"    {line}" for line in sums.add_where(column, "$leaf[row]")),
            "    row++;",
            f"}} while ((j & {more:#x}U) != 0U);",
        ),
    )


def mean_filled(op: TreeEnsemble) -> float:
    """Values that are not 0 in the row of a leaf, on average over the leaves."""
    reached = np.concatenate([tree.left[tree.feature < 0] for tree in op.trees])
    return float(np.count_nonzero(op.leaf, axis=1)[reached].mean())


def leaf_rows(op: TreeEnsemble, sums: Sums, optimize: str) -> LeafRows:
    """The best way to store the leaves of an ensemble; `sums` are what they are added to."""
    if op.leaf.shape[1] == 1:
        return _scalar(op)
    pure, sparse, dense = _pure(op, sums), _sparse(op, sums), _dense(op, sums)
    if pure is not None:
        return pure
    if optimize == "speed":
        slow = sums.rounds * mean_filled(op) * _SPARSE_CYCLES > sums.total * _DENSE_CYCLES
        return dense if slow else sparse
    return min(sparse, dense, key=lambda rows: rows.n_bytes)
