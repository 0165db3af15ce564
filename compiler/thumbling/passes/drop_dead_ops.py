# SPDX-License-Identifier: MIT
"""Drop ops whose results nobody reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from thumbling.ir.graph import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDeadOps:
    """Keeps what outputs and state need, and what can refuse a row."""

    name: ClassVar[str] = "drop-dead-ops"

    def run(self, graph: Graph) -> Graph:
        """See `Pass.run`."""
        needed = {output.tensor for output in graph.outputs}
        needed |= {state.update for state in graph.state}
        for op in reversed(graph.ops):
            if op.output in needed or op.rejects_nan:
                needed |= {op.output, *op.inputs}
        kept = tuple(op for op in graph.ops if op.output in needed)
        if len(kept) == len(graph.ops):
            return graph
        tensors = {op.output: graph.tensors[op.output] for op in kept}
        bounds = {tensor: b for tensor, b in graph.bounds.items() if tensor in tensors}
        return replace(graph, ops=kept, tensors=tensors, bounds=bounds)
