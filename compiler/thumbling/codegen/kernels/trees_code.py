# SPDX-License-Identifier: MIT
"""Trees as byte code, walked by the runtime: the smallest form of all but small ensembles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.kernels.trees import byte_code
from thumbling.codegen.kernels.trees.estimates import ending, straight_bytes
from thumbling.codegen.kernels.trees.leaf_rows import leaf_rows, mean_filled
from thumbling.codegen.kernels.trees.rounds import FRAME_BYTES, emit_rows, emit_sum, sums_of
from thumbling.codegen.kernels.trees.straight import visits
from thumbling.codegen.kernels.trees.walk import by_byte_code
from thumbling.codegen.kernels.trees_vectors import placed
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.schedule import Offer, Pattern, Request, kernel

# The walk through byte code and the loop around it.
_WALK_BYTES = 110
# Cycles of a visited split, and to add a value of a leaf vector.
_SPLIT_CYCLES, _VALUE_CYCLES = 20, 16


@kernel
class TreesCode:
    """One table of all trees."""

    name: ClassVar[str] = "trees_code"
    covers: ClassVar[tuple[Pattern, ...]] = ((TreeEnsemble, ArgMax), (TreeEnsemble,))

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, where the format has room, and time is not all or code cannot be updated."""
        op, label = request.ops[0], request.ops[1] if len(request.ops) > 1 else None
        assert isinstance(op, TreeEnsemble)
        assert label is None or isinstance(label, ArgMax)
        graph, goal = request.graph, request.goal
        if not byte_code.fits(op, graph.type_of(op.inputs[0])):
            return
        if goal.inline and goal.optimize == "speed":
            return
        if op.leaf.shape[1] == 1 and label is not None:
            return
        if goal.inline and goal.optimize == "balanced" and _straight_is_small(request):
            return
        sums = sums_of(op, graph, goal, label)
        rows = leaf_rows(op, sums, goal.optimize)
        code = byte_code.encode(op, graph.type_of(op.inputs[0]), rows.number)
        flash, cycles = ending(op, request)
        walk = visits(op) * _SPLIT_CYCLES + 20 * len(op.trees)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=code.n_bytes + rows.n_bytes + _WALK_BYTES + flash,
            cycles=sums.rounds * (walk + len(op.trees) * mean_filled(op) * _VALUE_CYCLES) + cycles,
            stack=FRAME_BYTES + (sums.n_bytes if label else 0),
            choice={"rounds": sums.rounds},
            plan=(sums, rows, code),
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The tables and the loop over the trees."""
        op, label = offer.ops[0], offer.ops[1] if len(offer.ops) > 1 else None
        assert isinstance(op, TreeEnsemble)
        assert label is None or isinstance(label, ArgMax)
        sums, rows = placed(offer, scope)
        walk = by_byte_code(op, scope, offer.plan[2])
        if op.leaf.shape[1] == 1:
            return emit_sum(op, scope, walk, rows)
        return emit_rows(op, scope, walk, rows, sums, label)


def _straight_is_small(request: Request) -> bool:
    """Whether straight code stays below what the goal pays for time, so nothing is encoded."""
    op = request.ops[0]
    assert isinstance(op, TreeEnsemble)
    return straight_bytes(op, request) <= request.goal.balanced_bytes
