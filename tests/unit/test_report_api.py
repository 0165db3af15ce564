# SPDX-License-Identifier: MIT
"""The Python face without a build."""

from __future__ import annotations

import gc
import warnings

import numpy as np
from sklearn.tree import DecisionTreeClassifier

import thumbling
from thumbling.reference import evaluate


def test_reference_is_the_function_whatever_was_imported() -> None:
    x = np.array([[0.0], [1.0]], dtype=np.float32)
    model = DecisionTreeClassifier(random_state=0).fit(x, [0, 1])
    compiled = thumbling.compile(model, board="nucleo-f401", builder="none", verify=())
    outputs = thumbling.reference(model).outputs(x)
    assert outputs["label"].tolist() == [0, 1]
    assert np.array_equal(compiled.outputs(x)["label"], outputs["label"])
    assert callable(evaluate)


def test_a_column_without_a_number_and_no_warning_of_ours() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3)).astype(np.float32)
    model = DecisionTreeClassifier(random_state=0).fit(x, x[:, 0] > 0)
    data = x.copy()
    data[:, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = thumbling.compile(
            model, data=data, board="nucleo-f401", builder="none", verify=("host",)
        )
        folder = compiled.path
        assert compiled.report.verification[0].mismatches == 0
        assert np.array_equal(thumbling.reference(model).predict(x), x[:, 0] > 0)
        del compiled
        gc.collect()
    assert not folder.exists()
