# SPDX-License-Identifier: MIT
"""C of `Dense`: blocks of rows that share their inputs, and the decision behind them.

The loops are in the runtime; here are their order of weights, their number of rows at a time and
how far they are unrolled. A label that alone is wanted of the sums is decided block by block, so
that no sums are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, fill, table
from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.ops import Above, ArgMax, Dense, Op
from thumbling.ir.types import DType

_MAX_ROWS = {32: 5, 64: 2}
_MAX_UNROLL = {"size": 1, "balanced": 8, "speed": 16}
_SHORT = {
    DType.INT8: "s8",
    DType.UINT8: "u8",
    DType.INT16: "s16",
    DType.UINT16: "u16",
    DType.INT32: "s32",
}
# Inputs a step of the paired loops takes, and the order in which a row's weights stand, by the
# types of inputs and weights.
_SINGLE = (0,)
_PAIRED = {
    (DType.INT16, 16): (0, 1),
    (DType.UINT8, 16): (0, 2, 1, 3),
    (DType.INT8, 16): (0, 2, 1, 3),
    (DType.INT16, 8): (0, 2, 1, 3),
    (DType.UINT8, 8): (0, 1, 2, 3),
    (DType.INT8, 8): (0, 1, 2, 3),
}
# Weights from which on words of 8-bit inputs are worth their larger loop even for size.
_WORTH_WORDS = 256


def decides(graph: Graph, index: int) -> bool:
    """Whether op `index` is a Dense that only the label behind it reads."""
    pair = graph.ops[index : index + 2]
    if len(pair) < 2 or not isinstance(pair[0], Dense):
        return False
    dense, label = pair
    if not isinstance(label, ArgMax | Above) or graph.tensors[label.output].size != 1:
        return False
    tensor = dense.output
    readers = [op for op in graph.ops if tensor in op.inputs]
    return readers == [label] and all(output.tensor != tensor for output in graph.outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """A layer and how its loops walk: `rows` outputs at a time, steps of `step` inputs in order
    `order`, `units` of them between two tests for the end."""

    op: Dense
    x_type: DType
    prefix: str
    rows: int
    order: tuple[int, ...]
    units: int

    @property
    def bits(self) -> int:
        """Width of the accumulator."""
        return self.op.accumulator_bits

    @property
    def w_bits(self) -> int:
        """Width of the weights."""
        return self.op.weight.dtype.itemsize * 8

    @property
    def n_out(self) -> int:
        """Outputs."""
        return len(self.op.weight)

    @property
    def n_in(self) -> int:
        """Inputs."""
        return len(self.op.weight[0])

    @property
    def turns(self) -> int:
        """Turns of the outer loop."""
        return self.n_in // len(self.order) // self.units

    @property
    def n_looped(self) -> int:
        """Inputs that the loops take; the rest is multiplied behind them."""
        return self.turns * self.units * len(self.order)

    @property
    def paired(self) -> bool:
        """Whether loops multiply two inputs a step."""
        return len(self.order) > 1

    @property
    def alone(self) -> bool:
        """Whether one block is the whole layer."""
        return self.rows == self.n_out


def _largest_divisor(n: int, most: int) -> int:
    return max(d for d in range(1, min(n, most) + 1) if n % d == 0)


def _layer(op: Dense, context: EmitContext) -> _Layer:
    x_type = context.graph.input.dtype if op.inputs[0] == INPUT else DType.INT32
    n_out, n_in = op.weight.shape
    w_bits = op.weight.dtype.itemsize * 8
    order = _PAIRED.get((x_type, w_bits), _SINGLE)
    small = context.optimize == "size" and op.weight.size < _WORTH_WORDS and len(order) > 2
    if n_in < len(order) or small or (w_bits == 8 and op.accumulator_bits == 64):
        order = _SINGLE
    rows = 1
    if len(order) > 1 and context.optimize != "size":
        rows = _largest_divisor(n_out, _MAX_ROWS[op.accumulator_bits])
    per_unit = rows * max(1, len(order) // 2)
    most = max(1, _MAX_UNROLL[context.optimize] // per_unit)
    return _Layer(
        op=op,
        x_type=x_type,
        prefix=f"{context.name}_{op.output}",
        rows=rows,
        order=order,
        units=_largest_divisor(n_in // len(order), most),
    )


def _ordered(layer: _Layer) -> np.ndarray:
    """Weights of shape (blocks, n) as the loops read them: word by word, row by row of a block."""
    looped = layer.op.weight[:, : layer.n_looped]
    step = len(layer.order)
    steps = looped.reshape(layer.n_out, -1, step)[:, :, list(layer.order)]
    # What stands together of a row: a word where loops are paired.
    half = 32 // layer.w_bits if layer.paired else 1
    shaped = steps.reshape(layer.n_out // layer.rows, layer.rows, -1, half)
    flat = shaped.transpose(0, 2, 1, 3).reshape(len(shaped), -1)
    rest = layer.op.weight[:, layer.n_looped :].reshape(len(shaped), layer.rows, -1)
    return np.concatenate([flat, rest.transpose(0, 2, 1).reshape(len(shaped), -1)], axis=1)


def _c_bias(layer: _Layer, k: int) -> str:
    bias = int(layer.op.bias[k])
    if layer.bits == 32:
        return c_int(bias)
    return "INT64_MIN" if bias == -(2**63) else f"{bias}LL"


def _tables(layer: _Layer) -> str:
    """Biases and weights: two tables of one block, else a table of blocks."""
    weight, w_type = _ordered(layer), f"{layer.op.weight.dtype.name}_t"
    what = f"word of {32 // layer.w_bits} weights" if layer.paired else "weight"
    comment = f"{layer.n_out} outputs of {layer.n_in} weights"
    if layer.rows > 1:
        comment += f", {layer.rows} at a time: {what} of each in turn"
    biases = [_c_bias(layer, k) for k in range(layer.n_out)]
    if layer.alone:
        items = [c_int(int(w)) for w in weight.ravel()]
        tables = table(f"THB_DENSE_ALIGNED {w_type}", f"{layer.prefix}_weight", items, comment)
        if layer.paired:
            tables += table(f"int{layer.bits}_t", f"{layer.prefix}_bias", biases, "biases")
        return tables
    lines = []
    for k, row in enumerate(weight):
        first = ", ".join(biases[k * layer.rows : (k + 1) * layer.rows])
        rest = fill([c_int(int(w)) for w in row], "      ").strip().removesuffix(",")
        lines.append(f"    {{{{{first}}},\n     {{{rest}}}}},\n")
    return (
        f"/* {comment} */\n"
        "typedef struct {\n"
        f"    int{layer.bits}_t bias[{layer.rows}];\n"
        f"    {w_type} weight[{weight.shape[1]}];\n"
        f"}} {layer.prefix}_block_t;\n\n"
        "/* clang-format off */\n"
        f"static const {layer.prefix}_block_t {layer.prefix}_block[{len(weight)}] = {{\n"
        f"{''.join(lines)}"
        "};\n"
        "/* clang-format on */\n"
    )


def _sums(layer: _Layer, bias: str, weight: str) -> list[str]:
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
        start = _c_bias(layer, 0) if layer.alone else f"{bias}[0]"
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


def _result(layer: _Layer, r: int) -> str:
    how = "saturate" if layer.op.saturate else "round"
    return f"thb_dense_{how}_acc{layer.bits}(sum[{r}], {layer.op.shift}U)"


def _blocks(layer: _Layer, use: list[str]) -> list[str]:
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


def _store(layer: _Layer) -> list[str]:
    """Statements that keep all sums in `out`."""
    at = "" if layer.alone else "k + "
    return _blocks(layer, [f"out[{at}{r}] = {_result(layer, r)};" for r in range(layer.rows)])


def _first_greatest(layer: _Layer) -> list[str]:
    """Statements that put the index of the first greatest sum into `out`."""
    use: list[str] = []
    for r in range(layer.rows):
        index = str(r) if layer.alone else f"k + {r}" if r else "k"
        use.append(f"thb_argmax_next(&best, out, {_result(layer, r)}, {index});")
    return ["int32_t best = INT32_MIN;", "*out = 0;", *_blocks(layer, use)]


def emit_dense(op: Dense, context: EmitContext, label: Op | None = None) -> OpCode:
    """Tables, a function and its call; with `label` the function decides instead of storing."""
    layer = _layer(op, context)
    headers = ["thumbling/dense.h"]
    match label:
        case ArgMax():
            lines = _first_greatest(layer)
            headers.append("thumbling/argmax.h")
        case Above():
            cut = c_int(int(label.cut[0]))
            lines = _blocks(layer, [f"*out = {_result(layer, 0)} > {cut};"])
        case _:
            lines = _store(layer)
    body = "".join(f"    {line}\n" for line in lines)
    x, out = context.pointer(op.inputs[0]), context.pointer((label or op).output)
    return OpCode(
        tables=_tables(layer),
        functions=f"{context.layer} void {layer.prefix}_run"
        f"(const {layer.x_type.c} *x, int32_t *out)\n{{\n{body}}}\n",
        body=f"    {layer.prefix}_run({x}, {out});\n",
        runtime=tuple(f"include/{h}" for h in (*headers, *_PAIR_HEADERS)),
        includes=tuple(headers),
    )


_PAIR_HEADERS = ("thumbling/dense_pairs.h", "thumbling/dense_pairs_v6m.h")
