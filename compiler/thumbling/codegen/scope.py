# SPDX-License-Identifier: MIT
"""What a kernel needs to know to write its C: the program, where its tensors lie, free names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from thumbling.codegen.names import Names, prefix
from thumbling.codegen.table import Constant, table
from thumbling.codegen.text import c_integer
from thumbling.codegen.variables import marked
from thumbling.ir.graph import Graph
from thumbling.schedule import Offer, Program


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The surroundings of one kernel in a program.

    A field of length one is a scalar, so `pointer` takes its address. Parameters and arrays on the
    stack are marked, and get their names when all kernels have been written (`variables.py`).
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

    @property
    def in_block(self) -> bool:
        """Whether constants lie in a block apart from the code, to which `data` points."""
        return bool(self.names.block)

    @property
    def parameter(self) -> str:
        """The last parameter of a function that reads constants."""
        return f", const {prefix(self.graph.name)}_data_t *data" if self.in_block else ""

    @property
    def argument(self) -> str:
        """The last argument of its calls."""
        return ", data" if self.in_block else ""

    def constant(self, hint: str) -> str:
        """The name of a constant: what C reads it by."""
        return self.names.constant(hint)

    def numbers(
        self, hint: str, values: Iterable[int], comment: str, c_type: str = "int32_t"
    ) -> tuple[list[str], tuple[Constant, ...]]:
        """C expressions of numbers that code reads one by one, and the table they lie in.

        They are literals where constants are in the code anyway.
        """
        if not self.in_block:
            return [_literal(int(value), c_type) for value in values], ()
        kept = table(c_type, self.constant(hint), values, comment)
        return [f"{kept.name}[{k}]" for k in range(len(kept.values))], (kept,)

    def indexed(
        self, hint: str, values: Sequence[int], comment: str, c_type: str, index: str
    ) -> tuple[str, tuple[Constant, ...]]:
        """The C expression of number `index`, and the table they lie in.

        It is a literal where all are one number and constants are in the code anyway.
        """
        if not self.in_block and len(set(values)) == 1:
            return _literal(values[0], c_type), ()
        kept = table(c_type, self.constant(hint), values, comment)
        return f"{kept.name}[{index}]", (kept,)

    def c_type(self, tensor: str) -> str:
        """The C type of a tensor's values."""
        return self.graph.type_of(tensor).c

    def pointer(self, tensor: str) -> str:
        """A C expression that points to the first value of a tensor."""
        place = self.program.places[tensor]
        if place.kind in ("input", "stack"):
            return marked(place.name)
        struct = "state" if place.kind == "state" else "out"
        return f"{'&' if self.graph.size(tensor) == 1 else ''}{struct}->{place.name}"

    def element(self, tensor: str, index: int | str) -> str:
        """A C lvalue for one value of a tensor: a number, or what a variable of the C says."""
        pointer = self.pointer(tensor)
        return pointer[1:] if pointer.startswith("&") else f"{pointer}[{index}]"


def _literal(value: int, c_type: str) -> str:
    return f"{c_integer(value, c_type)}{'U' if c_type.startswith('u') else ''}"
