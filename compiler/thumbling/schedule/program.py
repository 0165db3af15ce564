# SPDX-License-Identifier: MIT
"""A graph covered by kernels, in order, with a place for every tensor between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from thumbling.ir.graph import Graph, State
from thumbling.schedule.goal import Goal
from thumbling.schedule.kernel import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a tensor lies: an input row, state or output struct of the caller, or the stack.

    `name` is the input, the member of the struct, or the tensor whose array on the stack it is.
    """

    kind: Literal["input", "state", "output", "stack"]
    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Kernels in order of evaluation. Tensors inside one of them have no place."""

    graph: Graph
    goal: Goal
    calls: tuple[Offer, ...]

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """The place of every input and state, and of every tensor that a kernel writes.

        An output is written where the caller wants it, and what updates a state over it where
        nothing needs the old one any more. A tensor whose last reader works in place and writes an
        output lies there already.
        """
        graph = self.graph
        fields = {output.tensor: output.field for output in graph.outputs}
        updates = {state.update: state for state in graph.state}
        found = {port.name: Place(kind="input", name=port.name) for port in graph.inputs}
        found |= {state.name: Place(kind="state", name=state.name) for state in graph.state}
        for call in reversed(self.calls):
            tensor = call.writes
            if tensor in fields:
                found[tensor] = Place(kind="output", name=fields[tensor])
            elif tensor in updates and self._may_overwrite(updates[tensor], call):
                found[tensor] = found[updates[tensor].name]
            else:
                found[tensor] = self._before_output(tensor, found)
        return found

    def _before_output(self, tensor: str, found: Mapping[str, Place]) -> Place:
        """The output over which the last reader of a tensor writes, else an array of its own."""
        readers = [call for call in self.calls if tensor in call.reads]
        last = readers[-1] if readers and not self.graph.is_kept(tensor) else None
        if last is not None and last.in_place and last.reads[-1] == tensor:
            place = found[last.writes]
            if place.kind == "output":
                return place
        return Place(kind="stack", name=tensor)

    def _may_overwrite(self, state: State, call: Offer) -> bool:
        """Whether `call` can write a state over itself: it works in place, no other kernel reads
        the state from then on, and none can fail, for then the state must be as it was."""
        later = self.calls[self.calls.index(call) :]
        in_place = call.in_place and call.reads[-1] == state.name
        read_again = any(state.name in other.reads for other in later[1:])
        fails = any(op.rejects_nan for other in later for op in other.ops)
        return in_place and not read_again and not fails

    @property
    def stores(self) -> tuple[State, ...]:
        """States that get their new values behind the last kernel."""
        at = self.places
        return tuple(s for s in self.graph.state if at[s.update] != at[s.name])

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
