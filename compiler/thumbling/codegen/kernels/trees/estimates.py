# SPDX-License-Identifier: MIT
"""Which straight code suits an ensemble, and what it is estimated to cost."""

from __future__ import annotations

import numpy as np

from thumbling.codegen.kernels.trees.leaf_rows import leaf_rows, mean_filled
from thumbling.codegen.kernels.trees.packed_sums import packs, words_of
from thumbling.codegen.kernels.trees.rounds import FRAME_BYTES, sums_of, vote_bytes
from thumbling.codegen.kernels.trees.straight import nested_bytes
from thumbling.codegen.table import narrowest, size_of
from thumbling.ir.graph import Graph
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.schedule import Request

# Sums that a leaf changes, on average; beyond that a table of leaf vectors is smaller.
_SUMS_A_LEAF = 3
# Bytes and cycles of a load and an addition at a join; a case of a switch between trees.
_JOIN_BYTES, _CASE_BYTES = 6, 8
# More sums than that are added to in a loop over the values of a leaf vector.
FEW_SUMS = 16
# Words that Armv6-M loads and stores at an offset; it would keep pointers to others on the stack.
_REACHED_WORDS = 32
# Cycles of a Cortex-M4: to add to a word of a vector, and to a value in a loop over those of one.
_WORD_CYCLES, _VALUE_CYCLES = 6, 16
# Bytes of a sum more than one that a leaf changes: a constant, often from a literal pool, and an
# addition.
_SUM_BYTES = 8
# Bytes to find the label among the sums.
_LABEL_BYTES = 28


def all_at_once(op: TreeEnsemble, request: Request, words: int) -> bool:
    """Whether straight code adds to all sums, and not a loop over leaf vectors.

    The loop is slower for each value of a vector, but passes over those that are 0.
    """
    if op.leaf.shape[1] <= FEW_SUMS:
        return True
    label = len(request.ops) > 1
    most = vote_bytes(request.goal) // 4 if label else _REACHED_WORDS
    if request.goal.optimize != "speed" or words > most:
        return False
    joined = words * _WORD_CYCLES < mean_filled(op) * _VALUE_CYCLES
    return joined or suits(op, request.graph)


def ending(op: TreeEnsemble, request: Request) -> tuple[int, int]:
    """Bytes and cycles of what follows the walk: the label, or the sums put where they belong."""
    width = int(op.leaf.shape[1])
    return (_LABEL_BYTES, 4 * width) if len(request.ops) > 1 else (0, 2 * width)


def stack_of(request: Request, words: int) -> int:
    """Stack of straight code: beside the frame the sums, where no caller's array holds them."""
    return FRAME_BYTES + (4 * words if len(request.ops) > 1 else 0)


def further_bytes(op: TreeEnsemble, graph: Graph) -> int:
    """Flash of additions at leaves beyond the first of each; a leaf is written once a tree."""
    grown = np.maximum(np.count_nonzero(words_of(op, graph), axis=1) - 1, 0)
    rows = [np.unique(tree.left[tree.feature < 0]) for tree in op.trees]
    return sum(int(grown[leaf].sum()) for leaf in rows) * _SUM_BYTES


def suits(op: TreeEnsemble, graph: Graph) -> bool:
    """Whether leaves are shared, or change few enough of the sums, for code to beat a table."""
    rows = [t.left[t.feature < 0] for t in op.trees]
    n_leaves, n_labels = sum(map(len, rows)), sum(len(np.unique(r)) for r in rows)
    touched = (words_of(op, graph) != 0).sum(axis=1)
    mean = float(np.concatenate([touched[r] for r in rows]).mean())
    shared = 2 * n_labels <= n_leaves
    return len(op.trees) > 1 and (shared if op.leaf.shape[1] == 1 else mean <= _SUMS_A_LEAF)


def leaf_type(op: TreeEnsemble, graph: Graph) -> str:
    """The C type of a table of leaf vectors as they are added at joins."""
    return "uint32_t" if packs(op, graph) else narrowest(op.leaf.ravel().tolist())


def straight_bytes(op: TreeEnsemble, request: Request) -> int:
    """Flash of an ensemble in straight code, in the form that suits it, without the ending."""
    graph, n_sums = request.graph, int(op.leaf.shape[1])
    n_bytes = nested_bytes(op, graph.type_of(op.inputs[0]))
    if n_sums > FEW_SUMS:
        return n_bytes + switch_bytes(op, request)
    if suits(op, graph):
        return n_bytes + further_bytes(op, graph)
    if n_sums == 1:
        return n_bytes
    return n_bytes + join_bytes(op, graph)


def switch_bytes(op: TreeEnsemble, request: Request) -> int:
    """Flash of a switch over trees and of the leaf vectors, as `trees_vectors` has them."""
    label = request.ops[1] if len(request.ops) > 1 else None
    assert label is None or isinstance(label, ArgMax)
    sums = sums_of(op, request.graph, request.goal, label)
    return len(op.trees) * _CASE_BYTES + leaf_rows(op, sums, request.goal.optimize).n_bytes


def join_bytes(op: TreeEnsemble, graph: Graph) -> int:
    """Flash of the table of leaf vectors, and of the joins at which they are added."""
    table_bytes = words_of(op, graph).size * size_of(leaf_type(op, graph))
    return int(table_bytes + (len(op.trees) - 1) * op.leaf.shape[1] * _JOIN_BYTES)
