# SPDX-License-Identifier: MIT
"""C for ensembles as byte code: tables, and the loop over the trees."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, table
from thumbling.codegen.trees import byte_code
from thumbling.codegen.trees.leaf_rows import LeafRows, leaf_rows
from thumbling.ir.ops import TreeEnsemble

# Thumb code of the walk and the sums: measured on Cortex-M4 and M0+ with GCC 12 at -Os.
_WALK_BYTES = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLoop:
    """The data of an ensemble as byte code."""

    code: byte_code.TreeCode
    rows: LeafRows

    @property
    def n_bytes(self) -> int:
        """Flash it is estimated to take, its loop included."""
        starts = 2 * len(self.code.start) if len(self.code.start) > 1 else 0
        return len(self.code.code) + starts + self.rows.n_bytes + _WALK_BYTES


def plan_loop(op: TreeEnsemble, context: EmitContext) -> TreeLoop:
    """Byte code and leaf rows of an ensemble that `byte_code.fits`."""
    rows = leaf_rows(op, context.name, context.pointer(op.output))
    return TreeLoop(
        code=byte_code.encode(op, context.graph.input.dtype, rows.number),
        rows=rows,
    )


def _tree_pointer(context: EmitContext) -> str:
    return f"        const uint8_t *tree = {context.name}_code + {context.name}_start[i];\n"


def _single(op: TreeEnsemble, context: EmitContext, loop: TreeLoop, walk: str) -> str:
    """One output: a sum in a register, or no sum for one tree."""
    target, base = context.element(op.output, 0), c_int(int(op.base[0]))
    at = f"{context.name}_code"
    if len(op.trees) == 1:
        plus = "" if base == "0" else f"{base} + "
        return f"    {target} = {plus}{loop.rows.value.format(row=walk.format(at=at))};\n"
    return (
        f"    int32_t sum = {base};\n"
        "    uint32_t i;\n"
        f"    for (i = 0; i < {len(op.trees)}; i++) {{\n"
        f"{_tree_pointer(context)}"
        f"        const uint32_t row = {walk.format(at='tree')};\n"
        f"        sum += {loop.rows.value.format(row='row')};\n"
        "    }\n"
        f"    {target} = sum;\n"
    )


def _rows(op: TreeEnsemble, context: EmitContext, loop: TreeLoop, walk: str) -> str:
    """Several outputs: sums in memory, to which the leaf of each tree is added."""
    at, pointer = f"{context.name}_code", ""
    if len(op.trees) > 1:
        at, pointer = "tree", _tree_pointer(context)
    body = "".join(
        f"    {context.element(op.output, j)} = {c_int(value)};\n"
        for j, value in enumerate(op.base.tolist())
    )
    return (
        f"    uint32_t {'i, j' if loop.rows.counts else 'i'};\n{body}"
        f"    for (i = 0; i < {len(op.trees)}; i++) {{\n"
        f"{pointer}"
        f"        uint32_t row = {walk.format(at=at)};\n"
        f"{loop.rows.add}"
        "    }\n"
    )


def emit_loop(op: TreeEnsemble, context: EmitContext, loop: TreeLoop) -> OpCode:
    """The C of an ensemble as byte code."""
    name, form = context.name, loop.code.format
    tables = table(
        "uint8_t",
        f"{name}_code",
        (str(b) for b in loop.code.code),
        f"{len(op.trees)} trees as byte code, format in thumbling/tree_code.h.",
    )
    if len(op.trees) > 1:
        kind = "uint16_t" if loop.code.start[-1] < 65536 else "uint32_t"
        starts = (str(s) for s in loop.code.start)
        tables += "\n" + table(kind, f"{name}_start", starts, "Where each tree begins.")
    tables += "\n" + loop.rows.tables if loop.rows.tables else ""
    fields = (
        f"THB_X_{context.graph.input.dtype.value.upper()}, {form.header_bytes},"
        f" {form.threshold_bytes}, {int(form.threshold_signed)}, {form.leaf_bytes},"
        f" {int(form.long_leaves)}"
    )
    body = f"    const thb_tree_format_t format = {{{fields}}};\n"
    walk = "thb_tree_code_row({at}, x, format)"
    body += (_single if op.leaf.shape[1] == 1 else _rows)(op, context, loop, walk)
    return OpCode(
        tables=tables,
        body=body,
        runtime=("include/thumbling/tree_code.h", "include/thumbling/float_order.h"),
        includes=("thumbling/tree_code.h",),
    )
