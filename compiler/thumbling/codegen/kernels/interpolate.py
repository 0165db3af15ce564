# SPDX-License-Identifier: MIT
"""A function by straight lines between points, in a loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.kernels.value_loop import INDEX, value_loop
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import table
from thumbling.codegen.text import narrowing
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.schedule import Offer, Pattern, Request, kernel

_HEADER = "thumbling/interpolate.h"


@kernel
class InterpolateLoop:
    """A loop over the values."""

    name: ClassVar[str] = "interpolate_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((Interpolate,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, which may write over what it reads where both have one type."""
        (op,) = request.ops
        assert isinstance(op, Interpolate)
        kind = request.graph.tensors[op.output]
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=op.table.nbytes + 48,
            cycles=18 * kind.size,
            stack=32,
            in_place=request.graph.type_of(op.inputs[0]) is kind.dtype,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The loop, in the predict function."""
        (op,) = offer.ops
        assert isinstance(op, Interpolate)
        bits = op.fraction_bits
        points = table(
            "int16_t",
            scope.constant(f"{op.output}_table"),
            op.table.tolist(),
            f"The result for every input of -32768, -32768 + {1 << bits}, ..",
        )
        source, cast = scope.element(op.inputs[0], INDEX), narrowing(scope.c_type(op.output))
        value = f"{cast}thb_interpolate({points.name}, {source}, {bits}U)"
        return value_loop(op, scope, value, tables=(points,), header=_HEADER)
