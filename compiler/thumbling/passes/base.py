# SPDX-License-Identifier: MIT
"""What a pass is: a graph in, a graph out that answers the same, and valid in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from thumbling.ir.graph import Graph
from thumbling.ir.verifier import verify


class Pass(Protocol):
    """A frozen dataclass whose fields are its options."""

    name: ClassVar[str]

    def run(self, graph: Graph) -> Graph:
        """The graph with what this pass does: the same outputs for every input, bit for bit."""
        ...


Watch = Callable[[str, Graph], None]


def run_passes(passes: Sequence[Pass], graph: Graph, watch: Watch | None = None) -> Graph:
    """All passes in order. `watch` is shown the graph after each, by the pass's name.

    Raises InternalError where a pass leaves an invalid graph.
    """
    for step in passes:
        graph = step.run(graph)
        verify(graph)
        if watch is not None:
            watch(step.name, graph)
    return graph
