# SPDX-License-Identifier: MIT
"""Class shares of a forest: sums of leaf rows, in the form that suits who reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from thumbling.ir.graph import Certificate
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.complement import Complement
from thumbling.ir.source import SourceGraph
from thumbling.ir.source.forest import Forest
from thumbling.ir.source.mean import Mean
from thumbling.ir.source.tree_sum import TreeSum
from thumbling.ir.types import TensorType, quant
from thumbling.quantize.leaves import (
    Leaves,
    keep_winner,
    quantize_shares,
    share_errors,
    share_scale,
)
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import EVERYWHERE
from thumbling.quantize.stored import Integers, Made
from thumbling.quantize.tree_input import TreeInput, tree_input
from thumbling.quantize.votes import epsilons, lowest_terms, sums_features, sums_type, units_of

LANE = 2**16 - 1
WORD = 2**31 - 1

EXACT_LABEL = Certificate(
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


def _share_all(forest: Forest) -> bool:
    """Whether the first class has all that the second leaves; old releases knew empty leaves."""
    return all((t.value.sum(axis=1) > 0.5).all() for t in forest.trees)


def counts_votes(source: SourceGraph) -> bool:
    """Whether a model sums votes, boosts, or means of members, which may be of more bits."""
    return any(
        (isinstance(op, Forest) and op.is_classifier)
        or (isinstance(op, TreeSum) and op.compete)
        or isinstance(op, Mean)
        for op in source.ops
    )


@dataclass(slots=True, kw_only=True, eq=False)
class Shares:
    """The shares of a forest's classes, nothing of which is computed before somebody asks.

    A forest with two classes sums the votes of the second alone. The source sums both, and its two
    shares of a leaf need not add up to one exactly, which is part of the bound.
    """

    op: Forest
    at: Lowering
    _votes: str = ""
    _proba: str = ""
    _bound: float = 0.0
    _scale: tuple[Fraction, ...] = ()
    _total: int = 0
    _reads: TreeInput | None = field(default=None)

    @property
    def _binary(self) -> bool:
        return self.op.n_classes == (2,) and len(self.op.trees) > 1 and _share_all(self.op)

    @property
    def _single(self) -> bool:
        return len(self.op.trees) == 1

    def _read(self) -> TreeInput:
        if self._reads is None:
            self._reads = tree_input(self.op.inputs[0], self.op.trees, self.at)
        return self._reads

    def _second_votes(self) -> str:
        """The tensor with the votes of the second of two classes."""
        if self._votes:
            return self._votes
        forest = self.op
        values = tuple(t.value[:, 1:2] for t in forest.trees)
        units = share_scale(values, min(2**15 - 2, WORD // len(values))) // 2 * 2
        leaves = lowest_terms(quantize_shares(values, units), forest)
        units = units_of(leaves, forest)
        both = tuple(np.concatenate([units - r, r], axis=1) for r in leaves.rows)
        errors = share_errors(both, tuple(t.value for t in forest.trees), units)
        self._bound = float(epsilons(errors, forest).max())
        self._total = units * len(values)
        # What the trees read may be votes of others, so it is made before the name is taken.
        self._read()
        self._votes = self._sums(leaves, self.at.draft.name("votes"))
        return self._votes

    def _all_shares(self) -> str:
        """The tensor with the shares of all classes."""
        if self._proba:
            return self._proba
        forest, greatest = self.op, WORD if self.at.wide else LANE
        values = tuple(t.value for t in forest.trees)
        leaves = quantize_shares(values, share_scale(values, greatest // len(values)))
        if not self._single:
            leaves = lowest_terms(leaves, forest)
        self._bound = float(epsilons(leaves.error, forest).max())
        if self._single:
            winners = forest.trees[0].winners(forest.n_classes)
            rows = (keep_winner(leaves.rows[0], winners, forest.n_classes),)
            leaves = Leaves(rows=rows, error=leaves.error, scale=leaves.scale, base=leaves.base)
            self._bound += float(leaves.scale[0])
        self._proba = self._sums(leaves, forest.output)
        return self._proba

    def _sums(self, leaves: Leaves, name: str) -> str:
        self._scale = leaves.scale
        op = self._read().ensemble(leaves.rows, leaves.base, name)
        return self.at.draft.add(op, sums_type(op, leaves.scale))

    def label(self, name: str, groups: tuple[int, ...]) -> Made:
        """The tensor of class indices."""
        if self._binary:
            votes = self._second_votes()
            cut = np.array([self._total // 2], dtype=np.int32)
            above = Above(inputs=(votes,), output=name, cut=cut)
            self.at.draft.add(above, TensorType(shape=(1,), low=0, high=1))
        else:
            argmax = ArgMax(inputs=(self._all_shares(),), output=name, groups=groups)
            kind = TensorType(shape=(len(groups),), low=0, high=max(groups) - 1)
            self.at.draft.add(argmax, kind)
        proved = EXACT_LABEL if self._single else _label_certificate(self._bound)
        return Made(tensor=name, own=lambda: self._read().certify(proved))

    def _tensor(self) -> str:
        """The tensor with the shares of all classes, made of the second's where there are two."""
        if not self._binary:
            return self._all_shares()
        if self._proba:
            return self._proba
        votes = self._second_votes()
        shares = Complement(inputs=(votes,), output=self.op.output, total=self._total)
        kind = TensorType(shape=(2,), quant=quant(self._scale), low=0, high=self._total)
        self._proba = self.at.draft.add(shares, kind)
        return self._proba

    def emitted(self) -> tuple[str, Certificate]:
        """The tensor of all shares."""
        tensor = self._tensor()
        return tensor, self._read().certify(_proba_certificate(self._bound))

    def integers(self) -> Integers:
        """The shares as numbers to compute with."""
        tensor, read = self._tensor(), self._read()
        kind = self.at.draft.tensors[tensor]
        features = sums_features(kind, (self._bound,) * kind.size)
        return Integers(
            tensor=tensor,
            features=features,
            where=EVERYWHERE if read.exact else None,
            computed_in="float64",
            certify=read.certified,
            own=lambda: read.certify(_proba_certificate(self._bound)),
            least_best=lambda: 0.0,
        )
