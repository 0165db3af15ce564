# SPDX-License-Identifier: MIT
"""Quantizing where NaN has a number of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.kernels.convert import EXPONENT_OF_ONE
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import narrowest, table
from thumbling.ir.ops.impute import Impute
from thumbling.schedule import Offer, Pattern, Request, kernel

_HEADERS = ("float_order.h", "quantize_f32.h")


@kernel
class ImputeRow:
    """A loop over the results."""

    name: ClassVar[str] = "impute_row"
    covers: ClassVar[tuple[Pattern, ...]] = ((Impute,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        n = request.graph.tensors[request.ops[0].output].size
        yield Offer(kernel=self, ops=request.ops, flash=84 + 4 * n, cycles=30 * n, stack=40)

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The tables, a function and its call; a NaN without a number ends the prediction."""
        (op,) = offer.ops
        assert isinstance(op, Impute)
        columns, missing = op.column.tolist(), op.missing.tolist()
        column = table(
            narrowest(columns),
            scope.constant(f"{op.output}_column"),
            columns,
            "The feature that each value is of.",
        )
        exponent = table(
            "uint8_t",
            scope.constant(f"{op.output}_exponent"),
            EXPONENT_OF_ONE - op.shift,
            "Value j is fixed point with s fraction bits, stored here as 158 - s.",
        )
        stands = table(
            "int32_t" if scope.in_block else narrowest(missing, signed=True),
            scope.constant(f"{op.output}_missing"),
            missing,
            "What stands for NaN in each value.",
        )
        name = scope.name(f"{op.output}_run")
        read = f"&x[{column.name}[j]], {exponent.name}[j], {op.bits}U, &value"
        x, out = scope.pointer(op.inputs[0]), scope.pointer(op.output)
        call = f"{name}({x}, {out}{scope.argument})"
        refusing = (
            "            if (value == INT32_MIN) {\n"
            "                return THB_ERR_NAN;\n"
            "            }\n"
        )
        fails = op.rejects_nan
        checked = f"    if ({call} != THB_OK) {{\n        return THB_ERR_NAN;\n    }}\n"
        return OpCode(
            tables=(column, exponent, stands),
            functions=f"static {'thb_status_t' if fails else 'void'} {name}(const float *x,"
            f" int32_t *out{scope.parameter})\n"
            "{\n"
            f"    for (uint32_t j = 0; j < {len(columns)}U; j++) {{\n"
            "        int32_t value;\n"
            f"        if (thb_quantize_f32({read}) != 0) {{\n"
            f"            value = {stands.name}[j];\n"
            f"{refusing if fails else ''}"
            "        }\n"
            "        out[j] = value;\n"
            "    }\n"
            f"{'    return THB_OK;' + chr(10) if fails else ''}"
            "}\n",
            body=checked if fails else f"    {call};\n",
            runtime=tuple(f"include/thumbling/{h}" for h in _HEADERS),
            includes=("thumbling/quantize_f32.h",),
        )
