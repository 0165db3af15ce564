# SPDX-License-Identifier: MIT
"""The label of a binary classifier: a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.interval import HIGH
from thumbling.ir.ops.above import Above
from thumbling.schedule import Offer, Pattern, Request, kernel


@kernel
class Compare:
    """A comparison for each value."""

    name: ClassVar[str] = "above"
    covers: ClassVar[tuple[Pattern, ...]] = ((Above,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        assert isinstance(op, Above)
        n = len(op.cut)
        yield Offer(kernel=self, ops=request.ops, flash=8 * n, cycles=4 * n, stack=8)

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A statement a label."""
        (op,) = offer.ops
        assert isinstance(op, Above)
        body = ""
        cuts, tables = scope.numbers(f"{op.output}_cut", op.cut, "Greater scores are the label 1.")
        for k, cut in enumerate(cuts):
            source = scope.element(op.inputs[0], k)
            # Nothing is greater than the greatest int32, and compilers warn of asking.
            known = not scope.in_block and int(op.cut[k]) == HIGH
            value = "0" if known else f"{source} > {cut}"
            body += f"    {scope.element(op.output, k)} = {value};\n"
        return OpCode(tables=tables, body=body)
