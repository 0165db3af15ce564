# SPDX-License-Identifier: MIT
"""A graph covered by kernels, in order, with a place for every tensor between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from thumbling.ir.graph import Graph, State
from thumbling.schedule.goal import Goal
from thumbling.schedule.kernel import Offer
from thumbling.schedule.places import Place, Slot, arrays, place, share


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Kernels in order of evaluation, and what follows from them."""

    graph: Graph
    goal: Goal
    calls: tuple[Offer, ...]

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """The place of every input, state and tensor; see `places.place`."""
        return place(self.graph, self.calls)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The arrays on the stack, by the memory that they have in turn."""
        return share(arrays(self.graph, self.calls, self.places))

    def slot(self, tensor: str) -> Slot:
        """The memory of a tensor that has an array of its own on the stack."""
        return next(slot for slot in self.slots if tensor in slot.tensors)

    @property
    def stores(self) -> tuple[State, ...]:
        """States that get their new values behind the last kernel."""
        at = self.places
        return tuple(s for s in self.graph.state if at[s.update] != at[s.name])

    @property
    def stack(self) -> int:
        """Estimated bytes of stack beyond the caller's: arrays and the deepest kernel."""
        deepest = max((call.stack for call in self.calls), default=0)
        return sum(slot.n_bytes for slot in self.slots) + deepest

    @property
    def rank(self) -> tuple[int, tuple[int, float, float]]:
        """Within the goal's stack all are equal; beyond it, less is better than anything."""
        return max(self.stack - self.goal.stack, 0), self.goal.cost(self.flash, self.cycles)

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
        lines += [f"  {at}"]
        lines += [f"  {' and '.join(s.tensors)} share {s.n_bytes} B" for s in self._shared]
        return "\n".join([f"program {self.graph.name}", *lines]) + "\n"

    @property
    def _shared(self) -> list[Slot]:
        return [slot for slot in self.slots if len(slot.arrays) > 1]
