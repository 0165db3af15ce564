# SPDX-License-Identifier: MIT
"""Dense layers in blocks of rows that share their inputs, and the decision behind them.

The loops are in the runtime, their order of weights in `dense/packing.py`. A label that alone is
wanted of the sums is decided block by block, so that no sums are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from thumbling.codegen.kernels.argmax import HEADER as ARGMAX
from thumbling.codegen.kernels.dense.packing import Layer, Packed, c_bias, layers, pack
from thumbling.codegen.kernels.lookup import Entries
from thumbling.codegen.kernels.requantize import HEADER as REQUANTIZE
from thumbling.codegen.kernels.requantize import Rescaling, cost
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant
from thumbling.codegen.text import narrowing
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.types import DType
from thumbling.schedule import Offer, Pattern, Request, kernel

_SHORT = {
    DType.INT8: "s8",
    DType.UINT8: "u8",
    DType.INT16: "s16",
    DType.UINT16: "u16",
    DType.INT32: "s32",
}
_PAIR_HEADERS = ("thumbling/dense_pairs.h", "thumbling/dense_pairs_v6m.h")
# Bytes of code of a loop and cycles of a product: of one input a step, of two.
_CODE_BYTES, _SINGLE_CYCLES, _PAIR_CYCLES = 60, 6, 1.5
# Stack of a loop with 32-bit and with 64-bit sums, which Armv6-M multiplies by a function.
_STACK_BYTES = {32: 80, 64: 104}


@dataclass(frozen=True, kw_only=True, eq=False)
class Behind:
    """What is done with a sum before it is stored: a decision, or the function `name`, which gives
    it another scale and looks it up; `arguments` follow the sum: the output's index where numbers
    differ, the constants where these are apart. `cut` is the C of the number a label compares with.
    """

    label: Op | None
    cut: str = ""
    name: str = ""
    functions: str = ""
    arguments: str = ""
    tables: tuple[Constant, ...] = ()

    @classmethod
    def of(cls, offer: Offer, scope: Scope) -> Behind:
        """What the ops of a chain do behind the layer."""
        found = {type(op): op for op in offer.ops}
        requantize, lookup = found.get(Requantize), found.get(Lookup)
        if not isinstance(requantize, Requantize):
            return cls._deciding(found.get(ArgMax, found.get(Above)), scope)
        stem, c_type = offer.writes, scope.c_type(offer.writes)
        rescaling = Rescaling(op=requantize, scope=scope, stem=stem)
        tables, cast, value = rescaling.tables, narrowing(c_type), rescaling.clipped("value")
        if isinstance(lookup, Lookup):
            entries = Entries(op=lookup, scope=scope, stem=stem)
            tables, value = (*tables, entries.table), entries.value(value)
            cast = "" if entries.table.c_type == c_type else cast
        name = scope.name(f"{stem}_of")
        index = ", int32_t k" if rescaling.differs else ""
        return cls(
            label=None,
            name=name,
            functions=f"THB_INLINE {c_type} {name}(int32_t sum{index}{scope.parameter})\n{{\n"
            f"    const int32_t value = {rescaling.rescaled('sum', 'k')};\n"
            f"    return {cast}{value};\n}}\n\n",
            arguments=f"{', $index' if rescaling.differs else ''}{scope.argument}",
            tables=tables,
        )

    @classmethod
    def _deciding(cls, label: Op | None, scope: Scope) -> Behind:
        """A decision behind the layer, or nothing."""
        if not isinstance(label, Above):
            return cls(label=label)
        hint, note = f"{label.output}_cut", "Greater scores are the label 1."
        (cut,), tables = scope.numbers(hint, label.cut, note)
        return cls(label=label, cut=cut, tables=tables)

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers of the runtime that the statements need."""
        argmax = (ARGMAX,) if isinstance(self.label, ArgMax) else ()
        return (*argmax, REQUANTIZE) if self.name else argmax

    def stored(self, value: str, index: str) -> str:
        """The C expression of what is stored of an output's sum."""
        if not self.name:
            return value
        return f"{self.name}({value}{self.arguments.replace('$index', index)})"


def _behind(request: Request) -> int:
    """Estimated bytes of code and tables for what stands behind the sums."""
    found = 0
    for op in request.ops[1:]:
        if isinstance(op, Requantize):
            found += cost(op, *request.graph.range(op.inputs[0]))[1]
        elif isinstance(op, Lookup):
            found += op.table.nbytes
    return found


