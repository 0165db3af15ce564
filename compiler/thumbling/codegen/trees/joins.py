# SPDX-License-Identifier: MIT
"""A function a tree in straight code: its answer is added to sums, all of them at each tree."""

from __future__ import annotations

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, table
from thumbling.codegen.trees.lanes import Lanes, finish, lanes
from thumbling.codegen.trees.leaf_rows import int_type, size_of
from thumbling.codegen.trees.straight import tree_function
from thumbling.ir.ops import ArgMax, TreeEnsemble


def emit_scalar(op: TreeEnsemble, context: EmitContext) -> OpCode:
    """Width one: every tree's function answers its leaf value."""
    values = op.leaf[:, 0]
    functions = [
        tree_function(i, t, context, lambda row: f"return {c_int(int(values[row]))};")
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


def _table_type(sums: Lanes, op: TreeEnsemble) -> str:
    return "uint32_t" if sums.packed else int_type(op.leaf)


def emit_joins(op: TreeEnsemble, context: EmitContext, label: ArgMax | None = None) -> OpCode:
    """A leaf chooses a row of a table, all of which is added at one join a tree."""
    sums, name = lanes(op, context, label), context.name
    functions = [
        tree_function(i, t, context, lambda row: f"return {row * sums.count};")
        for i, t in enumerate(op.trees)
    ]
    kind, suffix = _table_type(sums, op), "U" if sums.packed else ""
    body = f"    const {kind} *row;\n{sums.start}"
    for i in range(len(op.trees)):
        body += f"    row = {name}_leaf + {name}_tree{i}(x);\n"
        body += "".join(f"    {word} += row[{k}];\n" for k, word in enumerate(sums.names))
    what = "votes, two to a word, low half first; no sum exceeds 65535" if sums.packed else "values"
    comment = f"Leaf rows of {op.leaf.shape[1]} {what}."
    values = (f"{c_int(v)}{suffix}" for v in sums.words.ravel().tolist())
    return OpCode(
        tables=table(kind, f"{name}_leaf", values, comment),
        functions="\n".join(functions),
        body=body + finish(op, context, sums, label),
    )


def table_bytes(op: TreeEnsemble, context: EmitContext) -> int:
    """Flash of the leaf table of `emit_joins`."""
    sums = lanes(op, context)
    return sums.words.size * size_of(_table_type(sums, op))
