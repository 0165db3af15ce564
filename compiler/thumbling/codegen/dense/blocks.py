# SPDX-License-Identifier: MIT
"""C of `Dense`: blocks of rows that share their inputs, and the decision behind them.

The loops are in the runtime, their order of weights in `layout`. A label that alone is
wanted of the sums is decided block by block, so that no sums are kept.
"""

from __future__ import annotations

from thumbling.codegen.dense.layout import Layer, c_bias, layer_tables, layers
from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int
from thumbling.ir.ops import Above, ArgMax, Dense, Op
from thumbling.ir.types import DType

_SHORT = {
    DType.INT8: "s8",
    DType.UINT8: "u8",
    DType.INT16: "s16",
    DType.UINT16: "u16",
    DType.INT32: "s32",
}
_PAIR_HEADERS = ("thumbling/dense_pairs.h", "thumbling/dense_pairs_v6m.h")


def _sums(layer: Layer, bias: str, weight: str) -> list[str]:
    """Statements that set `sum[]` to a block's sums."""
    bits, short = layer.bits, _SHORT[layer.x_type]
    kernel = f"thb_dense_{short}_s{layer.w_bits}"
    counts = f"{layer.turns}U, {layer.units}U"
    if layer.paired:
        lines = [
            f"int{bits}_t sum[{layer.rows}];",
            f"{kernel}_rows{layer.rows}_acc{bits}({bias}, x, {weight}, sum, {counts});",
        ]
    else:
        start = c_bias(layer, 0) if layer.alone else f"{bias}[0]"
        lines = [
            f"int{bits}_t sum[1];",
            f"sum[0] = {kernel}_acc{bits}({start}, x, {weight}, {counts});",
        ]
    at = layer.n_looped * layer.rows
    for j in range(layer.n_looped, layer.n_in):
        for r in range(layer.rows):
            lines.append(f"sum[{r}] += (int{bits}_t){weight}[{at}] * x[{j}];")
            at += 1
    return lines


def _result(layer: Layer, r: int) -> str:
    how = "saturate" if layer.op.saturate else "round"
    return f"thb_dense_{how}_acc{layer.bits}(sum[{r}], {layer.op.shift}U)"


def _blocks(layer: Layer, use: list[str]) -> list[str]:
    """The block's sums and what is done with them, for every block."""
    if layer.alone:
        return [*_sums(layer, f"{layer.prefix}_bias", f"{layer.prefix}_weight"), *use]
    return [
        f"const {layer.prefix}_block_t *block = {layer.prefix}_block;",
        f"for (int32_t k = 0; k < {layer.n_out}; k += {layer.rows}) {{",
        *[f"    {line}" for line in _sums(layer, "block->bias", "block->weight")],
        *[f"    {line}" for line in use],
        "    block++;",
        "}",
    ]


def _index(layer: Layer, r: int) -> str:
    """The output of row r of a block."""
    if layer.alone:
        return str(layer.first + r)
    return f"k + {r}" if r else "k"


def _use(layer: Layer, label: Op | None) -> list[str]:
    """Statements that store a block's sums or look for the greatest."""
    results = [(_index(layer, r), _result(layer, r)) for r in range(layer.rows)]
    match label:
        case ArgMax():
            return [f"thb_argmax_next(&best, out, {value}, {k});" for k, value in results]
        case Above():
            return [f"*out = {results[0][1]} > {c_int(int(label.cut[0]))};"]
        case _:
            return [f"out[{k}] = {value};" for k, value in results]


def emit_dense(op: Dense, context: EmitContext, label: Op | None = None) -> OpCode:
    """Tables, a function and its call; with `label` the function decides instead of storing."""
    parts = layers(op, context)
    headers, lines = ["thumbling/dense.h"], []
    if isinstance(label, ArgMax):
        headers.append("thumbling/argmax.h")
        lines += ["int32_t best = INT32_MIN;", "*out = 0;"]
    blocks = [_blocks(layer, _use(layer, label)) for layer in parts]
    if len(parts) > 1:
        blocks = [["{", *[f"    {line}" for line in block], "}"] for block in blocks]
    lines += [line for block in blocks for line in block]
    body = "".join(f"    {line}\n" for line in lines)
    prefix, x_type = parts[0].prefix, parts[0].x_type.c
    x, out = context.pointer(op.inputs[0]), context.pointer((label or op).output)
    return OpCode(
        tables="\n".join(map(layer_tables, parts)),
        functions=f"{context.layer} void {prefix}_run"
        f"(const {x_type} *x, int32_t *out)\n{{\n{body}}}\n",
        body=f"    {prefix}_run({x}, {out});\n",
        runtime=tuple(f"include/{h}" for h in (*headers, *_PAIR_HEADERS)),
        includes=tuple(headers),
    )
