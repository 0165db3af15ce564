# SPDX-License-Identifier: MIT
"""C of `Dense`: a table and a loop for size, pairs of inputs shared by rows for speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, table
from thumbling.ir.graph import INPUT
from thumbling.ir.ops import Dense
from thumbling.ir.types import DType

_MAX_ROWS = 5
_MAX_UNROLL = 16
_KERNEL_INPUT = {
    DType.INT8: "s8",
    DType.UINT8: "u8",
    DType.INT16: "s16",
    DType.UINT16: "u16",
    DType.INT32: "s32",
}


def _input_type(op: Dense, context: EmitContext) -> DType:
    """The C type of the values a layer reads: the stored one, or int32 from another op."""
    return context.graph.input.dtype if op.inputs[0] == INPUT else DType.INT32


def _c_int64(value: int) -> str:
    return "INT64_MIN" if value == -(2**63) else f"{value}LL"


def _c_bias(op: Dense, k: int) -> str:
    bias = int(op.bias[k])
    return c_int(bias) if op.accumulator_bits == 32 else _c_int64(bias)


def _bias_table(op: Dense, prefix: str) -> str:
    items = [_c_bias(op, k) for k in range(len(op.bias))]
    return table(f"int{op.accumulator_bits}_t", f"{prefix}_bias", items, "added to each row's sum")


def _weight_table(op: Dense, prefix: str, values: np.ndarray, comment: str) -> str:
    c_type = f"THB_DENSE_ALIGNED {op.weight.dtype.name}_t"
    return table(c_type, f"{prefix}_weight", [c_int(int(v)) for v in values], comment)


def _emit_loop(op: Dense, context: EmitContext, prefix: str) -> OpCode:
    n_out, n_in = op.weight.shape
    width = op.weight.dtype.itemsize * 8
    layer = f"thb_dense_s{width}_acc{op.accumulator_bits}"
    comment = f"one row of {n_in} weights for each of {n_out} outputs"
    source, target = context.pointer(op.inputs[0]), context.pointer(op.output)
    kernel = f"thb_dense_{_KERNEL_INPUT[_input_type(op, context)]}_s{width}"
    return OpCode(
        tables=_weight_table(op, prefix, op.weight.ravel(), comment)
        + _bias_table(op, prefix)
        + f"static const {layer}_t {prefix} = {{\n"
        f"    .weight = {prefix}_weight,\n"
        f"    .bias = {prefix}_bias,\n"
        f"    .n_in = {n_in},\n"
        f"    .n_out = {n_out},\n"
        f"    .shift = {op.shift},\n"
        "};\n",
        body=f"    {kernel}_acc{op.accumulator_bits}(&{prefix}, {source}, {target});\n",
        runtime=("include/thumbling/dense.h",),
        includes=("thumbling/dense.h",),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """How an unrolled layer walks its weights: `rows` outputs at a time, `unroll` pairs a
    turn where the core has the DSP extension."""

    rows: int
    pairs: int
    unroll: int
    odd: bool


def _largest_divisor(n: int, most: int) -> int:
    return max(d for d in range(1, min(n, most) + 1) if n % d == 0)


def _blocks(op: Dense, context: EmitContext) -> _Blocks:
    n_out, n_in = op.weight.shape
    pairs = n_in // 2
    size = context.optimize == "size"
    rows = 1 if size else _largest_divisor(n_out, _MAX_ROWS)
    fast = context.optimize == "speed" and pairs > 0
    unroll = _largest_divisor(pairs, max(1, _MAX_UNROLL // rows)) if fast else 1
    return _Blocks(rows=rows, pairs=pairs, unroll=unroll, odd=n_in % 2 == 1)


def _interleave(op: Dense, blocks: _Blocks) -> np.ndarray:
    """Weights in the order the loops read them: block, pair, row of the block, half of the pair."""
    n_out = op.weight.shape[0]
    even = op.weight[:, : 2 * blocks.pairs]
    shaped = even.reshape(n_out // blocks.rows, blocks.rows, blocks.pairs, 2)
    flat = shaped.transpose(0, 2, 1, 3).reshape(n_out // blocks.rows, -1)
    if blocks.odd:
        last = op.weight[:, -1].reshape(-1, blocks.rows)
        flat = np.concatenate([flat, last], axis=1)
    return flat.ravel()


def _turn(op: Dense, blocks: _Blocks, *, paired: bool) -> list[str]:
    """Statements of one turn of the inner loop."""
    bits = op.accumulator_bits
    lines: list[str] = []
    if paired:
        lines.append("const thb_s16x2_t pair = thb_s16x2_load(v);")
    for r in range(blocks.rows):
        w = 2 * r
        if paired:
            lines.append(f"a{r} = thb_s16x2_mac{bits}(a{r}, pair, thb_s16x2_load(&w[{w}]));")
        else:
            lines.append(f"a{r} += (int{bits}_t)w[{w}] * v[0];")
            lines.append(f"a{r} += (int{bits}_t)w[{w + 1}] * v[1];")
    lines.append("v += 2;")
    lines.append(f"w += {2 * blocks.rows};")
    return lines


def _is_paired(op: Dense, x_type: DType) -> bool:
    """Whether pairs of inputs and weights are words."""
    return x_type is DType.INT16 and op.weight.dtype == np.int16


def _block_body(op: Dense, blocks: _Blocks, x_type: DType) -> list[str]:
    """Statements for one block of outputs."""
    bits, rows = op.accumulator_bits, range(blocks.rows)
    paired, alone = _is_paired(op, x_type), blocks.rows == op.weight.shape[0]
    lines = [f"const {x_type.c} *v = x;"]
    if alone:
        lines += [f"int{bits}_t a{r} = {_c_bias(op, r)};" for r in rows]
    else:
        lines += [f"int{bits}_t a{r} = bias[{r}];" for r in rows]
    if blocks.pairs:
        inner = _turn(op, blocks, paired=paired)
        if blocks.unroll > 1:
            lines += [f"THB_DENSE_UNROLL({blocks.unroll}, {1 if blocks.rows == 1 else 2})"]
        lines += [f"for (unsigned j = 0; j < {blocks.pairs}U; j++) {{"]
        lines += [f"    {line}" for line in inner]
        lines += ["}"]
    if blocks.odd:
        lines += [f"a{r} += (int{bits}_t)w[{r}] * v[0];" for r in rows]
        lines += [] if alone else [f"w += {blocks.rows};"]
    lines += [f"out[{r}] = thb_dense_round_acc{bits}(a{r}, {op.shift}U);" for r in rows]
    return lines if alone else [*lines, f"bias += {blocks.rows};", f"out += {blocks.rows};"]


def _emit_blocks(op: Dense, context: EmitContext, prefix: str) -> OpCode:
    n_out, n_in = op.weight.shape
    blocks, x_type, bits = _blocks(op, context), _input_type(op, context), op.accumulator_bits
    comment = (
        f"{n_out} outputs of {n_in} weights, in blocks of {blocks.rows} outputs: for each pair of"
        " inputs the pairs of weights of a block"
    )
    lines = _block_body(op, blocks, x_type)
    alone = blocks.rows == n_out
    if not alone:
        lines = [
            f"const int{bits}_t *bias = {prefix}_bias;",
            f"for (unsigned k = 0; k < {n_out // blocks.rows}U; k++) {{",
            *[f"    {line}" for line in lines],
            "}",
        ]
    body = "".join(f"    {line}\n" for line in lines)
    function = (
        f"static void {prefix}_run(const {x_type.c} *x, int32_t *out)\n"
        "{\n"
        f"    const {op.weight.dtype.name}_t *w = {prefix}_weight;\n"
        f"{body}"
        "}\n"
    )
    return OpCode(
        tables=_weight_table(op, prefix, _interleave(op, blocks), comment)
        + ("" if alone else _bias_table(op, prefix)),
        functions=function,
        body=f"    {prefix}_run({context.pointer(op.inputs[0])}, {context.pointer(op.output)});\n",
        runtime=("include/thumbling/dense.h",),
        includes=("thumbling/dense.h",),
    )


def emit_dense(op: Dense, context: EmitContext) -> OpCode:
    """Tables and the call: blocks, or for `size` one loop where pairs gain nothing."""
    prefix = f"{context.name}_{op.output}"
    if context.optimize == "size" and not _is_paired(op, _input_type(op, context)):
        return _emit_loop(op, context, prefix)
    return _emit_blocks(op, context, prefix)
