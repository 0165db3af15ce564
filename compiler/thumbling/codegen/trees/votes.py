# SPDX-License-Identifier: MIT
"""Votes as straight code: trees in one function, leaves as labels at which the sums grow.

A leaf that several splits of a tree reach is written once, and a split jumps there directly.
"""

from __future__ import annotations

import numpy as np

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.trees import straight
from thumbling.codegen.trees.lanes import WORDS_IN_REGISTERS, Lanes, finish, lanes
from thumbling.ir.ops import ArgMax, IntTree, TreeEnsemble

# Splits of one C function: more make compilers slow, fewer cost calls.
_SPLITS_AT_ONCE = 1500
# Sums that a leaf changes, on average; beyond that a table of leaf rows is smaller.
_SUMS_A_LEAF = 3
# Words of sums that pay in registers if one function walks all trees.
_WORDS_IN_ONE_FUNCTION = 8
# GCC would otherwise copy the leaves to where they are reached.
_GCC_OPTIONS = ("reorder-blocks-algorithm=simple",)


def _in_registers(sums: Lanes, chunks: list[list[int]]) -> bool:
    """Whether the sums are in registers while trees are walked.

    One function of all trees becomes part of its caller, where that pays for more of them.
    """
    return sums.count <= (_WORDS_IN_ONE_FUNCTION if len(chunks) == 1 else WORDS_IN_REGISTERS)


def further_sums(op: TreeEnsemble, context: EmitContext) -> int:
    """Additions at leaves beyond the first of each, where a leaf is written once a tree."""
    grown = np.maximum(np.count_nonzero(lanes(op, context).words, axis=1) - 1, 0)
    return sum(int(grown[np.unique(tree.left[tree.feature < 0])].sum()) for tree in op.trees)


def suits(op: TreeEnsemble, context: EmitContext) -> bool:
    """Whether leaves are shared, or change few enough of the sums, for code to beat a table."""
    rows = [t.left[t.feature < 0] for t in op.trees]
    n_leaves, n_labels = sum(map(len, rows)), sum(len(np.unique(r)) for r in rows)
    touched = (lanes(op, context).words != 0).sum(axis=1)
    mean = float(np.concatenate([touched[r] for r in rows]).mean())
    shared = 2 * n_labels <= n_leaves
    return len(op.trees) > 1 and (shared if op.leaf.shape[1] == 1 else mean <= _SUMS_A_LEAF)


def _leaves(number: int, tree: IntTree, sums: Lanes, word: str) -> str:
    """The labels of one tree; the last falls through to the next tree."""
    rows = [r for r in np.unique(tree.left[tree.feature < 0]).tolist() if sums.words[r].any()]
    lines: list[str] = []
    for row in rows:
        lines.append(f"tree{number}_row{row}:")
        for k in np.flatnonzero(sums.words[row]).tolist():
            lines.append(f"    {word.format(k)} += {sums.constant(int(sums.words[row, k]))};")
        if row != rows[-1]:
            lines.append(f"    goto tree{number + 1};")
    return "".join(f"{line}\n" for line in lines)


def _tree(number: int, tree: IntTree, sums: Lanes, word: str, context: EmitContext) -> str:
    def leaf(row: int) -> str:
        here = f"tree{number}_row{row}" if sums.words[row].any() else f"tree{number + 1}"
        return f"goto {here};"

    code = straight.emit_tree(tree, context.graph.input, leaf)
    splits = int((tree.feature >= 0).sum())
    comment = f"    /* Tree {number}: {splits} split{'s' if splits != 1 else ''}. */\n"
    return comment + code + _leaves(number, tree, sums, word)


def _joins(number: int, tree: IntTree, sums: Lanes) -> bool:
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


def _function(
    numbers: list[int], op: TreeEnsemble, sums: Lanes, context: EmitContext, *, registers: bool
) -> str:
    first, last = numbers[0], numbers[-1]
    what = f"Trees {first} to {last}" if last > first else f"Tree {first}"
    note = ": two sums a word, low half first; none exceeds 65535" if sums.packed else ""
    text = f"/* {what}{note}. */\n"
    text += f"static void {context.name}_trees{first}"
    text += f"(const {context.graph.input.dtype.c} *x, {sums.c_type} *sum)\n{{\n"
    copied = range(sums.count if registers else 0)
    text += "".join(f"    THB_SUM_LOAD({sums.c_type}, {k});\n" for k in copied)
    if not any(op.trees[n].n_nodes > 1 for n in numbers):
        text += "    (void)x;\n"
    for number in numbers:
        word = "THB_SUM({})" if registers else "sum[{}]"
        text += _tree(number, op.trees[number], sums, word, context)
        if _joins(number, op.trees[number], sums):
            text += f"tree{number + 1}:\n"
    text += "".join(f"    THB_SUM_STORE({k});\n" for k in copied) or "    return;\n"
    return text + "}\n"


def emit_votes(op: TreeEnsemble, context: EmitContext, label: ArgMax | None = None) -> OpCode:
    """The C of an ensemble that it `suits`."""
    sums, chunks = lanes(op, context, label, array=True), _chunks(op)
    registers, header = _in_registers(sums, chunks), "thumbling/sums.h"
    functions = [_function(n, op, sums, context, registers=registers) for n in chunks]
    calls = "".join(f"    {context.name}_trees{chunk[0]}(x, sum);\n" for chunk in chunks)
    return OpCode(
        functions="\n".join(functions),
        body=sums.start + calls + finish(op, context, sums, label),
        runtime=(f"include/{header}",) if registers else (),
        includes=(header,) if registers else (),
        gcc_options=_GCC_OPTIONS,
    )
