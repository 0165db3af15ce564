# SPDX-License-Identifier: MIT
"""C for tree ensembles: which layout."""

from __future__ import annotations

from dataclasses import replace

from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.trees import byte_code, joins, votes
from thumbling.codegen.trees.lanes import lanes
from thumbling.codegen.trees.leaf_rows import LeafRows, leaf_rows, mean_filled
from thumbling.codegen.trees.rows import VOTE_BYTES, emit_rows, emit_sum, sums_of
from thumbling.codegen.trees.straight import nested_bytes
from thumbling.codegen.trees.walk import by_byte_code, by_functions
from thumbling.ir.ops import ArgMax, TreeEnsemble

# Bytes of Thumb code, measured on Cortex-M4 and M0+ with GCC 12 at -Os.
# A sum more than one that a leaf changes: a constant, often from a literal pool, and an addition.
# And where all sums are added to at one join a tree: a load and an addition of each.
# A case of the switch between trees where their sums are in memory.
_SUM_BYTES, _JOIN_BYTES, _CASE_BYTES = 8, 6, 8
# The walk through byte code and the loop around it.
_WALK_BYTES = 110
# GCC would otherwise load features of later splits early, on edges to leaves, copy code to tell
# such edges apart, and make one range check of the two comparisons of a float tested for NaN. A
# feature that it keeps for later splits pays as an integer, not as the bits of a float.
_GCC_OPTIONS = ("no-tree-pre", "no-tree-fre", "no-tree-dominator-opts", "no-tree-reassoc")
_GCC_FLOAT_OPTIONS = ("no-gcse",)
# More sums than that are added to in a loop over the values of a leaf row.
_FEW_SUMS = 16
# Words that Armv6-M loads and stores at an offset; it would keep pointers to others on the stack.
_REACHED_WORDS = 32
# Up to here `balanced` takes the faster form.
_BALANCED_BYTES = 4096
# Cycles of a Cortex-M4: to add to a word of a row, and to a value in a loop over those of a row.
_WORD_CYCLES, _VALUE_CYCLES = 6, 16


def _is_many(op: TreeEnsemble) -> bool:
    return int(op.leaf.shape[1]) > _FEW_SUMS


def _one_walk(op: TreeEnsemble, context: EmitContext, label: ArgMax | None) -> bool:
    """Whether straight code of many sums adds to them all, and not a loop over leaf rows.

    The loop is slower for each value of a row, but passes over those that are 0.
    """
    words = lanes(op, context, label).count
    most = _REACHED_WORDS if label is None else VOTE_BYTES // 4
    if context.optimize != "speed" or words > most:
        return False
    joined = words * _WORD_CYCLES < mean_filled(op) * _VALUE_CYCLES
    return joined or votes.suits(op, context)


def _straight_bytes(op: TreeEnsemble, context: EmitContext, rows: LeafRows) -> int:
    """Flash that straight code is estimated to take."""
    n_bytes, n_sums = nested_bytes(op, context.graph.input.dtype), int(op.leaf.shape[1])
    if _is_many(op):
        return n_bytes + len(op.trees) * _CASE_BYTES + rows.n_bytes
    if votes.suits(op, context):
        return n_bytes + votes.further_sums(op, context) * _SUM_BYTES
    if n_sums == 1:
        return n_bytes
    return n_bytes + joins.table_bytes(op, context) + (len(op.trees) - 1) * n_sums * _JOIN_BYTES


def _smaller(op: TreeEnsemble, context: EmitContext, rows: LeafRows) -> byte_code.TreeCode | None:
    """The byte code of an ensemble where it is to take the place of straight code."""
    dtype = context.graph.input.dtype
    if not byte_code.fits(op, dtype) or context.optimize == "speed":
        return None
    straight = _straight_bytes(op, context, rows)
    if context.optimize == "balanced" and straight <= _BALANCED_BYTES:
        return None
    trees = byte_code.encode(op, dtype, rows.number)
    smaller = trees.n_bytes + rows.n_bytes + _WALK_BYTES < straight
    return trees if context.optimize == "balanced" or smaller else None


def _at_once(op: TreeEnsemble, context: EmitContext, label: ArgMax | None) -> OpCode:
    """Straight code that adds to all sums of a leaf in one walk."""
    if votes.suits(op, context):
        return votes.emit_votes(op, context, label)
    if op.leaf.shape[1] == 1:
        return joins.emit_scalar(op, context)
    return joins.emit_joins(op, context, label)


def _straight(code: OpCode, context: EmitContext) -> OpCode:
    """Straight code with what its comparisons need."""
    code = replace(code, gcc_options=(*_GCC_OPTIONS, *code.gcc_options))
    if not context.graph.input.dtype.is_float:
        return code
    header = "thumbling/float_order.h"
    return replace(
        code,
        runtime=(*code.runtime, f"include/{header}"),
        includes=(*code.includes, header),
        gcc_options=(*_GCC_FLOAT_OPTIONS, *code.gcc_options),
    )


def emit_trees(op: TreeEnsemble, context: EmitContext, label: ArgMax | None = None) -> OpCode:
    """The C of an ensemble in the layout that `--optimize` asks for.

    With `label` the ensemble writes that instead of its sums.
    """
    at_once = not _is_many(op) or _one_walk(op, context, label)
    if context.optimize == "speed" and at_once:
        return _straight(_at_once(op, context, label), context)
    sums = sums_of(op, context, label)
    rows = leaf_rows(op, context.name, sums, context.optimize)
    trees = _smaller(op, context, rows)
    if trees is None and at_once:
        return _straight(_at_once(op, context, label), context)
    if trees is None:
        walk = by_functions(op, context, rows.number)
        return _straight(emit_rows(op, context, walk, rows, sums, label), context)
    walk = by_byte_code(op, context, trees)
    if op.leaf.shape[1] == 1:
        return emit_sum(op, context, walk, rows)
    return emit_rows(op, context, walk, rows, sums, label)
