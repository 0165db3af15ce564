# SPDX-License-Identifier: MIT
"""C for the ops that turn sums into answers: argmax, threshold, complement."""

from __future__ import annotations

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int
from thumbling.ir.ops import Above, ArgMax, Complement


def emit_argmax(op: ArgMax, context: EmitContext) -> OpCode:
    """The first greatest of each group: straight code for speed, a loop for size."""
    source = op.inputs[0]
    body, start = "", 0
    for k, width in enumerate(op.groups):
        target = context.element(op.output, k)
        if context.optimize == "speed" and width <= 16:
            body += _straight(context, source, start, width, target)
        else:
            body += (
                f"    {target} = thb_argmax({context.pointer(source)} + {start}, {width});\n"
                if start
                else f"    {target} = thb_argmax({context.pointer(source)}, {width});\n"
            )
        start += width
    header = "thumbling/argmax.h"
    return OpCode(body=body, runtime=(f"include/{header}",), includes=(header,))


def _straight(context: EmitContext, source: str, start: int, width: int, target: str) -> str:
    element = context.element(source, start)
    lines = ["    {", f"        int32_t best = {element};", "        int32_t label = 0;"]
    for j in range(1, width):
        element = context.element(source, start + j)
        last = j == width - 1
        lines += [f"        if ({element} > best) {{"]
        lines += [] if last else [f"            best = {element};"]
        lines += [f"            label = {j};", "        }"]
    if width == 1:
        lines.append("        (void)best;")
    return "\n".join([*lines, f"        {target} = label;", "    }"]) + "\n"


def emit_above(op: Above, context: EmitContext) -> OpCode:
    """A comparison per label."""
    body = ""
    for k, cut in enumerate(op.cut.tolist()):
        source = context.element(op.inputs[0], k)
        body += f"    {context.element(op.output, k)} = {source} > {c_int(cut)};\n"
    return OpCode(body=body)


def emit_complement(op: Complement, context: EmitContext) -> OpCode:
    """Both shares from one."""
    source = context.element(op.inputs[0], 0)
    return OpCode(
        body=f"    {context.element(op.output, 0)} = {op.total} - {source};\n"
        f"    {context.element(op.output, 1)} = {source};\n"
    )
