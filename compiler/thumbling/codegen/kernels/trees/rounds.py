# SPDX-License-Identifier: MIT
"""Sums in memory, to which a loop over the trees adds the leaf row that each reaches.

Where a label alone is wanted of many classes, their votes would fill the stack. So the trees are
walked in rounds: each counts the votes of a few classes and goes on with the search for the
greatest where the round before stopped.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thumbling.codegen.kernels.trees.leaf_rows import LeafRows, Sums
from thumbling.codegen.kernels.trees.packed_sums import packs
from thumbling.codegen.kernels.trees.walk import Walk
from thumbling.codegen.opcode import OpCode, merge
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant, table
from thumbling.codegen.text import c_int
from thumbling.ir.graph import Graph
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.schedule import Goal

# Bytes of stack that a walk takes beside the votes.
FRAME_BYTES = 64
# GCC would otherwise load constants before the loops, and keep them on the stack.
_GCC_OPTIONS = ("no-move-loop-invariants",)


def vote_bytes(goal: Goal) -> int:
    """Bytes of stack that the votes of a round may take."""
    return max(goal.stack - FRAME_BYTES, 4)


def sums_of(op: TreeEnsemble, graph: Graph, goal: Goal, label: ArgMax | None) -> Sums:
    """How sums are kept: all of them, or the votes of a round, of which `label` needs a few."""
    n_sums = int(op.leaf.shape[1])
    if label is None:
        return Sums(pointer="$sums", c_type="int32_t", kept=n_sums, total=n_sums)
    short = packs(op, graph)
    rounds = -(-n_sums // (vote_bytes(goal) // (2 if short else 4)))
    return Sums(
        pointer="votes",
        c_type="uint16_t" if short else "int32_t",
        kept=-(-n_sums // rounds),
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


def _start(
    op: TreeEnsemble, scope: Scope, sums: Sums, count: str
) -> tuple[tuple[Constant, ...], list[str]]:
    """A table, if any, and the statements that set sums to their base."""
    first = "first + " if sums.in_rounds else ""
    tables: tuple[Constant, ...] = ()
    value = c_int(int(op.base[0]))
    if (op.base != op.base[0]).any() or (scope.in_block and op.base.any()):
        base = table("int32_t", scope.constant("base"), op.base, "What the sums begin with.")
        tables, value = (base,), f"{base.name}[{first}j]"
    elif sums.kept <= (32 if scope.optimize == "speed" else 4):
        return (), [f"{sums.pointer}[{j}] = {value};" for j in range(sums.kept)]
    return tables, [
        "THB_ROLLED",
        f"for (uint32_t j = 0; j < {count}; j++) {{",
        f"    {sums.pointer}[j] = {value};",
        "    THB_NO_LIBRARY_CALL();",
        "}",
    ]


def _search(
    scope: Scope, sums: Sums, label: ArgMax, count: str
) -> tuple[tuple[Constant, ...], list[str]]:
    """A table, if any, and the statements that look at the votes of a round for the greatest."""
    at, turn = "first + j" if sums.in_rounds else "j", list[str]()
    tables: tuple[Constant, ...] = ()
    if len(label.groups) > 1:
        ends = np.cumsum(label.groups).tolist()
        kind = "uint16_t" if ends[-1] < 65536 else "uint32_t"
        end = table(kind, scope.constant("end"), ends, "Where the votes of each output end.")
        tables = (end,)
        turn = [
            f"if ({at} == {end.name}[group]) {{",
            "    group++;",
            f"    begin = {at};",
            "    best = INT32_MIN;",
            "}",
        ]
        at += " - begin"
    index = "(int32_t)j" if at == "j" else f"(int32_t)({at})"
    target = scope.pointer(label.output) + (" + group" if turn else "")
    call = f"thb_argmax_next(&best, {target}, {sums.pointer}[j], {index});"
    return tables, [
        "THB_ROLLED",
        f"for (uint32_t j = 0; j < {count}; j++) {{",
        *_indent([*turn, call]),
        "}",
    ]


def _decide(op: TreeEnsemble, scope: Scope, sums: Sums, walked: list[str], label: ArgMax) -> OpCode:
    """All rounds, and the search for the greatest across them."""
    n, most = sums.total, sums.kept
    count = sums.length
    base, start = _start(op, scope, sums, count)
    ends, search = _search(scope, sums, label, count)
    one_round = [*start, *walked, *search]
    note = " /* none exceeds 65535 */" if sums.c_type == "uint16_t" else ""
    lines = [f"{sums.c_type} {sums.pointer}[{most}];{note}", "int32_t best = INT32_MIN;"]
    lines += ["uint32_t group = 0, begin = 0;"] if ends else []
    lines += [f"{scope.element(label.output, k)} = 0;" for k in range(len(label.groups))]
    if sums.in_rounds:
        rest = f"const uint32_t n = {n}U - first < {most}U ? {n}U - first : {most}U;"
        one_round = [rest, *one_round] if count == "n" else one_round
        lines += [
            f"/* All trees again for every {most} votes, so that few are on the stack. */",
            f"for (uint32_t first = 0; first < {n}; first += {most}) {{",
            *_indent(one_round),
            "}",
        ]
    else:
        lines += one_round
    return OpCode(
        tables=(*base, *ends),
        body=_body(lines),
        runtime=("include/thumbling/argmax.h",),
        includes=("thumbling/argmax.h",),
    )


def emit_rows(
    op: TreeEnsemble,
    scope: Scope,
    walk: Walk,
    rows: LeafRows,
    sums: Sums,
    label: ArgMax | None = None,
) -> OpCode:
    """Tables and the loop over the trees; with `label` what only it needs is not kept."""
    walked = _every_tree(op, [*walk.row, *rows.add])
    if label is not None:
        code = _decide(op, scope, sums, walked, label)
        code = replace(code, gcc_options=_GCC_OPTIONS)
    else:
        base, start = _start(op, scope, sums, str(sums.kept))
        code = OpCode(tables=base, body=_body([*start, *walked]))
    return merge(walk.code, OpCode(tables=rows.tables), code)


def emit_sum(op: TreeEnsemble, scope: Scope, walk: Walk, rows: LeafRows) -> OpCode:
    """Ensembles of one output: a sum in a register."""
    target, base, tables = scope.element(op.output, 0), "0", tuple[Constant, ...]()
    if op.base.any():
        (base,), tables = scope.numbers("base", op.base, "What the sum begins with.")
    if len(op.trees) == 1:
        lines = [
            *walk.row,
            f"{target} = {rows.value if base == '0' else f'{base} + {rows.value}'};",
        ]
    else:
        step = [*walk.row, f"sum += {rows.value};"]
        lines = [f"int32_t sum = {base};", *_every_tree(op, step), f"{target} = sum;"]
    return merge(walk.code, OpCode(tables=(*rows.tables, *tables)), OpCode(body=_body(lines)))
