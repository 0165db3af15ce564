# SPDX-License-Identifier: MIT
"""Trees, forests of trees, and the label that a single tree answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray, IntArray, Rows, greatest
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """A binary tree: `float32(x[feature]) <= threshold` goes left, NaN where `nan_left` says.

    `left` is -1 at leaves. `value` has shape (nodes, columns): class shares or values. `label` has
    shape (nodes, outputs): the classes that a tree alone answers; None says the first greatest
    shares. (Releases that kept counts compared those; shares are their quotients, rounded.)
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    nan_left: npt.NDArray[np.bool_]
    value: FloatArray
    label: IntArray | None = None

    def winners(self, n_classes: tuple[int, ...]) -> IntArray:
        """The class every node stands for; shape (nodes, outputs)."""
        return greatest(self.value, n_classes) if self.label is None else self.label

    def reached(self, x: npt.NDArray[np.float32]) -> IntArray:
        """The leaf at which every row ends; shapes (n, n_features) -> (n,)."""
        node = np.zeros(len(x), dtype=np.int64)
        while True:
            rows = np.flatnonzero(self.left[node] >= 0)
            if not len(rows):
                return node
            at = node[rows]
            seen = x[rows, self.feature[at]]
            left = np.where(np.isnan(seen), self.nan_left[at], seen <= self.threshold[at])
            node[rows] = np.where(left, self.left[at], self.right[at])

    @property
    def most_feature(self) -> int:
        """The last feature that a split looks at; -1 without splits."""
        return int(self.feature[self.left >= 0].max(initial=-1))


@np.errstate(all="ignore")
def as_trees_see(x: Rows) -> npt.NDArray[np.float32]:
    """Features as scikit-learn's trees compare them."""
    return x.astype(np.float32)


def _accepts(x: Rows, *, missing: bool) -> npt.NDArray[np.bool_]:
    seen = as_trees_see(x)
    bad = np.isinf(seen) if missing else ~np.isfinite(seen)
    return np.asarray(~bad.any(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest(SourceOp):
    """Trees whose leaf rows are averaged, in order.

    For a classifier a leaf row holds the class probabilities of all outputs one after another,
    `n_classes[k]` columns for output k; for a regressor one value per output. `missing` says
    whether rows with NaN are answered.
    """

    nan: ClassVar[Literal["passes", "takes", "refuses"]] = "takes"
    trees: tuple[Tree, ...]
    n_classes: tuple[int, ...]
    missing: bool = True

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if any(tree.most_feature >= width for tree in self.trees):
            raise ValueError(f"a tree splits on a feature beyond {width}")
        return int(self.trees[0].value.shape[1])

    def run(self, *x: Rows) -> Rows:
        """Mean leaf rows of shape (n, columns)."""
        seen = as_trees_see(x[0])
        total: FloatArray = np.zeros((len(seen), self.trees[0].value.shape[1]))
        for tree in self.trees:
            total += tree.value[tree.reached(seen)]
        return total / len(self.trees)

    def nan_reaches(
        self, widths: tuple[int, ...], *nan: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_] | None:
        """See `SourceOp.nan_reaches`."""
        return np.zeros(self.width(*widths), dtype=np.bool_) if self.missing else None

    def accepts(self, *x: Rows) -> npt.NDArray[np.bool_]:
        """Rows without infinity, and without NaN unless missing values are answered."""
        return _accepts(x[0], missing=self.missing)

    @property
    def is_classifier(self) -> bool:
        """Whether leaves hold class probabilities."""
        return bool(self.n_classes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeafLabel(SourceOp):
    """The classes that one tree answers: those of the leaf reached, an index per output.

    It reads what the forest of that tree reads, and the shares of that forest, which say the same
    but for ties that rounding made.
    """

    nan: ClassVar[Literal["passes", "takes", "refuses"]] = "takes"
    tree: Tree
    n_classes: tuple[int, ...]

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        if widths[1] != sum(self.n_classes):
            raise ValueError(f"labels of {sum(self.n_classes)} shares, given {widths[1]}")
        return len(self.n_classes)

    def run(self, *x: Rows) -> Rows:
        """Class indices of shape (n, outputs)."""
        return self.tree.winners(self.n_classes)[self.tree.reached(as_trees_see(x[0]))]
