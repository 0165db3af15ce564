# SPDX-License-Identifier: MIT
"""Chains of ops in a graph that a kernel may compute in one piece."""

from __future__ import annotations

from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op
from thumbling.schedule.kernel import Pattern


def sole_reader(graph: Graph, tensor: str) -> Op | None:
    """The op that alone reads a tensor; None if others do, or the caller."""
    readers = [op for op in graph.ops if tensor in op.inputs]
    if len(readers) != 1 or graph.is_kept(tensor):
        return None
    return readers[0]


def match(graph: Graph, first: Op, pattern: Pattern) -> tuple[Op, ...] | None:
    """The chain from `first` on whose classes are `pattern`.

    Every op but the last is read by the next alone, and the next reads nothing else.
    """
    if type(first) is not pattern[0]:
        return None
    chain = [first]
    for wanted in pattern[1:]:
        reader = sole_reader(graph, chain[-1].output)
        if type(reader) is not wanted or reader.inputs != (chain[-1].output,):
            return None
        chain.append(reader)
    return tuple(chain)
