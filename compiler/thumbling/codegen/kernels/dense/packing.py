# SPDX-License-Identifier: MIT
"""How a `Dense` lies in flash: rows that share their inputs in blocks, weights in loops' order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant, Table, member_name, octets_of, table
from thumbling.codegen.text import c_int, c_integer, fill
from thumbling.ir.graph import Graph
from thumbling.ir.ops.dense import Dense
from thumbling.ir.types import DType

_MAX_ROWS = {32: 5, 64: 2}
_MAX_UNROLL = {"size": 1, "balanced": 8, "speed": 16}
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
# A 64-bit product counts as so many when loops are unrolled: Armv6-M has no instruction for it.
_LONG_PRODUCT = 4
# Weights from which on words of 8-bit inputs are worth their larger loop even for size.
_WORTH_WORDS = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """A layer, or its outputs from `first` on, and how loops walk it: `rows` outputs at a time,
    steps of inputs in order `order`, `units` of them between two tests for the end."""

    op: Dense
    x_type: DType
    first: int
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


def largest_divisor(n: int, most: int) -> int:
    """The greatest number up to `most` that divides n."""
    return max(d for d in range(1, min(n, most) + 1) if n % d == 0)


def _rows(n_out: int, most: int) -> int:
    """Rows of a block, so that blocks are few and the last is not much smaller.

    One row less where that leaves no last block at all, whose loop would be code of its own.
    """
    rows = -(-n_out // -(-n_out // most))
    return rows - 1 if rows > 3 and n_out % rows and not n_out % (rows - 1) else rows


def _slice(layer: Layer, first: int, last: int) -> Layer:
    op = replace(layer.op, weight=layer.op.weight[first:last], bias=layer.op.bias[first:last])
    return replace(layer, op=op, first=first, rows=min(layer.rows, last - first))


def layers(op: Dense, graph: Graph, optimize: str) -> list[Layer]:
    """A layer in blocks of as many rows as fit, and the rows left over."""
    x_type = graph.type_of(op.inputs[0])
    n_out, n_in = op.weight.shape
    w_bits = op.weight.dtype.itemsize * 8
    order = _PAIRED.get((x_type, w_bits), _SINGLE)
    small = optimize == "size" and op.weight.size < _WORTH_WORDS and len(order) > 2
    if n_in < len(order) or small or (w_bits == 8 and op.accumulator_bits == 64):
        order = _SINGLE
    rows = 1
    if len(order) > 1 and optimize != "size":
        rows = _rows(n_out, _MAX_ROWS[op.accumulator_bits])
    cost = rows * max(1, len(order) // 2)
    if len(order) == 1 and op.accumulator_bits == 64:
        cost = _LONG_PRODUCT
    most = max(1, _MAX_UNROLL[optimize] // cost)
    units = largest_divisor(n_in // len(order), most)
    whole = Layer(op=op, x_type=x_type, first=0, rows=rows, order=order, units=units)
    full = n_out - n_out % rows
    parts = [_slice(whole, 0, full)]
    return parts if full == n_out else [*parts, _slice(whole, full, n_out)]


def _ordered(layer: Layer) -> np.ndarray:
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


def c_bias(op: Dense, k: int) -> str:
    """The bias of output k as a C constant."""
    return c_integer(int(op.bias[k]), f"int{op.accumulator_bits}_t")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """Weights of a layer, and where it has several blocks, a struct of each with its biases."""

    layer: Layer
    name: str
    kind: str
    comment: str

    @property
    def n_bytes(self) -> int:
        """Bytes of flash."""
        layer = self.layer
        return layer.n_out * (layer.bits // 8 + layer.n_in * layer.w_bits // 8)

    @property
    def align(self) -> int:
        """See `Constant`."""
        return self.layer.bits // 8

    def text(self) -> str:
        """The struct and the array of blocks."""
        return (
            f"/* {self.comment} */\n"
            f"{self._struct()}\n"
            "/* clang-format off */\n"
            f"static const {self.kind} {self.name}[{self._n_blocks}] = {{\n"
            f"{self._rows()}"
            "};\n"
            "/* clang-format on */\n"
        )

    def types(self) -> str:
        """See `Constant`."""
        pad = f"    uint8_t pad[{self._pad}];\n" if self._pad else ""
        return f"/* {self.comment} */\n{self._struct(pad)}\n"

    def member(self) -> str:
        """See `Constant`."""
        return f"{self.kind} {member_name(self.name)}[{self._n_blocks}];"

    def initialiser(self) -> str:
        """See `Constant`."""
        rows = self._rows("    ", ", {0}" if self._pad else "")
        return f"    /* {self.comment} */\n    .{member_name(self.name)} = {{\n{rows}    }},\n"

    def octets(self) -> bytes:
        """See `Constant`."""
        layer, found = self.layer, b""
        for k, row in enumerate(_ordered(layer)):
            biases = layer.op.bias[k * layer.rows : (k + 1) * layer.rows].tolist()
            found += octets_of(f"int{layer.bits}_t", biases)
            found += octets_of(f"{row.dtype.name}_t", row.tolist()) + bytes(self._pad)
        return found

    @property
    def _n_blocks(self) -> int:
        return self.layer.n_out // self.layer.rows

    @property
    def _pad(self) -> int:
        """Bytes behind the weights of a block, so that the next begins where it must."""
        return -self.n_bytes // self._n_blocks % self.align

    def _struct(self, pad: str = "") -> str:
        layer = self.layer
        return (
            "typedef struct {\n"
            f"    int{layer.bits}_t bias[{layer.rows}];\n"
            f"    {layer.op.weight.dtype.name}_t weight[{layer.rows * layer.n_in}];\n"
            f"{pad}}} {self.kind};\n"
        )

    def _rows(self, indent: str = "", pad: str = "") -> str:
        """The initialiser of every block."""
        layer, lines = self.layer, []
        biases = [c_bias(layer.op, k) for k in range(layer.n_out)]
        for k, row in enumerate(_ordered(layer)):
            first = ", ".join(biases[k * layer.rows : (k + 1) * layer.rows])
            rest = fill([c_int(int(w)) for w in row], f"{indent}      ").strip().removesuffix(",")
            lines.append(f"{indent}    {{{{{first}}},\n{indent}     {{{rest}}}{pad}}},\n")
        return "".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packed:
    """A layer's constants: `block` is the array of blocks, each of type `kind`, else there are
    `weight` and `bias`; a `bias` that is empty is a literal of the code."""

    tables: tuple[Constant, ...]
    block: str = ""
    kind: str = ""
    weight: str = ""
    bias: str = ""


def pack(layer: Layer, scope: Scope, stem: str) -> Packed:
    """The constants of a layer, with names that begin with `stem`."""
    what = f"word of {32 // layer.w_bits} weights" if layer.paired else "weight"
    comment = f"{layer.n_out} outputs of {layer.n_in} weights"
    if layer.rows > 1:
        comment += f", {layer.rows} at a time: {what} of each in turn"
    if not layer.alone:
        name, kind = scope.constant(f"{stem}_block"), scope.name(f"{stem}_block_t")
        blocks = Blocks(layer=layer, name=name, kind=kind, comment=comment)
        return Packed(tables=(blocks,), block=name, kind=kind)
    w_type = f"{layer.op.weight.dtype.name}_t"
    at = scope.constant(f"{stem}_weight")
    weight = aligned_table(w_type, at, _ordered(layer).ravel(), comment)
    if not layer.paired and not scope.in_block:
        return Packed(tables=(weight,), weight=weight.name)
    bias = bias_table(layer.op, scope.constant(f"{stem}_bias"), range(layer.n_out), "biases")
    return Packed(tables=(weight, bias), weight=weight.name, bias=bias.name)


def aligned_table(c_type: str, name: str, values: Iterable[int], comment: str) -> Table:
    """Weights that begin at a word."""
    return table(c_type, name, values, comment, qualifier="THB_DENSE_ALIGNED")


def bias_table(op: Dense, name: str, outputs: Iterable[int], comment: str) -> Table:
    """The biases of outputs, as wide as the accumulator."""
    values = [int(op.bias[k]) for k in outputs]
    return table(f"int{op.accumulator_bits}_t", name, values, comment)
