# SPDX-License-Identifier: MIT
"""A graph covered by kernels, in order, with a place for every tensor between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from thumbling.ir.graph import INPUT, Graph
from thumbling.schedule.goal import Goal
from thumbling.schedule.kernel import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a tensor lies: the caller's input row, a field of its output struct, or the stack.

    `name` is the field, or the tensor whose array on the stack it is.
    """

    kind: Literal["input", "output", "stack"]
    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Kernels in order of evaluation. Tensors inside one of them have no place."""

    graph: Graph
    goal: Goal
    calls: tuple[Offer, ...]

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """The place of the input and of every tensor that a kernel writes.

        An output is written where the caller wants it. A tensor whose last reader works in place
        and writes an output lies there already.
        """
        fields = {output.tensor: output.field for output in self.graph.outputs}
        found = {INPUT: Place(kind="input", name=INPUT)}
        for call in reversed(self.calls):
            tensor = call.writes
            if tensor in fields:
                found[tensor] = Place(kind="output", name=fields[tensor])
                continue
            readers = [c for c in self.calls if tensor in c.reads]
            last = readers[-1] if readers else None
            if last is not None and last.in_place and found[last.writes].kind == "output":
                found[tensor] = found[last.writes]
            else:
                found[tensor] = Place(kind="stack", name=tensor)
        return found

    @property
    def stack_tensors(self) -> tuple[str, ...]:
        """Tensors that have an array of their own on the stack, in order."""
        at = self.places
        return tuple(c.writes for c in self.calls if at[c.writes].kind == "stack")

    @property
    def stack(self) -> int:
        """Estimated bytes of stack beyond the caller's: arrays and the deepest kernel."""
        arrays = sum(self.graph.tensors[tensor].n_bytes for tensor in self.stack_tensors)
        return arrays + max((call.stack for call in self.calls), default=0)

    @property
    def flash(self) -> float:
        """Estimated bytes of flash."""
        return sum(call.flash for call in self.calls)

    @property
    def cycles(self) -> float:
        """Estimated cycles of a mean inference on Cortex-M4."""
        return sum(call.cycles for call in self.calls)

    def __str__(self) -> str:
        lines = [f"  {call}" for call in self.calls]
        at = ", ".join(f"{tensor} in {p.kind} {p.name}" for tensor, p in self.places.items())
        return "\n".join([f"program {self.graph.name}", *lines, f"  {at}"]) + "\n"
