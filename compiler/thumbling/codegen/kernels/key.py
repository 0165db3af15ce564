# SPDX-License-Identifier: MIT
"""Floats as integers of the same order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import narrowest, table
from thumbling.ir.ops.key import Key
from thumbling.schedule import Offer, Pattern, Request, kernel

_HEADER = "thumbling/float_order.h"


@kernel
class KeyLoop:
    """A loop over the columns, with the end at which NaN stands in their table."""

    name: ClassVar[str] = "key_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((Key,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        n = request.graph.tensors[request.ops[0].output].size
        yield Offer(kernel=self, ops=request.ops, flash=48 + n, cycles=10 + 16 * n, stack=24)

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The table and the loop."""
        (op,) = offer.ops
        assert isinstance(op, Key)
        pairs = zip(op.column.tolist(), op.nan_high.tolist(), strict=True)
        places = [2 * column + int(high) for column, high in pairs]
        name = scope.constant(f"{op.output}_column")
        note = "Twice the feature that each key is of, and 1 where NaN comes last."
        at, x = table(narrowest(places), name, places, note), scope.pointer(op.inputs[0])
        out = scope.pointer(op.output)
        target = out[1:] if out.startswith("&") else f"{out}[j]"
        body = (
            f"    for (uint32_t j = 0; j < {len(places)}U; j++) {{\n"
            f"        uint32_t at = {at.name}[j];\n"
            f"        {target} = thb_f32_key(thb_f32_bits(&{x}[at >> 1]), at & 1U);\n"
            "    }\n"
        )
        return OpCode(tables=(at,), body=body, runtime=(f"include/{_HEADER}",), includes=(_HEADER,))
