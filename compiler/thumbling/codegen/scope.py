# SPDX-License-Identifier: MIT
"""What a kernel needs to know to write its C: the program, where its tensors lie, free names."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.codegen.names import Names
from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.types import InputSpec
from thumbling.schedule import Offer, Program, Slot


def shared_name(program: Program, slot: Slot) -> str:
    """The name of a union of arrays on the stack, which no tensor has."""
    name = f"{slot.tensors[0]}_shared"
    while name in program.graph.tensors:
        name += "_"
    return name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The surroundings of one kernel in a program.

    A field of length one is a scalar, so `pointer` takes its address.
    """

    program: Program
    offer: Offer
    names: Names

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.program.graph

    @property
    def optimize(self) -> str:
        """What counts: speed, size or balanced."""
        return self.program.goal.optimize

    @property
    def layer(self) -> str:
        """How the function of a layer begins.

        Where a kernel follows that runs alone, the layer's registers must be off the stack by
        then, so the compiler is kept from merging both into one frame.
        """
        calls = self.program.calls
        later = calls[calls.index(self.offer) + 1 :]
        return "THB_NOINLINE static" if any(c.alone for c in later) else "static"

    def name(self, hint: str) -> str:
        """A free identifier at file scope."""
        return self.names.take(hint)

    def c_type(self, tensor: str) -> str:
        """The C type of a tensor's values."""
        return self.graph.type_of(tensor).c

    def row_of(self, tensor: str) -> InputSpec:
        """A tensor as a row that trees read: the input, or plain integers."""
        if tensor == INPUT:
            return self.graph.input
        kind = self.graph.tensors[tensor]
        return InputSpec(
            dtype=kind.dtype,
            scale=(1.0,) * kind.size,
            offset=(0.0,) * kind.size,
            names=tuple(f"x{j}" for j in range(kind.size)),
        )

    def pointer(self, tensor: str) -> str:
        """A C expression that points to the first value of a tensor."""
        place = self.program.places[tensor]
        if place.kind == "input":
            return place.name
        if place.kind == "stack":
            slot = self.program.slot(place.name)
            if len(slot.arrays) == 1:
                return place.name
            return f"{shared_name(self.program, slot)}.{place.name}"
        single = self.graph.tensors[tensor].size == 1
        return f"{'&' if single else ''}out->{place.name}"

    def element(self, tensor: str, index: int) -> str:
        """A C lvalue for one value of a computed tensor."""
        pointer = self.pointer(tensor)
        return pointer[1:] if pointer.startswith("&") else f"{pointer}[{index}]"
