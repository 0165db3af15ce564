# SPDX-License-Identifier: MIT
"""What an op's emitter gets and gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.ops import Softmax

_LONGEST_PREFIX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpCode:
    """The C of one op.

    `tables` (constants) and `functions` stand at file scope, `body` inside the predict function:
    statements, indented by four spaces. `runtime` lists files below `runtime_c`, `includes` the
    headers among them that the model's source includes. `gcc_options` are names of GCC's `-f`
    options for a model that is not compiled for size.
    """

    tables: str = ""
    functions: str = ""
    body: str = ""
    runtime: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    gcc_options: tuple[str, ...] = ()


def merge(*parts: OpCode) -> OpCode:
    """The C of one op from parts, in order."""
    return OpCode(
        tables="\n".join(part.tables for part in parts if part.tables),
        functions="\n".join(part.functions for part in parts if part.functions),
        body="".join(part.body for part in parts),
        runtime=tuple(path for part in parts for path in part.runtime),
        includes=tuple(header for part in parts for header in part.includes),
        gcc_options=tuple(option for part in parts for option in part.gcc_options),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmitContext:
    """What emitters know besides their op: the graph, the C prefix, what to optimise for.

    Tensors that are outputs live in the caller's struct (`out->label`), others in local arrays.
    A field of length one is a scalar there, so `pointer` takes its address.
    """

    graph: Graph
    optimize: str

    @property
    def name(self) -> str:
        """The prefix of every identifier at file scope.

        Long names are cut, so that lines fit the page; a hash keeps two such models apart where
        both files are compiled as one.
        """
        name = self.graph.name
        if len(name) <= _LONGEST_PREFIX:
            return name
        return f"{name[:15].rstrip('_')}_{hashlib.sha256(name.encode()).hexdigest()[:4]}"

    @property
    def layer(self) -> str:
        """How the function of a layer begins.

        Where a softmax follows, the layer's registers must be off the stack by then, so the
        compiler is kept from merging both into one frame.
        """
        apart = any(isinstance(op, Softmax) for op in self.graph.ops)
        return "THB_NOINLINE static" if apart else "static"

    def place(self, tensor: str) -> str:
        """The tensor in whose array a tensor lives: itself, or the softmax that overwrites it."""
        if self.is_output(tensor):
            return tensor
        readers = [op for op in self.graph.ops if tensor in op.inputs]
        last = readers[-1] if readers else None
        if isinstance(last, Softmax) and last.mode != "sigmoid" and self.is_output(last.output):
            return last.output
        return tensor

    def pointer(self, tensor: str) -> str:
        """A C expression that points to the first value of a tensor (or of the input `x`)."""
        if tensor == INPUT:
            return "x"
        tensor = self.place(tensor)
        for output in self.graph.outputs:
            if output.tensor == tensor:
                single = self.graph.tensors[tensor].size == 1
                return f"&out->{output.field}" if single else f"out->{output.field}"
        return tensor

    def element(self, tensor: str, index: int) -> str:
        """A C lvalue for one value of a computed tensor."""
        pointer = self.pointer(tensor)
        if pointer.startswith("&"):
            return pointer[1:]
        return f"{pointer}[{index}]"

    def is_output(self, tensor: str) -> bool:
        """Whether a tensor is a field of the output struct."""
        return any(output.tensor == tensor for output in self.graph.outputs)
