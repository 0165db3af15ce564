# SPDX-License-Identifier: MIT
"""Both shares of a binary classifier from one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.complement import Complement
from thumbling.schedule import Offer, Pattern, Request, kernel


@kernel
class Subtract:
    """A subtraction and a copy."""

    name: ClassVar[str] = "complement"
    covers: ClassVar[tuple[Pattern, ...]] = ((Complement,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        yield Offer(kernel=self, ops=request.ops, flash=10, cycles=6, stack=8)

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """Two statements."""
        (op,) = offer.ops
        assert isinstance(op, Complement)
        source = scope.element(op.inputs[0], 0)
        return OpCode(
            body=f"    {scope.element(op.output, 0)} = {op.total} - {source};\n"
            f"    {scope.element(op.output, 1)} = {source};\n"
        )
