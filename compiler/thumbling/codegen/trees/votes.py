# SPDX-License-Identifier: MIT
"""Votes as straight code: trees in one function, leaves as labels at which sums in registers grow.

A leaf that several splits of a tree reach is written once, and a split jumps there directly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int
from thumbling.codegen.trees import straight
from thumbling.ir.ops import IntTree, TreeEnsemble

# Splits of one C function: more make compilers slow, fewer cost calls.
_SPLITS_AT_ONCE = 1500
# Sums that a leaf changes, on average; beyond that a table of leaf rows is smaller.
_SUMS_A_LEAF = 3
# GCC would otherwise copy the leaves to where they are reached.
_GCC_OPTIONS = ("reorder-blocks-algorithm=simple",)

Words = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """The sums of an ensemble: what each row adds to each of them, and their C type."""

    words: Words
    lanes: bool

    @property
    def count(self) -> int:
        return int(self.words.shape[1])

    @property
    def c_type(self) -> str:
        return "uint32_t" if self.lanes else "int32_t"

    def constant(self, value: int) -> str:
        return f"0x{value:08X}U" if self.lanes else c_int(value)


def packs(op: TreeEnsemble, context: EmitContext) -> bool:
    """Whether two sums fit one word: they begin at 0, no leaf is negative, none tops 65535."""
    low_enough = context.graph.tensors[op.output].high <= 65535
    positive = (op.leaf >= 0).all() and not op.base.any()
    return bool(op.leaf.shape[1] > 1 and positive and low_enough)


def packed_rows(op: TreeEnsemble) -> Words:
    """Leaf rows as words of two lanes, low half first; shape (rows, words)."""
    width = op.leaf.shape[1]
    lanes = np.zeros((len(op.leaf), -(-width // 2) * 2), dtype=np.int64)
    lanes[:, :width] = op.leaf
    return np.asarray(lanes[:, 0::2] | lanes[:, 1::2] << 16)


def unpack(op: TreeEnsemble, context: EmitContext, sums: list[str]) -> str:
    """Statements that write the outputs from words of two lanes."""
    body = ""
    for j in range(op.leaf.shape[1]):
        half = f"{sums[j // 2]} >> 16" if j % 2 else f"{sums[j // 2]} & 0xFFFFU"
        body += f"    {context.element(op.output, j)} = (int32_t)({half});\n"
    return body


def _sums(op: TreeEnsemble, context: EmitContext) -> _Sums:
    lanes = packs(op, context)
    return _Sums(words=packed_rows(op) if lanes else op.leaf.astype(np.int64), lanes=lanes)


def further_sums(op: TreeEnsemble, context: EmitContext) -> int:
    """Additions at leaves beyond the first of each, where a leaf is written once a tree."""
    grown = np.maximum(np.count_nonzero(_sums(op, context).words, axis=1) - 1, 0)
    return sum(int(grown[np.unique(tree.left[tree.feature < 0])].sum()) for tree in op.trees)


def suits(op: TreeEnsemble, context: EmitContext) -> bool:
    """Whether leaves are shared, or change few enough of the sums, for code to beat a table."""
    rows = [t.left[t.feature < 0] for t in op.trees]
    n_leaves, n_labels = sum(map(len, rows)), sum(len(np.unique(r)) for r in rows)
    touched = (_sums(op, context).words != 0).sum(axis=1)
    mean = float(np.concatenate([touched[r] for r in rows]).mean())
    shared = 2 * n_labels <= n_leaves
    return len(op.trees) > 1 and (shared if op.leaf.shape[1] == 1 else mean <= _SUMS_A_LEAF)


def _leaves(number: int, tree: IntTree, sums: _Sums) -> str:
    """The labels of one tree; the last falls through to the next tree."""
    rows = [r for r in np.unique(tree.left[tree.feature < 0]).tolist() if sums.words[r].any()]
    lines: list[str] = []
    for row in rows:
        lines.append(f"tree{number}_row{row}:")
        for k in np.flatnonzero(sums.words[row]).tolist():
            lines.append(f"    sum{k} += {sums.constant(int(sums.words[row, k]))};")
        if row != rows[-1]:
            lines.append(f"    goto tree{number + 1};")
    return "".join(f"{line}\n" for line in lines)


def _tree(number: int, tree: IntTree, sums: _Sums, context: EmitContext) -> str:
    def leaf(row: int) -> str:
        here = f"tree{number}_row{row}" if sums.words[row].any() else f"tree{number + 1}"
        return f"goto {here};"

    code = straight.emit_tree(tree, context.graph.input, leaf)
    splits = int((tree.feature >= 0).sum())
    comment = f"    /* Tree {number}: {splits} split{'s' if splits != 1 else ''}. */\n"
    return comment + code + _leaves(number, tree, sums)


def _joins(number: int, tree: IntTree, sums: _Sums) -> bool:
    """Whether a leaf of this tree jumps to the label behind it."""
    rows = np.unique(tree.left[tree.feature < 0])
    return len(rows) > 1 or not sums.words[rows].any()


def _chunks(op: TreeEnsemble) -> list[list[int]]:
    """Numbers of trees that go into one function each."""
    chunks: list[list[int]] = [[]]
    splits = 0
    for number, tree in enumerate(op.trees):
        own = int((tree.feature >= 0).sum())
        if chunks[-1] and splits + own > _SPLITS_AT_ONCE:
            chunks.append([])
            splits = 0
        chunks[-1].append(number)
        splits += own
    return chunks


def _function(numbers: list[int], op: TreeEnsemble, sums: _Sums, context: EmitContext) -> str:
    first, last = numbers[0], numbers[-1]
    what = f"Trees {first} to {last}" if last > first else f"Tree {first}"
    note = ": two sums a word, low half first; none exceeds 65535" if sums.lanes else ""
    text = f"/* {what}{note}. */\n"
    text += f"static void {context.name}_trees{first}"
    text += f"(const {context.graph.input.dtype.c} *x, {sums.c_type} *sum)\n{{\n"
    text += "".join(f"    {sums.c_type} sum{k} = sum[{k}];\n" for k in range(sums.count))
    if not any(op.trees[n].n_nodes > 1 for n in numbers):
        text += "    (void)x;\n"
    for number in numbers:
        text += _tree(number, op.trees[number], sums, context)
        if _joins(number, op.trees[number], sums):
            text += f"tree{number + 1}:\n"
    text += "".join(f"    sum[{k}] = sum{k};\n" for k in range(sums.count))
    return text + "}\n"


def emit_votes(op: TreeEnsemble, context: EmitContext) -> OpCode:
    """The C of an ensemble that it `suits`."""
    sums, chunks = _sums(op, context), _chunks(op)
    if sums.lanes:
        pointer = f"{op.output}_sum"
        body = f"    uint32_t {pointer}[{sums.count}];\n"
        body += "".join(f"    {pointer}[{k}] = 0U;\n" for k in range(sums.count))
    else:
        pointer = context.pointer(op.output)
        body = "".join(
            f"    {context.element(op.output, k)} = {c_int(int(op.base[k]))};\n"
            for k in range(sums.count)
        )
    body += "".join(f"    {context.name}_trees{chunk[0]}(x, {pointer});\n" for chunk in chunks)
    if sums.lanes:
        body += unpack(op, context, [f"{pointer}[{k}]" for k in range(sums.count)])
    return OpCode(
        functions="\n".join(_function(numbers, op, sums, context) for numbers in chunks),
        body=body,
        gcc_options=_GCC_OPTIONS,
    )
