# SPDX-License-Identifier: MIT
"""C of `Clamp`."""

from __future__ import annotations

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, table
from thumbling.ir.graph import INPUT
from thumbling.ir.ops import Clamp
from thumbling.ir.types import DType


def narrowest(values: list[int]) -> str:
    """The smallest C type that holds all values."""
    for dtype in (DType.INT8, DType.UINT8, DType.INT16, DType.UINT16):
        low, high = dtype.bounds
        if low <= min(values) and max(values) <= high:
            return dtype.c
    return DType.INT32.c


def emit_clamp(op: Clamp, context: EmitContext) -> OpCode:
    """One loop over two tables."""
    prefix = f"{context.name}_{op.output}"
    low, high = op.low.tolist(), op.high.tolist()
    c_type = narrowest(low + high)
    source, target = context.pointer(op.inputs[0]), context.pointer(op.output)
    value_type = context.graph.input.dtype.c if op.inputs[0] == INPUT else "int32_t"
    return OpCode(
        tables=table(c_type, f"{prefix}_low", map(c_int, low), "least value of each feature")
        + table(c_type, f"{prefix}_high", map(c_int, high), "greatest value of each feature"),
        functions=f"static void {prefix}_run(const {value_type} *x, int32_t *out)\n"
        "{\n"
        f"    for (unsigned j = 0; j < {len(low)}U; j++) {{\n"
        f"        const int32_t least = {prefix}_low[j];\n"
        f"        const int32_t most = {prefix}_high[j];\n"
        "        const int32_t value = x[j];\n"
        "        out[j] = value < least ? least : (value > most ? most : value);\n"
        "    }\n"
        "}\n",
        body=f"    {prefix}_run({source}, {target});\n",
    )
