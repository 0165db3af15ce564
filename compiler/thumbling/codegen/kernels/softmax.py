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
        n, bits = scope.graph.size(op.inputs[0]), op.fraction_bits
        call = {
            "softmax": f"thb_softmax({source}, {target}, {n}U, {bits}U)",
            "ovr": f"thb_softmax_ovr({source}, {target}, {n}U, {bits}U)",
            "sigmoid": f"thb_sigmoid({scope.element(op.inputs[0], 0)}, {target}, {bits}U)",
        }[op.mode]
        return OpCode(
            body=f"    {call};\n",
            runtime=("include/thumbling/softmax.h", "src/softmax.c"),
            includes=("thumbling/softmax.h",),
        )
