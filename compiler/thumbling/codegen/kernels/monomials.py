# SPDX-License-Identifier: MIT
"""Products of the numbers of a row, in two loops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant, narrowest
from thumbling.ir.ops.monomials import Monomials
from thumbling.schedule import Offer, Pattern, Request, kernel

_HEADER = "thumbling/dense.h"
# With what that includes.
_RUNTIME = ("dense.h", "dense_pairs.h", "dense_pairs_v6m.h")
_NOTES = {
    "column": "The number that each factor is.",
    "lift": "By how many bits it is shifted to the left.",
    "bias": "What is added to it.",
    "left": "The first factor of each product, a place in the results.",
    "right": "The second one.",
    "shift": "By how many bits the product is shifted to the right.",
}


@kernel
class MonomialsLoops:
    """A loop over the factors and one over the products, with tables of what differs."""

    name: ClassVar[str] = "monomials_loops"
    covers: ClassVar[tuple[Pattern, ...]] = ((Monomials,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        assert isinstance(op, Monomials)
        factors, products = len(op.column), len(op.left)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=160 + 6 * factors + 3 * products,
            cycles=30 * factors + 34 * products,
            stack=40,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The tables and the loops."""
        (op,) = offer.ops
        assert isinstance(op, Monomials)
        tables: list[Constant] = []

        def constant(what: str, index: str) -> str:
            values = getattr(op, what).tolist()
            if what == "column" and values == list(range(len(values))):
                return index
            kind = "int32_t" if what == "bias" else narrowest(values)
            hint = f"{op.output}_{what}"
            number, more = scope.indexed(hint, values, _NOTES[what], kind, index)
            tables.extend(more)
            return number

        x, out = scope.pointer(op.inputs[0]), scope.pointer(op.output)
        source = x[1:] if x.startswith("&") else f"{x}[{constant('column', 'j')}]"
        one = out.startswith("&")
        target = out[1:] if one else f"{out}[j]"
        lift, bias = constant("lift", "j"), constant("bias", "j")
        body = (
            f"    for (uint32_t j = 0; j < {len(op.column)}U; j++) {{\n"
            f"        int64_t lifted = (int64_t){source} * (int64_t)(1UL << {lift});\n"
            f"        {target} = thb_dense_saturate_acc64(lifted + {bias}, 0U);\n"
            "    }\n"
        )
        if len(op.left):
            left, right = constant("left", "i"), constant("right", "i")
            body += (
                f"    for (uint32_t i = 0; i < {len(op.left)}U; i++) {{\n"
                f"        int64_t product = (int64_t){out}[{left}] * {out}[{right}];\n"
                f"        {out}[{len(op.column)}U + i] ="
                f" thb_dense_saturate_acc64(product, {constant('shift', 'i')});\n"
                "    }\n"
            )
        return OpCode(
            tables=tuple(tables),
            body=body,
            runtime=tuple(f"include/thumbling/{header}" for header in _RUNTIME),
            includes=(_HEADER,),
        )
