# SPDX-License-Identifier: MIT
"""Numbers of several tensors times constants, added place by place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.base import Int32Array
from thumbling.ir.ops.blend import Blend
from thumbling.schedule import Offer, Pattern, Request, kernel

_BIAS = "What each sum begins with."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """What one input adds: its multipliers and places, which begin at `start`."""

    tensor: str
    start: int
    multiplier: Int32Array
    place: Int32Array


def _parts(op: Blend, request: Request) -> list[_Part]:
    graph = request.graph
    sizes = [graph.size(name) for name in op.inputs]
    starts = np.cumsum([0, *sizes])
    return [
        _Part(
            tensor=name,
            start=start,
            multiplier=op.multiplier[start : start + size],
            place=op.place[start : start + size],
        )
        for name, start, size in zip(op.inputs, starts.tolist(), sizes, strict=False)
    ]


def _even(parts: list[_Part], width: int) -> bool:
    """Whether every input adds to every result in order."""
    straight = np.arange(width)
    return width > 1 and all(np.array_equal(part.place, straight) for part in parts)


@kernel
class BlendLoop:
    """A loop over the results, where all inputs have one value for each."""

    name: ClassVar[str] = "blend_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((Blend,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, of inputs that are as long as the result."""
        (op,) = request.ops
        assert isinstance(op, Blend)
        parts, width = _parts(op, request), len(op.bias)
        if _even(parts, width):
            tables = sum(len(set(part.multiplier.tolist())) > 1 for part in parts)
            several = len(set(op.bias.tolist())) > 1
            yield Offer(
                kernel=self,
                ops=request.ops,
                flash=32 + 12 * len(parts) + width * (4 * tables + 8 * several),
                cycles=8 + width * (10 + 5 * len(parts)),
                stack=40,
                plan=parts,
            )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The loop, with tables of what differs from result to result."""
        (op,) = offer.ops
        assert isinstance(op, Blend)
        bias, tables = scope.indexed(f"{op.output}_bias", op.bias.tolist(), _BIAS, "int64_t", "k")
        terms = []
        for part in offer.plan:
            factor, more = scope.indexed(
                f"{op.output}_factor",
                part.multiplier.tolist(),
                f"What each value of {part.tensor} is multiplied by.",
                "int32_t",
                "k",
            )
            tables += more
            terms.append(f"total += (int64_t){scope.pointer(part.tensor)}[k] * {factor};")
        lines = [
            f"for (uint32_t k = 0; k < {len(op.bias)}U; k++) {{",
            f"    int64_t total = {bias};",
            *(f"    {term}" for term in terms),
            f"    {scope.pointer(op.output)}[k] = (int32_t)(total >> {op.shift}U);",
            "}",
        ]
        return OpCode(tables=tables, body="".join(f"    {line}\n" for line in lines))


@kernel
class BlendStraight:
    """A block for each result."""

    name: ClassVar[str] = "blend_straight"
    covers: ClassVar[tuple[Pattern, ...]] = ((Blend,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        assert isinstance(op, Blend)
        n = len(op.place)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=16 * n + 16 * len(op.bias),
            cycles=5 * n + 8 * len(op.bias),
            stack=40,
            plan=_parts(op, request),
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The additions of each result."""
        (op,) = offer.ops
        assert isinstance(op, Blend)
        body = ""
        biases, tables = scope.numbers(f"{op.output}_bias", op.bias, _BIAS, "int64_t")
        note = "What each value is multiplied by."
        factors, more = scope.numbers(f"{op.output}_factor", op.multiplier, note)
        for k, bias in enumerate(biases):
            body += f"    {{\n        int64_t total = {bias};\n"
            for part in offer.plan:
                for j in np.flatnonzero(part.place == k).tolist():
                    value = _value(scope, part.tensor, j)
                    body += f"        total += (int64_t){value} * {factors[part.start + j]};\n"
            target = scope.element(op.output, k)
            body += f"        {target} = (int32_t)(total >> {op.shift}U);\n    }}\n"
        return OpCode(tables=(*tables, *more), body=body)


def _value(scope: Scope, tensor: str, j: int) -> str:
    pointer = scope.pointer(tensor)
    return pointer[1:] if pointer.startswith("&") else f"{pointer}[{j}]"
