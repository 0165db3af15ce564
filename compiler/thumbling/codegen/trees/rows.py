# SPDX-License-Identifier: MIT
"""Sums in memory, to which a loop over the trees adds the leaf row that each reaches.

Where a label alone is wanted of many classes, their votes would fill the stack. So the trees are
walked in passes: each counts the votes of a few classes and goes on with the search for the
greatest where the pass before stopped.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thumbling.codegen.opcode import EmitContext, OpCode, merge
from thumbling.codegen.text import c_int, table
from thumbling.codegen.trees.lanes import packs
from thumbling.codegen.trees.leaf_rows import LeafRows, Sums
from thumbling.codegen.trees.walk import Walk
from thumbling.ir.ops import ArgMax, TreeEnsemble

# Bytes of stack that the votes of a pass may take.
VOTE_BYTES = 64
# GCC would otherwise load constants before the loops, and keep them on the stack.
_GCC_OPTIONS = ("no-move-loop-invariants",)


def sums_of(op: TreeEnsemble, context: EmitContext, label: ArgMax | None) -> Sums:
    """Where the sums lie: in the tensor of the op, or in votes of which `label` needs a few."""
    n_sums = op.leaf.shape[1]
    if label is None:
        return Sums(pointer=context.pointer(op.output), c_type="int32_t", kept=n_sums, total=n_sums)
    short = packs(op, context)
    passes = -(-n_sums // (VOTE_BYTES // (2 if short else 4)))
    return Sums(
        pointer="votes",
        c_type="uint16_t" if short else "int32_t",
        kept=-(-n_sums // passes),
        total=n_sums,
    )


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _body(lines: list[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def _every_tree(op: TreeEnsemble, step: list[str]) -> list[str]:
    n = len(op.trees)
    if n == 1:
        return ["{", *_indent(step), "}"]
    return [f"for (uint32_t i = 0; i < {n}; i++) {{", *_indent(step), "}"]


def _start(op: TreeEnsemble, context: EmitContext, sums: Sums, count: str) -> tuple[str, list[str]]:
    """A table, if any, and the statements that set sums to their base."""
    first = "first + " if sums.in_passes else ""
    tables, value = "", c_int(int(op.base[0]))
    if (op.base != op.base[0]).any():
        items = (c_int(int(b)) for b in op.base)
        tables = table("int32_t", f"{context.name}_base", items, "What the sums begin with.")
        value = f"{context.name}_base[{first}j]"
    elif sums.kept <= (32 if context.optimize == "speed" else 4):
        return "", [f"{sums.pointer}[{j}] = {value};" for j in range(sums.kept)]
    return tables, [
        "THB_ROLLED",
        f"for (uint32_t j = 0; j < {count}; j++) {{",
        f"    {sums.pointer}[j] = {value};",
        "    THB_NO_LIBRARY_CALL();",
        "}",
    ]


def _search(context: EmitContext, sums: Sums, label: ArgMax, count: str) -> tuple[str, list[str]]:
    """A table, if any, and the statements that look at the votes of a pass for the greatest."""
    at, tables, turn = "first + j" if sums.in_passes else "j", "", []
    if len(label.groups) > 1:
        ends = np.cumsum(label.groups).tolist()
        tables = table(
            "uint16_t" if ends[-1] < 65536 else "uint32_t",
            f"{context.name}_end",
            map(str, ends),
            "Where the votes of each output end.",
        )
        turn = [
            f"if ({at} == {context.name}_end[group]) {{",
            "    group++;",
            f"    begin = {at};",
            "    best = INT32_MIN;",
            "}",
        ]
        at += " - begin"
    index = "(int32_t)j" if at == "j" else f"(int32_t)({at})"
    target = context.pointer(label.output) + (" + group" if turn else "")
    call = f"thb_argmax_next(&best, {target}, {sums.pointer}[j], {index});"
    return tables, [
        "THB_ROLLED",
        f"for (uint32_t j = 0; j < {count}; j++) {{",
        *_indent([*turn, call]),
        "}",
    ]


def _decide(
    op: TreeEnsemble, context: EmitContext, sums: Sums, walked: list[str], label: ArgMax
) -> OpCode:
    """All passes, and the search for the greatest across them."""
    n, most = sums.total, sums.kept
    count = sums.length
    base, start = _start(op, context, sums, count)
    ends, search = _search(context, sums, label, count)
    one_pass = [*start, *walked, *search]
    note = " /* none exceeds 65535 */" if sums.c_type == "uint16_t" else ""
    lines = [f"{sums.c_type} {sums.pointer}[{most}];{note}", "int32_t best = INT32_MIN;"]
    lines += ["uint32_t group = 0, begin = 0;"] if ends else []
    lines += [f"{context.element(label.output, k)} = 0;" for k in range(len(label.groups))]
    if sums.in_passes:
        rest = f"const uint32_t n = {n}U - first < {most}U ? {n}U - first : {most}U;"
        one_pass = [rest, *one_pass] if count == "n" else one_pass
        lines += [
            f"/* All trees again for every {most} votes, so that few are on the stack. */",
            f"for (uint32_t first = 0; first < {n}; first += {most}) {{",
            *_indent(one_pass),
            "}",
        ]
    else:
        lines += one_pass
    return OpCode(
        tables="\n".join(filter(None, (base, ends))),
        body=_body(lines),
        runtime=("include/thumbling/argmax.h",),
        includes=("thumbling/argmax.h",),
    )


def emit_rows(
    op: TreeEnsemble,
    context: EmitContext,
    walk: Walk,
    rows: LeafRows,
    sums: Sums,
    label: ArgMax | None = None,
) -> OpCode:
    """Tables and the loop over the trees; with `label` what only it needs is not kept."""
    walked = _every_tree(op, [*walk.row, *rows.add])
    if label is not None:
        code = _decide(op, context, sums, walked, label)
        code = replace(code, gcc_options=_GCC_OPTIONS)
    else:
        base, start = _start(op, context, sums, str(sums.kept))
        code = OpCode(tables=base, body=_body([*start, *walked]))
    return merge(walk.code, OpCode(tables=rows.tables), code)


def emit_sum(op: TreeEnsemble, context: EmitContext, walk: Walk, rows: LeafRows) -> OpCode:
    """Ensembles of one output: a sum in a register."""
    target, base = context.element(op.output, 0), c_int(int(op.base[0]))
    if len(op.trees) == 1:
        lines = [
            *walk.row,
            f"{target} = {rows.value if base == '0' else f'{base} + {rows.value}'};",
        ]
    else:
        step = [*walk.row, f"sum += {rows.value};"]
        lines = [f"int32_t sum = {base};", *_every_tree(op, step), f"{target} = sum;"]
    return merge(walk.code, OpCode(tables=rows.tables), OpCode(body=_body(lines)))
