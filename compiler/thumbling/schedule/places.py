# SPDX-License-Identifier: MIT
"""Where tensors lie, and which of those on the stack can share their memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from thumbling.ir.graph import Graph, State
from thumbling.schedule.kernel import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a tensor lies: an input row, state or output struct of the caller, the stack, or
    nowhere but inside the kernel that makes and uses it.

    `name` is the input, the member of the struct, the kernel, or the tensor whose array on the
    stack it is.
    """

    kind: Literal["input", "state", "output", "kernel", "stack"]
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
    """The place of every input and state, and of every tensor.

    An output is written where the caller wants it, and what updates a state over it where nothing
    needs the old one any more. A tensor whose last reader works in place lies where that reader
    writes, if both take the same room.
    """
    fields = {output.tensor: output.field for output in graph.outputs}
    updates = {state.update: state for state in graph.state}
    found = {port.name: Place(kind="input", name=port.name) for port in graph.inputs}
    found |= {state.name: Place(kind="state", name=state.name) for state in graph.state}
    for index in reversed(range(len(calls))):
        call = calls[index]
        for op in call.ops[:-1]:
            found[op.output] = Place(kind="kernel", name=call.kernel.name)
        tensor = call.writes
        if tensor in fields:
            found[tensor] = Place(kind="output", name=fields[tensor])
        elif tensor in updates and _may_overwrite(updates[tensor], calls[index:]):
            found[tensor] = found[updates[tensor].name]
        else:
            found[tensor] = _before(graph, tensor, calls, found)
    return found


def _before(graph: Graph, tensor: str, calls: Sequence[Offer], found: Mapping[str, Place]) -> Place:
    """Where the last reader of a tensor writes over it, else an array of its own."""
    last = next((call for call in reversed(calls) if tensor in call.reads), None)
    over = last is not None and last.in_place and last.reads[-1] == tensor
    if last is None or not over or graph.is_kept(tensor):
        return Place(kind="stack", name=tensor)
    # A state must be as it was until nothing can fail any more.
    if found[last.writes].kind == "state" or not _same_room(graph, tensor, last.writes):
        return Place(kind="stack", name=tensor)
    return found[last.writes]


def _may_overwrite(state: State, later: Sequence[Offer]) -> bool:
    """Whether the first call can write a state over itself: it works in place, no other kernel
    reads the state from then on, and none can fail, for then the state must be as it was."""
    call = later[0]
    in_place = call.in_place and call.reads[-1] == state.name
    read_again = any(state.name in other.reads for other in later[1:])
    fails = any(op.rejects_nan for other in later for op in other.ops)
    return in_place and not read_again and not fails


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
    # What a state becomes is stored behind the last call.
    for state in graph.state:
        if places[state.update].kind == "stack":
            spans[places[state.update].name].append(len(calls))
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
