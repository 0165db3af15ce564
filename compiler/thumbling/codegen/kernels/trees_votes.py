# SPDX-License-Identifier: MIT
"""Votes as straight code: trees in one function, leaves as labels at which the sums grow.

A leaf that several splits of a tree reach is written once, and a split jumps there directly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from thumbling.codegen.kernels.trees.estimates import (
    all_at_once,
    ending,
    further_bytes,
    stack_of,
    suits,
)
from thumbling.codegen.kernels.trees.packed_sums import (
    WORDS_IN_REGISTERS,
    PackedSums,
    finish,
    packed_sums,
    words_of,
)
from thumbling.codegen.kernels.trees.split_words import SplitWords
from thumbling.codegen.kernels.trees.straight import (
    emit_tree,
    nested_bytes,
    nested_cycles,
    straight,
    tree_comment,
)
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.schedule import Offer, Pattern, Request, kernel

# Splits of one C function: more make compilers slow, fewer cost calls.
_SPLITS_AT_ONCE = 1500
# Words of sums that pay in registers if one function walks all trees.
_WORDS_IN_ONE_FUNCTION = 8
# GCC would otherwise copy the leaves to where they are reached.
_GCC_OPTIONS = ("reorder-blocks-algorithm=simple",)


@kernel
class TreesVotes:
    """Leaves shared by the splits of a tree, each adding to the sums that it changes."""

    name: ClassVar[str] = "trees_votes"
    covers: ClassVar[tuple[Pattern, ...]] = ((TreeEnsemble, ArgMax), (TreeEnsemble,))

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, where leaves are shared or change few sums."""
        op, graph = request.ops[0], request.graph
        assert isinstance(op, TreeEnsemble)
        words = words_of(op, graph).shape[1]
        if not suits(op, graph) or not all_at_once(op, request, words):
            return
        dtype, (flash, cycles) = graph.type_of(op.inputs[0]), ending(op, request)
        yield Offer(
            kernel=self,
            ops=request.ops,
            updatable=False,
            flash=nested_bytes(op, dtype) + further_bytes(op, graph) + flash,
            cycles=nested_cycles(op, dtype) + 4 * len(op.trees) + cycles,
            stack=stack_of(request, words),
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """Functions of many trees, and calls of them."""
        op, label = offer.ops[0], offer.ops[1] if len(offer.ops) > 1 else None
        assert isinstance(op, TreeEnsemble)
        assert label is None or isinstance(label, ArgMax)
        sums, chunks = packed_sums(op, scope, label, array=True), _chunks(op)
        registers, header = _in_registers(sums, chunks), "thumbling/sums.h"
        names = [scope.name(f"trees{numbers[0]}") for numbers in chunks]
        functions = [
            _function(name, numbers, op, sums, scope, registers=registers)
            for name, numbers in zip(names, chunks, strict=True)
        ]
        x = scope.pointer(op.inputs[0])
        calls = "".join(f"    {name}({x}, sum);\n" for name in names)
        code = OpCode(
            functions="\n".join(functions),
            body=sums.start + calls + finish(op, scope, sums, label),
            runtime=(f"include/{header}",) if registers else (),
            includes=(header,) if registers else (),
            gcc_options=_GCC_OPTIONS,
        )
        return straight(code, scope.graph.type_of(op.inputs[0]))


def _in_registers(sums: PackedSums, chunks: list[list[int]]) -> bool:
    """Whether the sums are in registers while trees are walked.

    One function of all trees becomes part of its caller, where that pays for more of them.
    """
    return sums.count <= (_WORDS_IN_ONE_FUNCTION if len(chunks) == 1 else WORDS_IN_REGISTERS)


def _leaves(number: int, tree: IntTree, sums: PackedSums, word: str) -> str:
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


def _tree(number: int, tree: IntTree, sums: PackedSums, word: str, words: SplitWords) -> str:
    def leaf(row: int) -> str:
        here = f"tree{number}_row{row}" if sums.words[row].any() else f"tree{number + 1}"
        return f"goto {here};"

    code = emit_tree(tree, words, leaf)
    return f"    {tree_comment(number, tree)}\n{code}{_leaves(number, tree, sums, word)}"


def _joins(number: int, tree: IntTree, sums: PackedSums) -> bool:
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
    name: str,
    numbers: list[int],
    op: TreeEnsemble,
    sums: PackedSums,
    scope: Scope,
    *,
    registers: bool,
) -> str:
    first, last = numbers[0], numbers[-1]
    what = f"Trees {first} to {last}" if last > first else f"Tree {first}"
    note = ": two sums a word, low half first; none exceeds 65535" if sums.packed else ""
    text = f"/* {what}{note}. */\n"
    text += f"static void {name}(const {scope.c_type(op.inputs[0])} *x, {sums.c_type} *sum)\n{{\n"
    copied = range(sums.count if registers else 0)
    text += "".join(f"    THB_SUM_LOAD({sums.c_type}, {k});\n" for k in copied)
    if not any(op.trees[n].n_nodes > 1 for n in numbers):
        text += "    (void)x;\n"
    words = SplitWords.of(scope, op.inputs[0])
    for number in numbers:
        word = "THB_SUM({})" if registers else "sum[{}]"
        text += _tree(number, op.trees[number], sums, word, words)
        if _joins(number, op.trees[number], sums):
            text += f"tree{number + 1}:\n"
    text += "".join(f"    THB_SUM_STORE({k});\n" for k in copied) or "    return;\n"
    return text + "}\n"
