# SPDX-License-Identifier: MIT
"""C for the ops that turn sums into answers: argmax, threshold, complement."""

from __future__ import annotations

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int
from thumbling.ir.graph import Graph
from thumbling.ir.ops import Above, ArgMax, Complement

# Up to here the greatest is found without a loop for speed.
_STRAIGHT_VALUES = 16


def label_behind(graph: Graph, index: int) -> Above | ArgMax | None:
    """The label behind op `index`, if nothing else reads what that op computes."""
    pair = graph.ops[index : index + 2]
    if len(pair) < 2 or not isinstance(pair[1], ArgMax | Above):
        return None
    tensor, label = pair[0].output, pair[1]
    readers = [op for op in graph.ops if tensor in op.inputs]
    alone = readers == [label] and all(output.tensor != tensor for output in graph.outputs)
    return label if alone else None


def emit_argmax(op: ArgMax, context: EmitContext) -> OpCode:
    """The first greatest of each group: straight code for speed, a loop for size."""
    source = op.inputs[0]
    if context.optimize == "speed" and max(op.groups) <= _STRAIGHT_VALUES:
        values = [context.element(source, j) for j in range(sum(op.groups))]
        return OpCode(body=search(values, op, context))
    body, start = "", 0
    for k, width in enumerate(op.groups):
        pointer = context.pointer(source) + (f" + {start}" if start else "")
        body += f"    {context.element(op.output, k)} = thb_argmax({pointer}, {width});\n"
        start += width
    header = "thumbling/argmax.h"
    return OpCode(body=body, runtime=(f"include/{header}",), includes=(header,))


def search(values: list[str], op: ArgMax, context: EmitContext) -> str:
    """Straight code for the first greatest of each group of C expressions."""
    body, start = "", 0
    for k, width in enumerate(op.groups):
        group = values[start : start + width]
        body += _straight(group, context.element(op.output, k))
        start += width
    return body


def _straight(values: list[str], target: str) -> str:
    lines = ["    {", f"        int32_t best = {values[0]};", "        int32_t label = 0;"]
    for j, value in enumerate(values[1:], start=1):
        last = j == len(values) - 1
        lines += [f"        if ({value} > best) {{"]
        lines += [] if last else [f"            best = {value};"]
        lines += [f"            label = {j};", "        }"]
    if len(values) == 1:
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
