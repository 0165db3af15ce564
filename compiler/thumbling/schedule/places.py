# SPDX-License-Identifier: MIT
"""Where tensors lie, and which of those on the stack can share their memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from thumbling.ir.graph import INPUT, Graph
from thumbling.schedule.kernel import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a tensor lies: the caller's input row, a field of its output struct, the stack, or
    nowhere but inside the kernel that makes and uses it.

    `name` is the field, the kernel, or the tensor whose array on the stack it is.
    """

    kind: Literal["input", "output", "kernel", "stack"]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """An array on the stack: it is needed from one call to another, both included."""

    tensor: str
    n_bytes: int
    first: int
    last: int

    def meets(self, other: Array) -> bool:
        """Whether both are needed at one time. A call writes before it has read all it reads."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A piece of the stack: the arrays that have it in turn, the largest first."""

    arrays: tuple[Array, ...]

    @property
    def n_bytes(self) -> int:
        """Bytes of the largest."""
        return self.arrays[0].n_bytes

    @property
    def tensors(self) -> tuple[str, ...]:
        """Whose arrays they are."""
        return tuple(array.tensor for array in self.arrays)


def place(graph: Graph, calls: Sequence[Offer]) -> dict[str, Place]:
    """The place of the input and of every tensor.

    An output is written where the caller wants it. A tensor whose last reader works in place lies
    where that reader writes, if both take the same room.
    """
    fields = {output.tensor: output.field for output in graph.outputs}
    found = {INPUT: Place(kind="input", name=INPUT)}
    for call in reversed(calls):
        for op in call.ops[:-1]:
            found[op.output] = Place(kind="kernel", name=call.kernel.name)
        tensor = call.writes
        last = next((c for c in reversed(calls) if tensor in c.reads), None)
        if tensor in fields:
            found[tensor] = Place(kind="output", name=fields[tensor])
        elif last is not None and last.in_place and _same_room(graph, tensor, last.writes):
            found[tensor] = found[last.writes]
        else:
            found[tensor] = Place(kind="stack", name=tensor)
    return found


def _same_room(graph: Graph, tensor: str, other: str) -> bool:
    one, two = graph.tensors[tensor], graph.tensors[other]
    return one.dtype is two.dtype and one.size == two.size


def arrays(graph: Graph, calls: Sequence[Offer], places: Mapping[str, Place]) -> tuple[Array, ...]:
    """The arrays on the stack in order of their names' first use, and when they are needed."""
    spans: dict[str, list[int]] = {}
    for index, call in enumerate(calls):
        for tensor in (call.writes, *call.reads):
            if places[tensor].kind == "stack":
                spans.setdefault(places[tensor].name, []).append(index)
    return tuple(
        Array(tensor=name, n_bytes=graph.tensors[name].n_bytes, first=min(at), last=max(at))
        for name, at in spans.items()
    )


def share(needed: Iterable[Array]) -> tuple[Slot, ...]:
    """Arrays in as few bytes as a greedy choice finds: the largest first, each where one is free.

    Slots come in the order in which they are first needed.
    """
    slots: list[list[Array]] = []
    for array in sorted(needed, key=lambda a: (-a.n_bytes, a.first, a.tensor)):
        free = (slot for slot in slots if not any(array.meets(other) for other in slot))
        slot = next(free, None)
        if slot is None:
            slots.append([array])
        else:
            slot.append(array)
    made = [Slot(arrays=tuple(slot)) for slot in slots]
    return tuple(sorted(made, key=lambda slot: min(a.first for a in slot.arrays)))
