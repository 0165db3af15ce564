# SPDX-License-Identifier: MIT
"""Probabilities of scores, by the runtime's function for the op's mode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.softmax import Softmax
from thumbling.schedule import Offer, Pattern, Request, kernel

_CODE_BYTES, _EXP_CYCLES, _STACK_BYTES = 240, 60, 88


@kernel
class SoftmaxCall:
    """A call. Of several scores the probabilities may come where the scores lie."""

    name: ClassVar[str] = "softmax"
    covers: ClassVar[tuple[Pattern, ...]] = ((Softmax,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, which needs the stack to itself."""
        (op,) = request.ops
        assert isinstance(op, Softmax)
        n = request.graph.size(op.inputs[0])
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=_CODE_BYTES,
            cycles=2 * n * _EXP_CYCLES,
            stack=_STACK_BYTES,
            alone=True,
            in_place=op.mode != "sigmoid",
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The call."""
        (op,) = offer.ops
        assert isinstance(op, Softmax)
        source, target = scope.pointer(op.inputs[0]), scope.pointer(op.output)
        n = scope.graph.size(op.inputs[0])
        note, hint = "Fraction bits of the scores.", f"{op.output}_fraction_bits"
        (bits,), tables = scope.numbers(hint, [op.fraction_bits], note, "uint8_t")
        call = {
            "softmax": f"thb_softmax({source}, {target}, {n}U, {bits})",
            "ovr": f"thb_softmax_ovr({source}, {target}, {n}U, {bits})",
            "sigmoid": f"thb_sigmoid({scope.element(op.inputs[0], 0)}, {target}, {bits})",
        }[op.mode]
        return OpCode(
            tables=tables,
            body=f"    {call};\n",
            runtime=("include/thumbling/softmax.h", "src/softmax.c"),
            includes=("thumbling/softmax.h",),
        )
