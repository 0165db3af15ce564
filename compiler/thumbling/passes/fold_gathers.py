# SPDX-License-Identifier: MIT
"""Read through ops that only bring numbers together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op
from thumbling.ir.ops.gather import Gather


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldGathers:
    """A Gather of a Gather reads what that one reads. One that changes nothing is read through."""

    name: ClassVar[str] = "fold-gathers"

    def run(self, graph: Graph) -> Graph:
        """See `Pass.run`. What is no longer read stays, for `DropDeadOps`."""
        known: dict[str, Gather] = {}
        same: dict[str, str] = {}
        ops: list[Op] = []
        for op in graph.ops:
            new = replace(op, inputs=tuple(same.get(name, name) for name in op.inputs))
            if isinstance(new, Gather):
                new = _through(new, known)
                known[new.output] = new
                if not graph.is_kept(new.output) and _changes_nothing(new, graph):
                    same[new.output] = new.inputs[0]
            ops.append(new)
        changed = any(a is not b for a, b in zip(ops, graph.ops, strict=True))
        return replace(graph, ops=tuple(ops)) if changed else graph


def _through(op: Gather, known: dict[str, Gather]) -> Gather:
    """The op that reads the tensors behind those that are gathered themselves."""
    if not any(name in known for name in op.inputs):
        return op
    places = []
    for source, column in zip(op.source.tolist(), op.column.tolist(), strict=True):
        name = op.inputs[source]
        if name in known:
            behind = known[name]
            name, column = behind.inputs[behind.source[column]], int(behind.column[column])
        places.append((name, column))
    inputs = tuple(dict.fromkeys(name for name, _ in places))
    return replace(
        op,
        inputs=inputs,
        source=np.array([inputs.index(name) for name, _ in places], dtype=np.int32),
        column=np.array([column for _, column in places], dtype=np.int32),
    )


def _changes_nothing(op: Gather, graph: Graph) -> bool:
    """Whether it is a whole tensor in order, of the same type. An input stays apart, and so does a
    state, over which its update may be written."""
    if len(op.inputs) != 1 or op.inputs[0] not in graph.tensors:
        return False
    if graph.type_of(op.inputs[0]) is not graph.type_of(op.output):
        return False
    return list(op.column) == list(range(graph.tensors[op.inputs[0]].size))
