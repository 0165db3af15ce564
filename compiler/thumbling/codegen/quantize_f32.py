# SPDX-License-Identifier: MIT
"""C of `Quantize`."""

from __future__ import annotations

from thumbling.codegen.convert import Conversion
from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.ir.ops import Quantize


def emit_quantize(op: Quantize, context: EmitContext) -> OpCode:
    """One loop; a NaN ends the prediction."""
    prefix = f"{context.name}_{op.output}"
    conversion = Conversion(quantize=op, clamp=None, prefix=prefix)
    statements = "".join(f"        {line}\n" for line in conversion.statements("j", "value"))
    call = f"{prefix}_run({context.pointer(op.inputs[0])}, {context.pointer(op.output)})"
    return OpCode(
        tables=conversion.tables(),
        functions=f"static thb_status_t {prefix}_run(const float *x, int32_t *out)\n"
        "{\n"
        f"    for (unsigned j = 0; j < {len(op.shift)}U; j++) {{\n"
        f"{statements}"
        "        out[j] = value;\n"
        "    }\n"
        "    return THB_OK;\n"
        "}\n",
        body=f"    if ({call} != THB_OK) {{\n        return THB_ERR_NAN;\n    }}\n",
        runtime=tuple(f"include/thumbling/{h}" for h in conversion.headers),
        includes=("thumbling/quantize_f32.h",),
    )
