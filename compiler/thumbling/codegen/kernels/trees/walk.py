# SPDX-License-Identifier: MIT
"""How the leaf of a tree is found: the C of a step of the loop over the trees."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.codegen.kernels.trees.byte_code import TreeCode
from thumbling.codegen.kernels.trees.leaf_rows import Numbers
from thumbling.codegen.kernels.trees.split_words import SplitWords
from thumbling.codegen.kernels.trees.straight import tree_function
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import table
from thumbling.codegen.text import struct
from thumbling.ir.ops.trees import TreeEnsemble


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A way to walk tree `i`.

    `row` are the statements that declare `uint32_t row` and set it to the number of the leaf row
    at which `x` ends, one a line. `code` has everything else they need; its body stands before the
    loop over the trees.
    """

    row: tuple[str, ...]
    code: OpCode


def by_byte_code(op: TreeEnsemble, scope: Scope, trees: TreeCode) -> Walk:
    """All trees in one table, read by the walk of the runtime."""
    comment = f"{len(op.trees)} trees as byte code, format in thumbling/tree_code.h."
    code = table("uint8_t", scope.constant("code"), trees.code, comment)
    tables, at, row = [code], code.name, []
    if len(op.trees) > 1:
        kind = "uint16_t" if trees.start[-1] < 65536 else "uint32_t"
        start = table(kind, scope.constant("start"), trees.start, "Where each tree begins.")
        tables.append(start)
        row.append(f"const uint8_t *tree = {at} + {start.name}[i];")
        at = "tree"
    form = trees.format
    fields = {
        "x_type": f"THB_X_{scope.graph.type_of(op.inputs[0]).value.upper()}",
        "header_bytes": form.header_bytes,
        "threshold_bytes": form.threshold_bytes,
        "threshold_signed": int(form.threshold_signed),
        "leaf_bytes": form.leaf_bytes,
        "long_leaves": int(form.long_leaves),
    }
    walking = OpCode(
        tables=tuple(tables),
        body=struct("const thb_tree_format_t format", fields, indent="    "),
        runtime=("include/thumbling/tree_code.h", "include/thumbling/float_order.h"),
        includes=("thumbling/tree_code.h",),
    )
    x = scope.pointer(op.inputs[0])
    row.append(f"uint32_t row = thb_tree_code_row({at}, {x}, format);")
    return Walk(row=tuple(row), code=walking)


def by_functions(op: TreeEnsemble, scope: Scope, numbers: Numbers) -> Walk:
    """A function a tree, of nested comparisons."""
    words, x = SplitWords.of(scope, op.inputs[0]), scope.pointer(op.inputs[0])
    names = [scope.name(f"tree{i}") for i in range(len(op.trees))]
    functions = [
        tree_function(name, i, tree, words, lambda row: f"return {numbers[row]};")
        for i, (name, tree) in enumerate(zip(names, op.trees, strict=True))
    ]
    row = [f"uint32_t row = (uint32_t){names[0]}({x});"]
    if len(names) > 1:
        row = ["uint32_t row;", "switch (i) {"]
        for i, name in enumerate(names):
            row += [f"case {i}:" if name != names[-1] else "default:"]
            row += [f"    row = (uint32_t){name}({x});", "    break;"]
        row += ["}"]
    return Walk(row=tuple(row), code=OpCode(functions="\n".join(functions)))
