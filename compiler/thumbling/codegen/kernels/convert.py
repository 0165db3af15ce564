# SPDX-License-Identifier: MIT
"""Quantizing and clamping of features: row by row where others need it, else inside a layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant, narrowest, table
from thumbling.codegen.text import narrowing
from thumbling.ir.ops import Op
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.types import DType
from thumbling.schedule import Offer, Pattern, Request, kernel

_HEADERS = ("float_order.h", "quantize_f32.h")
EXPONENT_OF_ONE = 158
"""Biased exponent of floats from 2**31 on."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversion:
    """Quantize, clamp, or both, feature by feature; `stem` begins the names of the tables."""

    quantize: Quantize | None
    clamp: Clamp | None
    scope: Scope
    stem: str

    @classmethod
    def of(cls, ops: Iterable[Op], scope: Scope, stem: str) -> Conversion:
        """What the ops of a chain do to a feature before the rest of them."""
        found = list(ops)
        return cls(
            quantize=next((op for op in found if isinstance(op, Quantize)), None),
            clamp=next((op for op in found if isinstance(op, Clamp)), None),
            scope=scope,
            stem=stem,
        )

    @property
    def source(self) -> str:
        """The tensor that is read."""
        first = self.quantize or self.clamp
        assert first is not None
        return first.inputs[0]

    @property
    def headers(self) -> tuple[str, ...]:
        """Runtime headers that the statements need."""
        return _HEADERS if self.quantize is not None else ()

    @property
    def returns(self) -> str:
        """What a function that converts returns: NaN ends it."""
        return "thb_status_t" if self.quantize is not None else "void"

    @property
    def c_type(self) -> str:
        """The C type of what is read."""
        return self.scope.c_type(self.source)

    @cached_property
    def _exponent(self) -> Constant | None:
        """The table by which the runtime quantizes."""
        if self.quantize is None:
            return None
        return table(
            "uint8_t",
            self.scope.constant(f"{self.stem}_exponent"),
            EXPONENT_OF_ONE - self.quantize.shift,
            "Feature j is read as fixed point with s fraction bits, stored here as 158 - s.",
        )

    @cached_property
    def _limits(self) -> dict[str, Constant]:
        """The tables of least and greatest values."""
        if self.clamp is None:
            return {}
        low, high = self.clamp.low.tolist(), self.clamp.high.tolist()
        kind, scope, stem = narrowest(low + high, signed=True), self.scope, self.stem
        return {
            "low": table(kind, scope.constant(f"{stem}_low"), low, "Least value of each feature."),
            "high": table(
                kind, scope.constant(f"{stem}_high"), high, "Greatest value of each one."
            ),
        }

    @cached_property
    def _column(self) -> Constant | None:
        """The table of columns that are read, where these are not all in order."""
        if self.quantize is None or self.quantize.column is None:
            return None
        columns = self.quantize.column.tolist()
        name = self.scope.constant(f"{self.stem}_column")
        return table(narrowest(columns), name, columns, "The feature that each value is of.")

    @property
    def tables(self) -> tuple[Constant, ...]:
        """Constants by feature."""
        first = [constant for constant in (self._column, self._exponent) if constant is not None]
        return (*first, *self._limits.values())

    def statements(self, index: str, value: str) -> list[str]:
        """Statements that declare `value`, the converted feature `index` of the row `x`."""
        if self.quantize is None or self._exponent is None:
            lines = [f"int32_t {value} = x[{index}];"]
        else:
            unit = f"{self._exponent.name}[{index}]"
            at = index if self._column is None else f"{self._column.name}[{index}]"
            call = f"thb_quantize_f32(&x[{at}], {unit}, {self.quantize.bits}U, &{value})"
            lines = [
                f"int32_t {value};",
                f"if ({call} != 0) {{",
                "    return THB_ERR_NAN;",
                "}",
            ]
        for end, relation in (("low", "<"), ("high", ">")) if self._limits else ():
            limit = f"{self._limits[end].name}[{index}]"
            lines += [f"if ({value} {relation} {limit}) {{", f"    {value} = {limit};", "}"]
        return lines


def is_narrow(ops: Iterable[Op]) -> bool:
    """Whether features that a chain converts fit int16."""
    found = {type(op): op for op in ops}
    clamp, quantize = found.get(Clamp), found.get(Quantize)
    if isinstance(clamp, Clamp):
        low, high = DType.INT16.bounds
        return bool((clamp.low >= low).all() and (clamp.high <= high).all())
    return isinstance(quantize, Quantize) and quantize.bits == 16


@kernel
class ConvertRow:
    """A loop that converts every feature into an array."""

    name: ClassVar[str] = "convert_row"
    covers: ClassVar[tuple[Pattern, ...]] = ((Quantize, Clamp), (Quantize,), (Clamp,))

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        n = request.graph.tensors[request.ops[-1].output].size
        floats = any(isinstance(op, Quantize) for op in request.ops)
        flash, cycles = (70, 25) if floats else (30, 8)
        yield Offer(
            kernel=self, ops=request.ops, flash=flash + n, cycles=(cycles + 3) * n, stack=40
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A function and its call; a NaN ends the prediction."""
        op = offer.ops[-1]
        conversion = Conversion.of(offer.ops, scope, op.output)
        statements = "".join(f"        {line}\n" for line in conversion.statements("j", "value"))
        name = scope.name(f"{op.output}_run")
        x, out = scope.pointer(conversion.source), scope.pointer(op.output)
        call = f"{name}({x}, {out}{scope.argument})"
        fails = conversion.quantize is not None
        c_type = scope.c_type(op.output)
        cast = narrowing(c_type)
        returning = "    return THB_OK;\n" if fails else ""
        checked = f"    if ({call} != THB_OK) {{\n        return THB_ERR_NAN;\n    }}\n"
        return OpCode(
            tables=conversion.tables,
            functions=f"static {conversion.returns} {name}(const {conversion.c_type} *x,"
            f" {c_type} *out{scope.parameter})\n"
            "{\n"
            f"    for (uint32_t j = 0; j < {scope.graph.tensors[op.output].size}U; j++) {{\n"
            f"{statements}"
            f"        out[j] = {cast}value;\n"
            "    }\n"
            f"{returning}"
            "}\n",
            body=checked if fails else f"    {call};\n",
            runtime=tuple(f"include/thumbling/{h}" for h in conversion.headers),
            includes=("thumbling/quantize_f32.h",) if fails else (),
        )
