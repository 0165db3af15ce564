# SPDX-License-Identifier: MIT
"""How the leaf of a tree is found: the C of a step of the loop over the trees."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import table
from thumbling.codegen.trees.byte_code import TreeCode
from thumbling.codegen.trees.leaf_rows import Numbers
from thumbling.codegen.trees.straight import tree_function
from thumbling.ir.ops import TreeEnsemble


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A way to walk tree `i`.

    `row` are the statements that declare `uint32_t row` and set it to the number of the leaf row
    at which `x` ends, one a line. `code` has everything else they need; its body stands before the
    loop over the trees.
    """

    row: tuple[str, ...]
    code: OpCode


def by_byte_code(op: TreeEnsemble, context: EmitContext, trees: TreeCode) -> Walk:
    """All trees in one table, read by the walk of the runtime."""
    name = context.name
    tables = table(
        "uint8_t",
        f"{name}_code",
        (str(b) for b in trees.code),
        f"{len(op.trees)} trees as byte code, format in thumbling/tree_code.h.",
    )
    at, row = f"{name}_code", []
    if len(op.trees) > 1:
        kind = "uint16_t" if trees.start[-1] < 65536 else "uint32_t"
        starts = (str(s) for s in trees.start)
        tables += "\n" + table(kind, f"{name}_start", starts, "Where each tree begins.")
        row.append(f"const uint8_t *tree = {at} + {name}_start[i];")
        at = "tree"
    form = trees.format
    fields = (
        f"THB_X_{context.graph.input.dtype.value.upper()}, {form.header_bytes},"
        f" {form.threshold_bytes}, {int(form.threshold_signed)}, {form.leaf_bytes},"
        f" {int(form.long_leaves)}"
    )
    code = OpCode(
        tables=tables,
        body=f"    const thb_tree_format_t format = {{{fields}}};\n",
        runtime=("include/thumbling/tree_code.h", "include/thumbling/float_order.h"),
        includes=("thumbling/tree_code.h",),
    )
    return Walk(row=(*row, f"uint32_t row = thb_tree_code_row({at}, x, format);"), code=code)


def by_functions(op: TreeEnsemble, context: EmitContext, numbers: Numbers) -> Walk:
    """A function a tree, of nested comparisons."""
    functions = [
        tree_function(i, tree, context, lambda row: f"return {numbers[row]};")
        for i, tree in enumerate(op.trees)
    ]
    last = len(op.trees) - 1
    row = [f"uint32_t row = (uint32_t){context.name}_tree0(x);"]
    if last:
        row = ["uint32_t row;", "switch (i) {"]
        for i in range(last + 1):
            row += [f"case {i}:" if i < last else "default:"]
            row += [f"    row = (uint32_t){context.name}_tree{i}(x);", "    break;"]
        row += ["}"]
    return Walk(row=tuple(row), code=OpCode(functions="\n".join(functions)))
