# SPDX-License-Identifier: MIT
"""Models that pick columns by name are asked with frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import MissingToolError
from thumbling.frontends.attributes import fitted_classes

_Rows = npt.NDArray[Any]


def frame_of(real: _Rows, names: Sequence[str]) -> Any:
    """Rows of shape (n, n_features) as a frame with these columns; the rows where there are none.

    Raises MissingToolError without pandas.
    """
    if not names:
        return real
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingToolError(
            "the model picks columns by name, so its answers are asked with pandas, which is not"
            " installed",
            hint="pip install pandas, or fit the ColumnTransformer on columns by position",
        ) from error
    return pd.DataFrame(real, columns=list(names), copy=False)


def answering_step(estimator: Any) -> Any:
    """The last step of pipelines, which knows the classes."""
    steps = getattr(estimator, "steps", None)
    while steps is not None:
        estimator = steps[-1][1]
        steps = getattr(estimator, "steps", None)
    return estimator


class Framed:
    """An estimator that is given arrays and asked with frames; its methods are scikit-learn's."""

    def __init__(self, estimator: Any, names: Sequence[str], *, is_classifier: bool) -> None:
        """`names` are those of the columns, in the order of the arrays."""
        self._estimator, self._names = estimator, names
        if is_classifier:
            # As scikit-learn keeps them: an array, or a list of arrays for several outputs.
            self.classes_ = fitted_classes(answering_step(estimator))

    def predict(self, real: _Rows) -> Any:
        """Labels or values of real rows of shape (n, n_features)."""
        return self._estimator.predict(frame_of(real, self._names))

    def predict_proba(self, real: _Rows) -> Any:
        """Class probabilities."""
        return self._estimator.predict_proba(frame_of(real, self._names))

    def decision_function(self, real: _Rows) -> _Rows:
        """Scores of a classifier."""
        return np.asarray(self._estimator.decision_function(frame_of(real, self._names)))
