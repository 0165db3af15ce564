# SPDX-License-Identifier: MIT
"""A model's own answers where the installed release would answer otherwise.

The measure of a compiled model is its framework. Where the release that trained it means something
else by it than the installed one (`ir.source.Release`), its arithmetic is done here instead, in the
order and types of its source.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.frontends.attributes import fitted_classes
from thumbling.frontends.sklearn_release import takes_missing
from thumbling.ir.source import Forest, Linear, SourceModel, greatest

_Rows = npt.NDArray[Any]
_Floats = npt.NDArray[np.float64]


def as_trained(estimator: Any, source: SourceModel) -> Any:
    """Who answers for `source`: the estimator itself where its release and ours say the same."""
    release = source.release
    return AsTrained(estimator, source) if release and release.differences else estimator


class AsTrained:
    """Answers as the release that trained the model did; its methods are those of scikit-learn.

    Where differences show on float32 rows only, all others are asked of the estimator.
    """

    def __init__(self, estimator: Any, source: SourceModel) -> None:
        """`source` is what `estimator` was lowered to."""
        self._estimator, self._source = estimator, source
        steps = getattr(estimator, "steps", None)
        while steps is not None:
            estimator = steps[-1][1]
            steps = getattr(estimator, "steps", None)
        self._last = estimator
        if source.predictor.is_classifier:
            # As scikit-learn keeps them: an array, or a list of arrays for several outputs.
            self.classes_ = fitted_classes(estimator)

    @np.errstate(all="ignore")
    def predict(self, real: _Rows) -> Any:
        """Labels or values of real rows of shape (n, n_features)."""
        if not self._differs(real):
            return self._estimator.predict(real)
        predictor = self._source.predictor
        if not predictor.is_classifier:
            table = self._numbers(real)
            return table[:, 0] if table.shape[1] == 1 else table
        index = self._winners(real)
        classes = self.classes_
        groups = classes if isinstance(classes, list) else [classes]
        labels = [group[column] for group, column in zip(groups, index.T, strict=True)]
        return labels[0] if len(labels) == 1 else np.column_stack(labels)

    @np.errstate(all="ignore")
    def predict_proba(self, real: _Rows) -> _Floats:
        """Class probabilities, those of several outputs side by side."""
        if not self._differs(real):
            proba = self._estimator.predict_proba(real)
            return np.concatenate(proba, axis=1) if isinstance(proba, list) else proba
        numbers, predictor = self._numbers(real), self._source.predictor
        return numbers if isinstance(predictor, Forest) else _probabilities(predictor, numbers)

    @np.errstate(all="ignore")
    def decision_function(self, real: _Rows) -> _Floats:
        """Scores of a linear classifier: a column for each, or none where it is binary."""
        if not self._differs(real):
            return np.asarray(self._estimator.decision_function(real))
        scores = self._numbers(real)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def _differs(self, real: _Rows) -> bool:
        release = self._source.release
        narrow = real.dtype == np.float32
        return release is not None and any(narrow or not d.float32 for d in release.differences)

    def _numbers(self, real: _Rows) -> _Floats:
        """Shares, scores or values. Raises `ValueError` for rows that scikit-learn refuses."""
        x = self._source.transform(real)
        predictor = self._source.predictor
        if isinstance(predictor, Linear):
            _refuse(~np.isfinite(x))
            kind = predictor.computes_in(x)
            coef, intercept = predictor.coef.astype(kind), predictor.intercept.astype(kind)
            return np.asarray(x.astype(kind) @ coef.T + intercept, dtype=np.float64)
        seen = x.astype(np.float32)
        _refuse(np.isinf(seen) if takes_missing(self._last) else ~np.isfinite(seen))
        total: _Floats = np.zeros((len(seen), predictor.trees[0].value.shape[1]))
        for tree in predictor.trees:
            total += tree.value[tree.reached(seen)]
        return total / len(predictor.trees)

    def _winners(self, real: _Rows) -> npt.NDArray[np.int64]:
        """Class indices of every output."""
        predictor, numbers = self._source.predictor, self._numbers(real)
        if isinstance(predictor, Linear):
            return (
                greatest(numbers, (numbers.shape[1],)) if numbers.shape[1] > 1 else _above(numbers)
            )
        if len(predictor.trees) > 1:
            return greatest(numbers, predictor.n_classes)
        (tree,) = predictor.trees
        seen = self._source.transform(real).astype(np.float32)
        return np.asarray(tree.winners(predictor.n_classes)[tree.reached(seen)])


def _refuse(bad: npt.NDArray[np.bool_]) -> None:
    if bad.any():
        raise ValueError("the rows hold NaN, infinity or a value too large for float32")


def _above(score: _Floats) -> npt.NDArray[np.int64]:
    return np.asarray(score > 0, dtype=np.int64)


def _probabilities(linear: Linear, score: _Floats) -> _Floats:
    """By the link of a linear classifier; no exponential here can overflow."""
    if linear.link == "softmax":
        power = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(power / power.sum(axis=1, keepdims=True))
    small = np.exp(-np.abs(score))
    second = np.where(score > 0, 1 / (1 + small), small / (1 + small))
    if linear.link == "sigmoid":
        return np.concatenate([1 - second, second], axis=1)
    total = second.sum(axis=1, keepdims=True)
    # Where all sigmoids are zero, scikit-learn has all classes alike.
    return np.where(total == 0, 1 / score.shape[1], second / np.where(total == 0, 1, total))
