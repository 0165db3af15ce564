# SPDX-License-Identifier: MIT
"""C of `Softmax`."""

from __future__ import annotations

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.errors import InternalError
from thumbling.ir.ops import Softmax


def emit_softmax(op: Softmax, context: EmitContext) -> OpCode:
    """The call of the runtime's function for the op's mode."""
    source, target = context.pointer(op.inputs[0]), context.pointer(op.output)
    n = context.graph.tensors[op.inputs[0]].size
    match op.mode:
        case "softmax":
            call = f"thb_softmax({source}, {target}, {n}U, {op.fraction_bits}U)"
        case "ovr":
            call = f"thb_softmax_ovr({source}, {target}, {n}U, {op.fraction_bits}U)"
        case "sigmoid":
            call = f"thb_sigmoid({context.element(op.inputs[0], 0)}, {target}, {op.fraction_bits}U)"
        case _:
            raise InternalError(f"no softmax mode is called {op.mode!r}")
    return OpCode(
        body=f"    {call};\n",
        runtime=("include/thumbling/softmax.h", "src/softmax.c"),
        includes=("thumbling/softmax.h",),
    )
