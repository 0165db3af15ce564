# SPDX-License-Identifier: MIT
"""Many sums, in memory: a function a tree names a leaf vector, which a loop adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from thumbling.codegen.kernels.trees.estimates import FEW_SUMS, ending
from thumbling.codegen.kernels.trees.leaf_rows import LeafRows, Sums, leaf_rows, mean_filled
from thumbling.codegen.kernels.trees.rounds import FRAME_BYTES, emit_rows, sums_of
from thumbling.codegen.kernels.trees.straight import nested_bytes, nested_cycles, straight
from thumbling.codegen.kernels.trees.walk import by_functions
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.schedule import Offer, Pattern, Request, kernel

# A case of the switch between trees; cycles to add a value in a loop.
_CASE_BYTES, _VALUE_CYCLES = 8, 16


@kernel
class TreesVectors:
    """A switch over the trees in a loop."""

    name: ClassVar[str] = "trees_vectors"
    covers: ClassVar[tuple[Pattern, ...]] = ((TreeEnsemble, ArgMax), (TreeEnsemble,))

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, of many sums; with a label in rounds that leave its votes on the stack."""
        op, label = request.ops[0], request.ops[1] if len(request.ops) > 1 else None
        assert isinstance(op, TreeEnsemble)
        assert label is None or isinstance(label, ArgMax)
        if op.leaf.shape[1] <= FEW_SUMS:
            return
        graph, goal = request.graph, request.goal
        sums = sums_of(op, graph, goal, label)
        rows = leaf_rows(op, sums, goal.optimize)
        flash, cycles = ending(op, request)
        walk = nested_cycles(op, graph.type_of(op.inputs[0])) + 20 * len(op.trees)
        yield Offer(
            kernel=self,
            ops=request.ops,
            updatable=False,
            flash=nested_bytes(op, graph.type_of(op.inputs[0]))
            + len(op.trees) * _CASE_BYTES
            + rows.n_bytes
            + flash,
            cycles=sums.rounds * (walk + len(op.trees) * mean_filled(op) * _VALUE_CYCLES) + cycles,
            stack=FRAME_BYTES + (sums.n_bytes if label else 0),
            choice={"rounds": sums.rounds},
            plan=(sums, rows),
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The functions, the tables and the loop."""
        op, label = offer.ops[0], offer.ops[1] if len(offer.ops) > 1 else None
        assert isinstance(op, TreeEnsemble)
        assert label is None or isinstance(label, ArgMax)
        sums, rows = placed(offer, scope)
        walk = by_functions(op, scope, rows.number)
        code = emit_rows(op, scope, walk, rows, sums, label)
        return straight(code, scope.graph.type_of(op.inputs[0]))


def placed(offer: Offer, scope: Scope) -> tuple[Sums, LeafRows]:
    """The sums where they lie, and the leaf vectors with identifiers."""
    sums, rows = offer.plan[:2]
    if sums.pointer == "$sums":
        sums = replace(sums, pointer=scope.pointer(offer.writes))
    return sums, rows.named(scope.constant, sums.pointer)
