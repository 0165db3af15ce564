# SPDX-License-Identifier: MIT
"""Votes for classes, counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.text import c_int
from thumbling.ir.ops.tally import Tally
from thumbling.schedule import Offer, Pattern, Request, kernel


@kernel
class TallyVotes:
    """Zeros, then an addition for each label."""

    name: ClassVar[str] = "tally"
    covers: ClassVar[tuple[Pattern, ...]] = ((Tally,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        assert isinstance(op, Tally)
        n = len(op.inputs)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=16 + 10 * n,
            cycles=4 * op.n_classes + 8 * n,
            stack=8,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A loop, and a statement a label."""
        (op,) = offer.ops
        assert isinstance(op, Tally)
        out, note = scope.pointer(op.output), "What the vote of each input counts."
        weights, tables = scope.numbers(f"{op.output}_weight", op.weight, note)
        if op.n_classes == 1:
            total = " + ".join(weights) if scope.in_block else c_int(int(op.weight.sum()))
            unused = "".join(f"    (void){scope.element(name, 0)};\n" for name in op.inputs)
            body = f"    {scope.element(op.output, 0)} = {total};\n{unused}"
            return OpCode(tables=tables, body=body)
        lines = [f"for (uint32_t k = 0; k < {op.n_classes}U; k++) {{", f"    {out}[k] = 0;", "}"]
        for name, weight in zip(op.inputs, weights, strict=True):
            lines.append(f"{out}[{scope.element(name, 0)}] += {weight};")
        return OpCode(tables=tables, body="".join(f"    {line}\n" for line in lines))
