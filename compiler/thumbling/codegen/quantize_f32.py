# SPDX-License-Identifier: MIT
"""C of `Quantize`."""

from __future__ import annotations

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import table
from thumbling.ir.ops import Quantize


def emit_quantize(op: Quantize, context: EmitContext) -> OpCode:
    """The table of shifts and the call; a NaN ends the prediction."""
    prefix = f"{context.name}_{op.output}"
    limit = (1 << (op.bits - 1)) - 1
    source, target = context.pointer(op.inputs[0]), context.pointer(op.output)
    comment = "feature j is quantized in units of 2**-shift[j]"
    return OpCode(
        tables=table("int8_t", f"{prefix}_shift", map(str, op.shift.tolist()), comment),
        body=f"    if (thb_quantize_f32({source}, {prefix}_shift, {len(op.shift)}U, {limit},"
        f" {target}) != 0) {{\n"
        "        return THB_ERR_NAN;\n"
        "    }\n",
        runtime=("include/thumbling/quantize_f32.h", "include/thumbling/float_order.h"),
        includes=("thumbling/quantize_f32.h",),
    )
