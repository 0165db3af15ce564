# SPDX-License-Identifier: MIT
"""Trees as straight code: nested comparisons in one function per tree.

The smaller subtree stands inside the braces and the larger goes on behind them, so nesting never
exceeds log2 of the number of nodes, however deep the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from thumbling.codegen.kernels.trees.split_words import SplitWords
from thumbling.codegen.layout import COLUMNS
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.text import c_int
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.types import DType, InputSpec

# GCC would otherwise load features of later splits early, on edges to leaves, copy code to tell
# such edges apart, and make one range check of the two comparisons of a float tested for NaN. A
# feature that it keeps for later splits pays as an integer, not as the bits of a float.
_GCC_OPTIONS = ("no-tree-pre", "no-tree-fre", "no-tree-dominator-opts", "no-tree-reassoc")
_GCC_FLOAT_OPTIONS = ("no-gcse",)
# Bytes of Thumb code a split and a leaf cost: measured on Cortex-M4 and M0+ with GCC 12 at -Os. A
# byte feature is loaded and compared by 16-bit instructions, others need wide loads or literals.
_LEAF_BYTES = 3
_BYTE_SPLIT_BYTES, _SPLIT_BYTES, _FLOAT_SPLIT_BYTES = 6, 9, 14
# And cycles that a visited split takes there.
_BYTE_SPLIT_CYCLES, _SPLIT_CYCLES, _FLOAT_SPLIT_CYCLES = 5, 6, 9


def nested_bytes(op: TreeEnsemble, dtype: DType) -> int:
    """Flash that the comparisons and leaves of an ensemble are estimated to take."""
    splits = sum(int((t.feature >= 0).sum()) for t in op.trees)
    leaves = sum(int((t.feature < 0).sum()) for t in op.trees)
    split = _FLOAT_SPLIT_BYTES if dtype.is_float else _SPLIT_BYTES
    if dtype.size == 1:
        split = _BYTE_SPLIT_BYTES
    return splits * split + leaves * _LEAF_BYTES


def visits(op: TreeEnsemble) -> float:
    """Splits that a walk through all trees meets, if each side of a split is as likely."""
    total = 0.0
    for tree in op.trees:
        share = np.zeros(tree.n_nodes)
        share[0] = 1.0
        for i in np.flatnonzero(tree.feature >= 0).tolist():
            share[tree.left[i]] += share[i] / 2
            share[tree.right[i]] += share[i] / 2
        total += float(share[tree.feature >= 0].sum())
    return total


def nested_cycles(op: TreeEnsemble, dtype: DType) -> float:
    """Cycles on Cortex-M4 that the comparisons of a walk are estimated to take."""
    split = _FLOAT_SPLIT_CYCLES if dtype.is_float else _SPLIT_CYCLES
    return visits(op) * (_BYTE_SPLIT_CYCLES if dtype.size == 1 else split)


def _sizes(tree: IntTree) -> npt.NDArray[np.int64]:
    size = np.ones(tree.n_nodes, dtype=np.int64)
    for i in range(tree.n_nodes - 1, -1, -1):
        if tree.feature[i] >= 0:
            size[i] += size[tree.left[i]] + size[tree.right[i]]
    return size


def _float_condition(tree: IntTree, node: int, nan_possible: bool, left: bool) -> str:
    feature, key = int(tree.feature[node]), int(tree.threshold[node])
    route = ""
    if nan_possible:
        route = "_nan_left" if tree.nan_left[node] else "_nan_right"
    test = f"thb_f32_le{route}(thb_f32_bits(&x[{feature}]), {c_int(key)})"
    return test if left else f"!{test}"


def _condition(tree: IntTree, node: int, spec: InputSpec, nan_possible: bool, left: bool) -> str:
    if spec.dtype.is_float:
        return _float_condition(tree, node, nan_possible, left)
    sign = "<=" if left else ">"
    return f"x[{tree.feature[node]}] {sign} {c_int(int(tree.threshold[node]))}"


def _opening(pad: str, test: str, comment: str) -> str:
    """The line that opens a branch, with its meaning where the page has room for it."""
    line = f"{pad}if ({test}{comment}) {{"
    return line if len(line) <= COLUMNS else f"{pad}if ({test}) {{"


def emit_tree(tree: IntTree, words: SplitWords, leaf: Callable[[int], str], indent: int = 1) -> str:
    """Statements that end in `leaf(row)` for the leaf row reached."""
    size, spec = _sizes(tree), words.spec
    lines: list[str] = []
    work: list[tuple[int, int, frozenset[int], bool]] = [(0, indent, frozenset(), False)]
    while work:
        node, depth, no_nan, closes = work.pop()
        pad = "    " * depth
        if closes:
            lines.append("    " * depth + "}")
            continue
        feature = int(tree.feature[node])
        if feature < 0:
            lines.append(pad + leaf(int(tree.left[node])))
            continue
        left, right = int(tree.left[node]), int(tree.right[node])
        small_is_left = bool(size[left] <= size[right])
        inner, outer = (left, right) if small_is_left else (right, left)
        test = _condition(tree, node, spec, feature not in no_nan, small_is_left)
        comment = words.comment(feature, int(tree.threshold[node]), left=small_is_left)
        lines.append(_opening(pad, test, comment))
        nan_inside = bool(tree.nan_left[node]) == small_is_left
        without = no_nan | {feature}
        work.append((outer, depth, without if nan_inside else no_nan, False))
        work.append((-1, depth, no_nan, True))
        work.append((inner, depth + 1, no_nan if nan_inside else without, False))
    return "\n".join(lines) + "\n"


def tree_comment(number: int, tree: IntTree) -> str:
    """What stands above a tree."""
    splits = int((tree.feature >= 0).sum())
    return f"/* Tree {number}: {splits} split{'s' if splits != 1 else ''}. */"


def tree_function(
    name: str, number: int, tree: IntTree, words: SplitWords, leaf: Callable[[int], str]
) -> str:
    """The function `name` of tree `number`, which answers an int32, on the row of `words`."""
    unused = "" if tree.n_nodes > 1 else "    (void)x;\n"
    return (
        f"{tree_comment(number, tree)}\n"
        f"THB_APART int32_t {name}(const {words.spec.dtype.c} *x)\n"
        "{\n" + unused + emit_tree(tree, words, leaf) + "}\n"
    )


def straight(code: OpCode, dtype: DType) -> OpCode:
    """Straight code with what its comparisons of `dtype` need."""
    code = replace(code, gcc_options=(*_GCC_OPTIONS, *code.gcc_options))
    if not dtype.is_float:
        return code
    header = "thumbling/float_order.h"
    return replace(
        code,
        runtime=(*code.runtime, f"include/{header}"),
        includes=(*code.includes, header),
        gcc_options=(*_GCC_FLOAT_OPTIONS, *code.gcc_options),
    )
