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
from thumbling.frontends.frames import Framed, answering_step
from thumbling.ir.source import Field, SourceGraph

_Rows = npt.NDArray[Any]
_Floats = npt.NDArray[np.float64]


def as_trained(estimator: Any, source: SourceGraph) -> Any:
    """Who answers for `source` given arrays: the estimator itself, where its release and ours say
    the same and it does not pick columns by name.
    """
    release = source.release
    classes = source.prediction.is_classifier
    asked = Framed(estimator, source.frame, is_classifier=classes) if source.frame else estimator
    return AsTrained(asked, source) if release and release.differences else asked


class AsTrained:
    """Answers as the release that trained the model did; its methods are those of scikit-learn.

    Where differences show on float32 rows only, all others are asked of the estimator.
    """

    def __init__(self, estimator: Any, source: SourceGraph) -> None:
        """`source` is what `estimator` was lowered to."""
        self._estimator, self._source = estimator, source
        if source.prediction.is_classifier:
            self.classes_ = fitted_classes(answering_step(estimator))

    @np.errstate(all="ignore")
    def predict(self, real: _Rows) -> Any:
        """Labels or values of real rows of shape (n, n_features)."""
        if not self._differs(real):
            return self._estimator.predict(real)
        if not self._source.prediction.is_classifier:
            table = self._field("value", real)
            return table[:, 0] if table.shape[1] == 1 else table
        index = self._field("label", real)
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
        return np.asarray(self._field("proba", real), dtype=np.float64)

    @np.errstate(all="ignore")
    def decision_function(self, real: _Rows) -> _Floats:
        """Scores of a classifier: a column for each, or none where it is binary."""
        if not self._differs(real):
            return np.asarray(self._estimator.decision_function(real))
        scores = np.asarray(self._field("score", real))
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def _differs(self, real: _Rows) -> bool:
        release = self._source.release
        narrow = real.dtype == np.float32
        return release is not None and any(narrow or not d.float32 for d in release.differences)

    def _field(self, field: Field, real: _Rows) -> Any:
        """A field of real rows, as a table. Raises `ValueError` for rows that scikit-learn
        refuses."""
        name = self._source.prediction.fields[field].name
        if not self._source.accepts(real, name).all():
            raise ValueError("the rows hold NaN, infinity or a value too large for float32")
        return self._source.value(name, real)
