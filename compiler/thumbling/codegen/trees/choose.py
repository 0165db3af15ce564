# SPDX-License-Identifier: MIT
"""C for tree ensembles: which layout, leaf tables, sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, table
from thumbling.codegen.trees import byte_code, straight, votes
from thumbling.codegen.trees.leaf_rows import int_type
from thumbling.codegen.trees.loop import TreeLoop, emit_loop, plan_loop
from thumbling.ir.ops import IntTree, TreeEnsemble

# Bytes of Thumb code a split and a leaf cost in straight code:
# measured on Cortex-M4 and M0+ with GCC 12 at -Os. A byte feature is loaded and compared by
# 16-bit instructions, others need wide loads or literals.
_LEAF_BYTES = 3
# A sum more than one that a leaf changes: a constant, often from a literal pool, and an addition.
_SUM_BYTES = 8
_BYTE_SPLIT_BYTES, _SPLIT_BYTES, _FLOAT_SPLIT_BYTES = 6, 9, 14
# GCC would otherwise keep features of earlier splits on the stack, load others early, on edges to
# leaves, and make one range check of the two comparisons of a float that is tested for NaN.
_GCC_OPTIONS = (
    *("no-gcse", "no-tree-pre", "no-tree-fre", "no-tree-dominator-opts", "no-tree-reassoc"),
)
# Up to here `balanced` takes the faster form.
_BALANCED_BYTES = 4096


def _straight_bytes(op: TreeEnsemble, context: EmitContext) -> int:
    dtype = context.graph.input.dtype
    splits = sum(int((t.feature >= 0).sum()) for t in op.trees)
    leaves = sum(int((t.feature < 0).sum()) for t in op.trees)
    split = _FLOAT_SPLIT_BYTES if dtype.is_float else _SPLIT_BYTES
    if dtype.size == 1:
        split = _BYTE_SPLIT_BYTES
    total = splits * split + leaves * _LEAF_BYTES
    if votes.suits(op, context):
        total += votes.further_sums(op, context) * _SUM_BYTES
    return total


def _smaller_loop(op: TreeEnsemble, context: EmitContext) -> TreeLoop | None:
    """The byte code of an ensemble where it is to take the place of straight code."""
    dtype = context.graph.input.dtype
    if not byte_code.fits(op, dtype) or context.optimize == "speed":
        return None
    straight = _straight_bytes(op, context)
    if context.optimize == "balanced" and straight <= _BALANCED_BYTES:
        return None
    loop = plan_loop(op, context)
    return loop if context.optimize == "balanced" or loop.n_bytes < straight else None


def _tree_comment(number: int, tree: IntTree) -> str:
    splits = int((tree.feature >= 0).sum())
    return f"/* Tree {number}: {splits} split{'s' if splits != 1 else ''}. */"


def _tree_function(
    number: int, tree: IntTree, context: EmitContext, leaf: Callable[[int], str]
) -> str:
    spec, name = context.graph.input, context.name
    unused = "" if tree.n_nodes > 1 else "    (void)x;\n"
    return (
        f"{_tree_comment(number, tree)}\n"
        f"static inline int32_t {name}_tree{number}(const {spec.dtype.c} *x)\n"
        "{\n" + unused + straight.emit_tree(tree, spec, leaf) + "}\n"
    )


def _emit_scalar(op: TreeEnsemble, context: EmitContext) -> OpCode:
    """Width one: every tree's function answers its leaf value."""
    values = op.leaf[:, 0]
    functions = [
        _tree_function(i, t, context, lambda row: f"return {c_int(int(values[row]))};")
        for i, t in enumerate(op.trees)
    ]
    name, target = context.name, context.element(op.output, 0)
    base = int(op.base[0])
    calls = [f"{name}_tree{i}(x)" for i in range(len(op.trees))]
    if len(calls) == 1 and base == 0:
        body = f"    {target} = {calls[0]};\n"
    else:
        body = f"    int32_t {op.output}_sum = {c_int(base)};\n"
        body += "".join(f"    {op.output}_sum += {call};\n" for call in calls)
        body += f"    {target} = {op.output}_sum;\n"
    return OpCode(functions="\n".join(functions), body=body)


def _emit_lanes(op: TreeEnsemble, context: EmitContext) -> OpCode:
    """Two 16-bit sums a word: a leaf chooses a row of words, added at one join per tree."""
    words = votes.packed_rows(op)
    n_words, width, name = words.shape[1], op.leaf.shape[1], context.name
    functions = [
        _tree_function(i, t, context, lambda row: f"return {row * n_words};")
        for i, t in enumerate(op.trees)
    ]
    body = "    const uint32_t *row;\n"
    body += "".join(f"    uint32_t sum{w} = 0;\n" for w in range(n_words))
    for i in range(len(op.trees)):
        body += f"    row = {name}_leaf + {name}_tree{i}(x);\n"
        body += "".join(f"    sum{w} += row[{w}];\n" for w in range(n_words))
    body += votes.unpack(op, context, [f"sum{w}" for w in range(n_words)])
    comment = f"Leaf rows of {width} votes, two to a word, low half first; no sum exceeds 65535."
    rows = table("uint32_t", f"{name}_leaf", (f"{v}U" for v in words.ravel()), comment)
    return OpCode(tables=rows, functions="\n".join(functions), body=body)


def _emit_wide(op: TreeEnsemble, context: EmitContext) -> OpCode:
    """One int32 sum an output, rows in a table."""
    width, name = op.leaf.shape[1], context.name
    functions = [
        _tree_function(i, t, context, lambda row: f"return {row * width};")
        for i, t in enumerate(op.trees)
    ]
    kind = int_type(op.leaf)
    body = f"    const {kind} *row;\n"
    body += "".join(
        f"    {context.element(op.output, j)} = {c_int(int(op.base[j]))};\n" for j in range(width)
    )
    for i in range(len(op.trees)):
        body += f"    row = {name}_leaf + {name}_tree{i}(x);\n"
        body += "".join(f"    {context.element(op.output, j)} += row[{j}];\n" for j in range(width))
    comment = f"Leaf rows of {width} values."
    rows = table(kind, f"{name}_leaf", (c_int(int(v)) for v in op.leaf.ravel()), comment)
    return OpCode(tables=rows, functions="\n".join(functions), body=body)


def _emit_straight(op: TreeEnsemble, context: EmitContext) -> OpCode:
    if votes.suits(op, context):
        code = votes.emit_votes(op, context)
    elif op.leaf.shape[1] == 1:
        code = _emit_scalar(op, context)
    elif votes.packs(op, context):
        code = _emit_lanes(op, context)
    else:
        code = _emit_wide(op, context)
    code = replace(code, gcc_options=(*_GCC_OPTIONS, *code.gcc_options))
    if not context.graph.input.dtype.is_float:
        return code
    header = "include/thumbling/float_order.h"
    return replace(code, runtime=(header,), includes=("thumbling/float_order.h",))


def emit_trees(op: TreeEnsemble, context: EmitContext) -> OpCode:
    """The C of an ensemble in the layout that `--optimize` asks for."""
    loop = _smaller_loop(op, context)
    return emit_loop(op, context, loop) if loop else _emit_straight(op, context)
