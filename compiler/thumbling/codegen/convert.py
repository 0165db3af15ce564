# SPDX-License-Identifier: MIT
"""C that turns one stored feature into the integer a dense layer reads."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.codegen.clamp import narrowest
from thumbling.codegen.opcode import EmitContext
from thumbling.codegen.text import c_int, table
from thumbling.ir.graph import INPUT
from thumbling.ir.ops import Clamp, Quantize
from thumbling.ir.types import DType

_HEADERS = ("float_order.h", "quantize_f32.h")
_EXPONENT_OF_ONE = 158
"""Biased exponent of floats from 2**31 on."""


def exponent_table(op: Quantize, prefix: str) -> str:
    """The table by which the runtime quantizes."""
    exponents = [str(_EXPONENT_OF_ONE - shift) for shift in op.shift.tolist()]
    comment = "feature j in units of 2**-s, as 158 - s: biased exponent of floats of 2**31 units"
    return table("uint8_t", f"{prefix}_exponent", exponents, comment)


def limit_tables(op: Clamp, prefix: str) -> str:
    """The tables of least and greatest values."""
    low, high = op.low.tolist(), op.high.tolist()
    c_type = narrowest(low + high)
    return table(c_type, f"{prefix}_low", map(c_int, low), "least value of each feature") + table(
        c_type, f"{prefix}_high", map(c_int, high), "greatest value of each feature"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Quantize, clamp, or both, feature by feature; `prefix` begins the names of the tables."""

    quantize: Quantize | None
    clamp: Clamp | None
    prefix: str

    @property
    def source(self) -> str:
        """The tensor that is read."""
        first = self.quantize or self.clamp
        assert first is not None
        return first.inputs[0]

    @property
    def is_narrow(self) -> bool:
        """Whether converted features fit int16."""
        if self.clamp is not None:
            low, high = DType.INT16.bounds
            return bool((self.clamp.low >= low).all() and (self.clamp.high <= high).all())
        return self.quantize is not None and self.quantize.bits == 16

    @property
    def headers(self) -> tuple[str, ...]:
        """Runtime headers that the statements need."""
        return _HEADERS if self.quantize is not None else ()

    @property
    def returns(self) -> str:
        """What a function that converts returns: NaN ends it."""
        return "thb_status_t" if self.quantize is not None else "void"

    def c_type(self, context: EmitContext) -> str:
        """The C type of what is read."""
        return context.graph.input.dtype.c if self.source == INPUT else DType.INT32.c

    def tables(self) -> str:
        """Constants by feature."""
        quantize = "" if self.quantize is None else exponent_table(self.quantize, self.prefix)
        return quantize + ("" if self.clamp is None else limit_tables(self.clamp, self.prefix))

    def statements(self, index: str, value: str) -> list[str]:
        """Statements that declare `value`, the converted feature `index` of the row `x`."""
        if self.quantize is None:
            lines = [f"int32_t {value} = x[{index}];"]
        else:
            unit, bits = f"{self.prefix}_exponent[{index}]", self.quantize.bits
            call = f"thb_quantize_f32(&x[{index}], {unit}, {bits}U, &{value})"
            lines = [
                f"int32_t {value};",
                f"if ({call} != 0) {{",
                "    return THB_ERR_NAN;",
                "}",
            ]
        if self.clamp is not None:
            for name, relation in (("low", "<"), ("high", ">")):
                limit = f"{self.prefix}_{name}[{index}]"
                lines += [f"if ({value} {relation} {limit}) {{", f"    {value} = {limit};", "}"]
        return lines
