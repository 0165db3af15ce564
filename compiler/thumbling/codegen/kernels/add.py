# SPDX-License-Identifier: MIT
"""The sum of two tensors: a loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.add import Add
from thumbling.schedule import Offer, Pattern, Request, kernel


@kernel
class AddLoop:
    """A function of a loop over the values."""

    name: ClassVar[str] = "add"
    covers: ClassVar[tuple[Pattern, ...]] = ((Add,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        n = request.graph.size(op.output)
        yield Offer(kernel=self, ops=request.ops, flash=32, cycles=12 + 9 * n, stack=16)

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The function and its call. Shifts to the left are products, which may be negative."""
        (op,) = offer.ops
        assert isinstance(op, Add)
        a, b = op.inputs
        terms = [_term(name, shift) for name, shift in zip("ab", op.shift, strict=True)]
        pointers = ", ".join(scope.pointer(tensor) for tensor in (a, b, op.output))
        name = scope.name(f"{op.output}_run")
        head = (
            f"static void {name}(const {scope.c_type(a)} *a, const {scope.c_type(b)} *b,"
            f" {scope.c_type(op.output)} *out)"
        )
        return OpCode(
            functions=f"{head}\n"
            "{\n"
            f"    for (uint32_t j = 0; j < {scope.graph.size(op.output)}U; j++) {{\n"
            f"        out[j] = {' + '.join(terms)};\n"
            "    }\n"
            "}\n",
            body=f"    {name}({pointers});\n",
        )


def _term(name: str, shift: int) -> str:
    value = f"(int32_t){name}[j]"
    return f"{value} * {1 << shift}" if shift else value