@kernel
class DenseBlocks:
    """Blocks of rows over inputs as they lie."""

    name: ClassVar[str] = "dense_blocks"
    covers: ClassVar[tuple[Pattern, ...]] = (
        (Dense, ArgMax),
        (Dense, Above),
        (Dense, Requantize, Lookup),
        (Dense, Requantize),
        (Dense,),
    )

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, as wide as the goal lets it be; a label behind it must be one value."""
        op, last = request.ops[0], request.ops[-1]
        assert isinstance(op, Dense)
        if isinstance(last, ArgMax | Above) and request.graph.tensors[last.output].size != 1:
            return
        parts = layers(op, request.graph, request.goal.optimize)
        weights = op.weight.size
        cycles = weights * (_PAIR_CYCLES if parts[0].paired else _SINGLE_CYCLES)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=_CODE_BYTES * len(parts) + op.weight.nbytes + len(op.bias) * 4 + _behind(request),
            cycles=cycles + 8 * len(op.bias),
            stack=_STACK_BYTES[op.accumulator_bits],
            choice={"rows": parts[0].rows, "unroll": parts[0].units},
            plan=parts,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """Tables, a function and its call."""
        op, behind = offer.ops[0], Behind.of(offer, scope)
        parts: list[Layer] = offer.plan
        stems = [op.output, f"{op.output}_rest"]
        packed = [pack(layer, scope, stem) for layer, stem in zip(parts, stems, strict=False)]
        lines = []
        if isinstance(behind.label, ArgMax):
            lines += ["int32_t best = INT32_MIN;", "*out = 0;"]
        blocks = [
            _blocks(layer, constants, _use(layer, behind))
            for layer, constants in zip(parts, packed, strict=True)
        ]
        if len(parts) > 1:
            blocks = [["{", *[f"    {line}" for line in block], "}"] for block in blocks]
        lines += [line for block in blocks for line in block]
        body = "".join(f"    {line}\n" for line in lines)
        name = scope.name(f"{op.output}_run")
        x, out = scope.pointer(op.inputs[0]), scope.pointer(offer.writes)
        headers = ("thumbling/dense.h", *behind.headers)
        return OpCode(
            tables=(*(c for constants in packed for c in constants.tables), *behind.tables),
            functions=f"{behind.functions}{scope.layer} void {name}(const {parts[0].x_type.c} *x,"
            f" {scope.c_type(offer.writes)} *out{scope.parameter})\n{{\n{body}}}\n",
            body=f"    {name}({x}, {out}{scope.argument});\n",
            runtime=tuple(f"include/{h}" for h in (*headers, *_PAIR_HEADERS)),
            includes=headers,
        )


def _sums(layer: Layer, bias: str, weight: str) -> list[str]:
    """Statements that set `sum[]` to a block's sums."""
    bits, short = layer.bits, _SHORT[layer.x_type]
    kernel_name = f"thb_dense_{short}_s{layer.w_bits}"
    counts = f"{layer.turns}U, {layer.units}U"
    if layer.paired:
        lines = [
            f"int{bits}_t sum[{layer.rows}];",
            f"{kernel_name}_rows{layer.rows}_acc{bits}({bias}, x, {weight}, sum, {counts});",
        ]
    else:
        start = f"{bias}[0]" if bias else c_bias(layer.op, 0)
        lines = [
            f"int{bits}_t sum[1];",
            f"sum[0] = {kernel_name}_acc{bits}({start}, x, {weight}, {counts});",
        ]
    at = layer.n_looped * layer.rows
    for j in range(layer.n_looped, layer.n_in):
        for r in range(layer.rows):
            lines.append(f"sum[{r}] += (int{bits}_t){weight}[{at}] * x[{j}];")
            at += 1
    return lines


def _result(layer: Layer, r: int, *, plain: bool = False) -> str:
    """The output of row r of a block; where it is `plain`, a sum that is its own result."""
    if plain and layer.bits == 32 and layer.op.shift == 0:
        return f"sum[{r}]"
    how = "saturate" if layer.op.saturate else "round"
    return f"thb_dense_{how}_acc{layer.bits}(sum[{r}], {layer.op.shift}U)"


def _blocks(layer: Layer, packed: Packed, use: list[str]) -> list[str]:
    """The block's sums and what is done with them, for every block."""
    if layer.alone:
        return [*_sums(layer, packed.bias, packed.weight), *use]
    return [
        f"const {packed.kind} *block = {packed.block};",
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


def _use(layer: Layer, behind: Behind) -> list[str]:
    """Statements that store a block's sums, look for the greatest or compare with the cut."""
    plain = bool(behind.name)
    results = [(_index(layer, r), _result(layer, r, plain=plain)) for r in range(layer.rows)]
    match behind.label:
        case ArgMax():
            return [f"thb_argmax_next(&best, out, {value}, {k});" for k, value in results]
        case Above():
            return [f"*out = {results[0][1]} > {behind.cut};"]
        case _:
            return [f"out[{k}] = {behind.stored(value, k)};" for k, value in results]
