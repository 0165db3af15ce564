# SPDX-License-Identifier: MIT
"""What the data scientist trained, in real numbers: the form every frontend lowers to.

A `SourceModel` is a chain of elementwise float stages and one predictor. Floating-point details
that decide results (order of operations, casts) are part of its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from thumbling.ir.answers import PLAIN, Answers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)


def frozen(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """A read-only contiguous copy."""
    copy = np.array(array, order="C", copy=True)
    copy.flags.writeable = False
    return copy


def greatest(shares: npt.NDArray[np.generic], groups: tuple[int, ...]) -> IntArray:
    """The first greatest column of each group; shapes (n, sum of groups) -> (n, len(groups))."""
    ends = np.cumsum((0, *groups)).tolist()
    columns = [shares[:, a:b].argmax(axis=1) for a, b in pairwise(ends)]
    return np.stack(columns, axis=1).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One elementwise operation with a float64 constant per feature.

    The result keeps the type of the array it is applied to (float32 or float64): NumPy's in-place
    operators, which scikit-learn's scalers use, compute in float64 and round once. With `cast`
    the constants are rounded to the type of the array first.
    """

    kind: Literal["sub", "div", "mul", "add", "min", "max"]
    values: FloatArray
    cast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elementwise:
    """A scaler: steps applied in order to every row. All steps are monotone in each feature."""

    steps: tuple[Step, ...]

    @np.errstate(all="ignore")
    def apply(self, x: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Rows of shape (n, n_features) after the stage. Integers become float64 first."""
        out = x.copy() if x.dtype in (np.float32, np.float64) else x.astype(np.float64)
        operator = {
            "sub": np.subtract,
            "div": np.divide,
            "mul": np.multiply,
            "add": np.add,
            "min": np.minimum,
            "max": np.maximum,
        }
        for step in self.steps:
            values = step.values.astype(out.dtype) if step.cast else step.values
            operator[step.kind](out, values, out=out, casting="same_kind")
        return out


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest:
    """Trees whose leaf rows are averaged.

    For a classifier a leaf row holds the class probabilities of all outputs one after another,
    `n_classes[k]` columns for output k; for a regressor one value per output.
    """

    trees: tuple[Tree, ...]
    n_classes: tuple[int, ...]

    @property
    def is_classifier(self) -> bool:
        """Whether leaves hold class probabilities."""
        return bool(self.n_classes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linear:
    """Scores `coef @ x + intercept`; coef has shape (n_scores, n_features).

    `link` says how probabilities follow from scores: none, a sigmoid of the one score, softmax,
    or one sigmoid per class, normalised (`ovr`); those of `unsupported` exist in the source, but
    are not compiled. A classifier with one score is binary and answers its second class where the
    score is above zero. `dtype` is the type in which the framework holds the
    coefficients, with which NumPy decides in what it multiplies.
    """

    coef: FloatArray
    intercept: FloatArray
    is_classifier: bool
    link: Literal["none", "sigmoid", "softmax", "ovr", "unsupported"]
    dtype: Literal["float32", "float64"] = "float64"

    def computes_in(self, x: npt.NDArray[np.generic]) -> np.dtype[np.generic]:
        """The type of `x @ coef`: 8- and 16-bit integers meet float32 coefficients in float32."""
        return np.result_type(x.dtype, np.dtype(self.dtype))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something the installed release answers otherwise than the one that trained the model.

    `text` says what, in one clause; `float32` that it shows on float32 rows only.
    """

    text: str
    float32: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Of which release of its framework a model is, and which one is installed.

    A model means what the release that trained it says, so that is what is compiled; where there
    are `differences`, the installed one is no measure of it.
    """

    trained: str
    installed: str
    differences: tuple[Difference, ...] = ()

    @property
    def note(self) -> str:
        """What a user must know, in one sentence; empty where both answer the same."""
        what = "; ".join(difference.text for difference in self.differences)
        return what and (
            f"compiled as scikit-learn {self.trained} means it, which trained it, and compared with"
            f" that; the installed {self.installed} answers otherwise: {what}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceModel:
    """A whole pipeline as trained.

    `source` names it as reports do (`sklearn.RandomForestClassifier`, steps joined by ` > `),
    `class_names[k]` are the labels of output k in index order, empty for regressors; `answers`
    says of what type they are and what shapes the source's arrays have. `release` is None where
    the installed release trained it.
    """

    source: str
    n_features: int
    feature_names: tuple[str, ...]
    class_names: tuple[tuple[str, ...], ...]
    stages: tuple[Elementwise, ...]
    predictor: Forest | Linear
    answers: Answers = PLAIN
    release: Release | None = None

    @np.errstate(all="ignore")
    def transform(self, x: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """What the predictor is given for rows of shape (n, n_features)."""
        for stage in self.stages:
            x = stage.apply(x)
        return x
