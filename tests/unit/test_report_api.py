# SPDX-License-Identifier: MIT
"""The Python face without a build."""

from __future__ import annotations

import numpy as np
from sklearn.tree import DecisionTreeClassifier

import thumbling
from thumbling.reference import evaluate


def test_reference_is_the_function_whatever_was_imported() -> None:
    x = np.array([[0.0], [1.0]], dtype=np.float32)
    model = DecisionTreeClassifier(random_state=0).fit(x, [0, 1])
    compiled = thumbling.compile(model, board="nucleo-f401", builder="none", verify=())
    outputs = thumbling.reference(model).predict(x)
    assert outputs["label"].ravel().tolist() == [0, 1]
    assert np.array_equal(compiled.predict(x)["label"], outputs["label"])
    assert callable(evaluate)
