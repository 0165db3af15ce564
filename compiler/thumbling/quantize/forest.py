# SPDX-License-Identifier: MIT
"""Forests to integer graphs.

Paths are exact: thresholds are folded onto the stored grid. Leaves are integers in one scale;
their rounding error, summed over trees, is the proved epsilon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from thumbling.ir.graph import INPUT, Certificate, Graph, Output, certify
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.complement import Complement
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.source import FloatArray, Forest, SourceModel
from thumbling.ir.types import InputSpec, TensorType, quant
from thumbling.passes.fold_thresholds import fold_thresholds, grid_bounds
from thumbling.passes.prune_trees import prune_tree
from thumbling.quantize.leaves import (
    Errors,
    Int64,
    Leaves,
    is_short,
    keep_winner,
    quantize_shares,
    quantize_values,
    rounding,
    share_errors,
    share_scale,
)
from thumbling.quantize.resolution import LEFT_OVER, Moves, require_resolved

_LANE = 2**16 - 1
_WORD = 2**31 - 1


@dataclass(slots=True)
class _Draft:
    """A graph in the making."""

    ops: list[Op]
    tensors: dict[str, TensorType]
    outputs: list[Output]

    def add(self, op: Op, kind: TensorType) -> None:
        self.ops.append(op)
        self.tensors[op.output] = kind


def _ensemble(
    source: SourceModel, spec: InputSpec, rows: tuple[Int64, ...], base: Int64, output: str
) -> TreeEnsemble:
    """Trees on the stored grid whose leaves are the distinct rows."""
    forest = source.predictor
    assert isinstance(forest, Forest)
    leaf_rows = [r[t.left < 0] for r, t in zip(rows, forest.trees, strict=True)]
    table, inverse = np.unique(np.concatenate(leaf_rows), axis=0, return_inverse=True)
    numbers = iter(np.asarray(inverse).ravel().tolist())
    bounds, floats = grid_bounds(spec), spec.dtype.is_float
    trees: list[IntTree] = []
    for tree, keys in fold_thresholds(source, spec):
        row = np.full(len(tree.left), -1, dtype=np.int64)
        for node in np.flatnonzero(tree.left < 0):
            row[node] = next(numbers)
        trees.append(prune_tree(tree, keys, row, bounds, floats=floats))
    return TreeEnsemble(
        inputs=(INPUT,),
        output=output,
        trees=tuple(trees),
        leaf=table.astype(np.int32),
        base=base.astype(np.int32),
    )


def _range(op: TreeEnsemble, scale: tuple[Fraction, ...]) -> TensorType:
    """The proved range of the sums: base plus the least and greatest leaf of every tree."""
    low, high = op.base.astype(np.int64), op.base.astype(np.int64)
    for tree in op.trees:
        reached = op.leaf[tree.left[tree.feature < 0]].astype(np.int64)
        low, high = low + reached.min(axis=0), high + reached.max(axis=0)
    return TensorType(
        shape=(len(scale),), quant=quant(scale), low=int(low.min()), high=int(high.max())
    )


def epsilons(errors: Errors, forest: Forest) -> FloatArray:
    """Proved bounds on the errors of the means, by column: the worst leaf of each tree, averaged.

    Where the source's own float64 sum can round (leaf values that are no multiples of 2**-20),
    its rounding is part of the bound, and so is that of its quotient. So 0 means that both sums
    are exact, ties included.
    """
    at_leaves = [t.left < 0 for t in forest.trees]
    worst = np.stack([e[at].max(axis=0) for e, at in zip(errors, at_leaves, strict=True)])
    n_trees, mean = len(worst), worst.mean(axis=0) * (1 + len(worst) * 2.0**-52)
    if n_trees == 1:
        return np.asarray(mean)
    values = [t.value[at] for t, at in zip(forest.trees, at_leaves, strict=True)]
    largest = np.stack([np.abs(v).max(axis=0) for v in values]).max(axis=0)
    if all(is_short(v).all() for v in values):
        return np.asarray(np.where(mean == 0, 0.0, mean + largest * 2.0**-53))
    return np.asarray(mean + rounding(largest, n_trees))


def _lowest_terms(leaves: Leaves, forest: Forest) -> Leaves:
    """Exact leaves in the greatest unit that divides them all: whole votes become ones.

    Small numbers are small constants in C. Only rows of leaves keep their meaning.
    """
    at_leaves = [t.left < 0 for t in forest.trees]
    if any(e[at].any() for e, at in zip(leaves.error, at_leaves, strict=True)):
        return leaves
    units = _units(leaves, forest)
    values = [np.unique(r[at]) for r, at in zip(leaves.rows, at_leaves, strict=True)]
    unit = math.gcd(units, *np.concatenate(values).tolist())
    scale = tuple(s * unit for s in leaves.scale)
    return replace(leaves, rows=tuple(r // unit for r in leaves.rows), scale=scale)


def _units(leaves: Leaves, forest: Forest) -> int:
    """What stands for a whole vote of one tree."""
    return int(1 / (leaves.scale[0] * len(forest.trees)))


_EXACT_LABEL = Certificate(
    kind="exact",
    epsilon=0.0,
    reason="one tree: it switches where the source does, its leaves hold the source's labels",
)


def _label_certificate(bound: float) -> Certificate:
    if bound == 0:
        return Certificate(
            kind="exact",
            epsilon=0.0,
            reason="tree paths are exact and so are all votes, in the source and here",
        )
    return Certificate(
        kind="bounded",
        epsilon=bound,
        reason=f"tree paths are exact; a label can differ only where the source's two best mean"
        f" probabilities lie within {2 * bound:.3g}",
    )


def _proba_certificate(bound: float) -> Certificate:
    return Certificate(
        kind="exact" if bound == 0 else "bounded",
        epsilon=bound,
        reason="tree paths are exact; leaf shares are rounded to one common unit",
    )


def _labels_only(source: SourceModel, spec: InputSpec, draft: _Draft) -> None:
    """A single tree whose leaves are class numbers."""
    forest = source.predictor
    assert isinstance(forest, Forest)
    rows = forest.trees[0].winners(forest.n_classes)
    n_outputs = rows.shape[1]
    op = _ensemble(source, spec, (rows,), np.zeros(n_outputs, dtype=np.int64), "label")
    draft.add(op, _range(op, (Fraction(1),) * n_outputs))
    draft.outputs.append(Output(field="label", tensor="label", certificate=_EXACT_LABEL))


def _binary(source: SourceModel, spec: InputSpec, fields: tuple[str, ...], draft: _Draft) -> None:
    """A forest with two classes: only the second class's votes are summed.

    The source sums both, and its two shares of a leaf need not add up to one exactly.
    """
    forest = source.predictor
    assert isinstance(forest, Forest)
    values = tuple(t.value[:, 1:2] for t in forest.trees)
    units = share_scale(values, min(2**15 - 2, _WORD // len(values))) // 2 * 2
    leaves = _lowest_terms(quantize_shares(values, units), forest)
    units = _units(leaves, forest)
    op = _ensemble(source, spec, leaves.rows, leaves.base, "votes")
    draft.add(op, _range(op, leaves.scale))
    total = units * len(values)
    both = tuple(np.concatenate([units - r, r], axis=1) for r in leaves.rows)
    errors = share_errors(both, tuple(t.value for t in forest.trees), units)
    bound = float(epsilons(errors, forest).max())
    if "label" in fields:
        cut = np.array([total // 2], dtype=np.int32)
        above = Above(inputs=("votes",), output="label", cut=cut)
        draft.add(above, _unit(1, 1))
        draft.outputs.append(
            Output(field="label", tensor="label", certificate=_label_certificate(bound))
        )
    if "proba" in fields:
        shares = Complement(inputs=("votes",), output="proba", total=total)
        draft.add(shares, TensorType(shape=(2,), quant=quant(leaves.scale), low=0, high=total))
        draft.outputs.append(
            Output(field="proba", tensor="proba", certificate=_proba_certificate(bound))
        )


def _unit(length: int, high: int) -> TensorType:
    return TensorType(shape=(length,), low=0, high=high)


def _share_all(forest: Forest) -> bool:
    """Whether the first class has all that the second leaves; old releases knew empty leaves."""
    return all((t.value.sum(axis=1) > 0.5).all() for t in forest.trees)


def _multiclass(
    source: SourceModel, spec: InputSpec, fields: tuple[str, ...], draft: _Draft, greatest: int
) -> None:
    forest = source.predictor
    assert isinstance(forest, Forest)
    values = tuple(t.value for t in forest.trees)
    leaves = quantize_shares(values, share_scale(values, greatest // len(values)))
    single = len(values) == 1
    leaves = leaves if single else _lowest_terms(leaves, forest)
    rows = leaves.rows
    if single:
        winners = forest.trees[0].winners(forest.n_classes)
        rows = (keep_winner(rows[0], winners, forest.n_classes),)
    op = _ensemble(source, spec, rows, leaves.base, "proba")
    draft.add(op, _range(op, leaves.scale))
    bound = float(epsilons(leaves.error, forest).max())
    bound += float(leaves.scale[0]) if single else 0.0
    if "label" in fields:
        draft.add(
            ArgMax(inputs=("proba",), output="label", groups=forest.n_classes),
            _unit(len(forest.n_classes), max(forest.n_classes) - 1),
        )
        certificate = _EXACT_LABEL if single else _label_certificate(bound)
        draft.outputs.append(Output(field="label", tensor="label", certificate=certificate))
    if "proba" in fields:
        draft.outputs.append(
            Output(field="proba", tensor="proba", certificate=_proba_certificate(bound))
        )


def _regression(source: SourceModel, spec: InputSpec, draft: _Draft) -> None:
    forest = source.predictor
    assert isinstance(forest, Forest)
    values = tuple(t.value for t in forest.trees)
    bits = 16 if values[0].shape[1] == 1 else 30
    leaves = quantize_values(values, bits)
    op = _ensemble(source, spec, leaves.rows, leaves.base, "value")
    draft.add(op, _range(op, leaves.scale))
    bounds = epsilons(leaves.error, forest)
    at_leaves = [t.value[t.left < 0] for t in forest.trees]
    spread = np.stack([np.ptp(v, axis=0) for v in at_leaves]).mean(axis=0)
    size = np.stack([np.abs(v).max(axis=0) for v in at_leaves]).max(axis=0)
    moves = Moves(spread=spread, noise=LEFT_OVER["float64"] * size)
    require_resolved(moves, leaves.scale, bounds, "over all leaves")
    if not bounds.any():
        reason = "tree paths and sums are exact: the source's value is this one, rounded to float64"
    else:
        reason = "tree paths are exact; leaf values are rounded to a power of two"
    kind: Literal["exact", "bounded"] = "bounded" if bounds.any() else "exact"
    certificate = certify(kind, bounds, reason)
    draft.outputs.append(Output(field="value", tensor="value", certificate=certificate))


def quantize_forest(
    source: SourceModel, spec: InputSpec, fields: tuple[str, ...], name: str, *, wide: bool = False
) -> Graph:
    """The integer graph of a forest with the output fields asked for.

    `wide` takes 31-bit instead of 16-bit vote sums for classifiers with more than two classes.
    """
    forest = source.predictor
    assert isinstance(forest, Forest)
    draft = _Draft([], {}, [])
    if not forest.is_classifier:
        _regression(source, spec, draft)
    elif len(forest.trees) == 1 and fields == ("label",):
        _labels_only(source, spec, draft)
    elif forest.n_classes == (2,) and len(forest.trees) > 1 and _share_all(forest):
        _binary(source, spec, fields, draft)
    else:
        _multiclass(source, spec, fields, draft, _WORD if wide else _LANE)
    return Graph(
        name=name,
        source=source.source,
        input=spec,
        class_names=source.class_names,
        ops=tuple(draft.ops),
        tensors=draft.tensors,
        outputs=tuple(draft.outputs),
    )
