# SPDX-License-Identifier: MIT
"""Exponential moving averages: a loop over the means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.ema import Ema
from thumbling.schedule import Offer, Pattern, Request, kernel

_HEADER = "thumbling/ema.h"


@kernel
class EmaLoop:
    """A function of a loop over the means, which may be written where they lie."""

    name: ClassVar[str] = "ema"
    covers: ClassVar[tuple[Pattern, ...]] = ((Ema,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        n = request.graph.size(op.output)
        yield Offer(
            kernel=self, ops=request.ops, flash=36, cycles=12 + 12 * n, stack=16, in_place=True
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The function and its call."""
        (op,) = offer.ops
        assert isinstance(op, Ema)
        x, mean = op.inputs
        value = f"(int32_t)x[j] * {1 << op.bits}" if op.bits else "x[j]"
        name = scope.name(f"{op.output}_run")
        head = (
            f"static void {name}(const {scope.c_type(x)} *x, const {scope.c_type(mean)} *mean,"
            f" {scope.c_type(op.output)} *out)"
        )
        pointers = ", ".join(scope.pointer(tensor) for tensor in (x, mean, op.output))
        return OpCode(
            functions=f"{head}\n"
            "{\n"
            f"    for (uint32_t j = 0; j < {scope.graph.size(op.output)}U; j++) {{\n"
            f"        out[j] = thb_ema_next(mean[j], {value}, {op.shift}U);\n"
            "    }\n"
            "}\n",
            body=f"    {name}({pointers});\n",
            runtime=(f"include/{_HEADER}",),
            includes=(_HEADER,),
        )
