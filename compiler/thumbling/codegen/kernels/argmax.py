# SPDX-License-Identifier: MIT
"""The first greatest of each group: straight code for speed, a loop for size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.argmax import ArgMax
from thumbling.schedule import Offer, Pattern, Request, kernel

# Up to here the greatest is found without a loop for speed.
_STRAIGHT_VALUES = 16
HEADER = "thumbling/argmax.h"


@kernel
class ArgMaxLoop:
    """A call of the runtime's loop for each group."""

    name: ClassVar[str] = "argmax_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((ArgMax,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One: the loop takes any number of groups."""
        (op,) = request.ops
        assert isinstance(op, ArgMax)
        n = sum(op.groups)
        yield Offer(
            kernel=self, ops=request.ops, flash=24 + 10 * len(op.groups), cycles=8 + 7 * n, stack=16
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A statement a group."""
        (op,) = offer.ops
        assert isinstance(op, ArgMax)
        body, start = "", 0
        for k, width in enumerate(op.groups):
            pointer = scope.pointer(op.inputs[0]) + (f" + {start}" if start else "")
            body += f"    {scope.element(op.output, k)} = thb_argmax({pointer}, {width});\n"
            start += width
        return OpCode(body=body, runtime=(f"include/{HEADER}",), includes=(HEADER,))


@kernel
class ArgMaxStraight:
    """A comparison a value, without a loop."""

    name: ClassVar[str] = "argmax_straight"
    covers: ClassVar[tuple[Pattern, ...]] = ((ArgMax,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """For speed, of few values."""
        (op,) = request.ops
        assert isinstance(op, ArgMax)
        n = sum(op.groups)
        if request.goal.optimize == "speed" and max(op.groups) <= _STRAIGHT_VALUES:
            yield Offer(kernel=self, ops=request.ops, flash=8 * n, cycles=4 * n, stack=16)

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The search over the values where they lie."""
        (op,) = offer.ops
        assert isinstance(op, ArgMax)
        values = [scope.element(op.inputs[0], j) for j in range(sum(op.groups))]
        return OpCode(body=search(values, op, scope))


def search(values: list[str], op: ArgMax, scope: Scope) -> str:
    """Straight code for the first greatest of each group of C expressions."""
    body, start = "", 0
    for k, width in enumerate(op.groups):
        group = values[start : start + width]
        body += _straight(group, scope.element(op.output, k))
        start += width
    return body


def _straight(values: list[str], target: str) -> str:
    lines = ["    {", f"        int32_t best = {values[0]};", "        int32_t label = 0;"]
    for j, value in enumerate(values[1:], start=1):
        last = j == len(values) - 1
        lines += [f"        if ({value} > best) {{"]
        lines += [] if last else [f"            best = {value};"]
        lines += [f"            label = {j};", "        }"]
    if len(values) == 1:
        lines.append("        (void)best;")
    return "\n".join([*lines, f"        {target} = label;", "    }"]) + "\n"
