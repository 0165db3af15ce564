# SPDX-License-Identifier: MIT
"""C of a `Quantize` whose only reader is a `Dense`: one kernel, no buffer between them.

The sums are the same integers in another order; none of their partial sums can overflow, since
the range analysis bounds the sum of magnitudes.
"""

from __future__ import annotations

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, table
from thumbling.ir.graph import Graph
from thumbling.ir.ops import Dense, Quantize

_HEADERS = ("quantized_dense.h", "quantize_f32.h", "float_order.h")


def fusable(graph: Graph, index: int) -> bool:
    """Whether op `index` is a Quantize that only the Dense after it reads."""
    pair = graph.ops[index : index + 2]
    if len(pair) < 2 or not isinstance(pair[0], Quantize) or not isinstance(pair[1], Dense):
        return False
    tensor = pair[0].output
    readers = [op for op in graph.ops if tensor in op.inputs]
    kept = any(output.tensor == tensor for output in graph.outputs)
    return readers == [pair[1]] and not kept


def emit_quantized_dense(quantize: Quantize, dense: Dense, context: EmitContext) -> OpCode:
    """Tables and the call of the fused kernel; a NaN ends the prediction."""
    prefix = f"{context.name}_{dense.output}"
    n_out, n_in = dense.weight.shape
    kind = dense.weight.dtype.name
    narrow = dense.accumulator_bits == 32 and dense.shift == 0 and kind != "int32"
    sums = "s32" if narrow else "s64"
    weight = (dense.weight.T if narrow else dense.weight).ravel().tolist()
    order = "feature by feature" if narrow else "output by output"
    biases = dense.bias.tolist()
    bias = map(c_int, biases) if narrow else (f"INT64_C({b})" for b in biases)
    tables = (
        table(
            "int8_t",
            f"{prefix}_shift",
            map(str, quantize.shift.tolist()),
            "Feature j is quantized in units of 2**-shift[j].",
        )
        + "\n"
        + table(f"{kind}_t", f"{prefix}_weight", map(c_int, weight), f"Weights, {order}.")
        + "\n"
        + table("int32_t" if narrow else "int64_t", f"{prefix}_bias", bias, "Biases.")
    )
    limit = (1 << (quantize.bits - 1)) - 1
    right = "" if narrow else f", {dense.shift}U"
    call = (
        f"thb_quantized_dense_s{kind.removeprefix('int')}_{sums}({context.pointer(quantize.inputs[0])},"
        f" {n_in}U, {n_out}U, {prefix}_shift, {prefix}_weight, {prefix}_bias, {limit}{right},"
        f" {context.pointer(dense.output)})"
    )
    return OpCode(
        tables=tables,
        body=f"    if ({call} != 0) {{\n        return THB_ERR_NAN;\n    }}\n",
        runtime=tuple(f"include/thumbling/{h}" for h in _HEADERS),
        includes=("thumbling/quantized_dense.h",),
    )
