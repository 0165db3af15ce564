# SPDX-License-Identifier: MIT
"""A table of results: in a loop of its own, or behind a layer before its values are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from thumbling.codegen.kernels.value_loop import INDEX, value_loop
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Table, table
from thumbling.codegen.text import narrowing
from thumbling.ir.ops.lookup import Lookup
from thumbling.schedule import Offer, Pattern, Request, kernel


@dataclass(frozen=True, kw_only=True, eq=False)
class Entries:
    """The table of a `Lookup` and how it is read; `stem` begins its name."""

    op: Lookup
    scope: Scope
    stem: str

    @cached_property
    def table(self) -> Table:
        """The constant."""
        kind = self.scope.graph.type_of(self.op.inputs[0]).value
        return table(
            f"{self.op.table.dtype.name}_t",
            self.scope.constant(f"{self.stem}_table"),
            self.op.table.tolist(),
            f"The result for each {kind} in order.",
        )

    def value(self, value: str) -> str:
        """A C expression of the entry for the expression of what is read."""
        least = self.scope.graph.type_of(self.op.inputs[0]).bounds[0]
        index = f"{value} + {-least}" if least else value
        return f"{self.table.name}[{index}]"


@kernel
class LookupLoop:
    """A loop over the values."""

    name: ClassVar[str] = "lookup_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((Lookup,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, which may write over what it reads where both have one type."""
        (op,) = request.ops
        assert isinstance(op, Lookup)
        kind = request.graph.tensors[op.output]
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=op.table.nbytes + 24,
            cycles=8 * kind.size,
            stack=24,
            in_place=request.graph.type_of(op.inputs[0]) is kind.dtype,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The loop, in the predict function."""
        (op,) = offer.ops
        assert isinstance(op, Lookup)
        entries = Entries(op=op, scope=scope, stem=op.output)
        c_type = scope.c_type(op.output)
        cast = "" if c_type == entries.table.c_type else narrowing(c_type)
        value = f"{cast}{entries.value(scope.element(op.inputs[0], INDEX))}"
        return value_loop(op, scope, value, tables=(entries.table,))
