# SPDX-License-Identifier: MIT
"""What stands beside a split in C: name and real threshold, as true as the split itself."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from thumbling.codegen.kernels.trees.split_words import SplitWords
from thumbling.fixedpoint import float_key
from thumbling.ir import DType, InputSpec
from thumbling.pipeline import Options, compile_model


def _words(dtype: DType, scale: float, offset: float, name: str = "x0") -> SplitWords:
    return SplitWords(spec=InputSpec(dtype=dtype, scale=(scale,), offset=(offset,), names=(name,)))


@pytest.mark.parametrize(
    ("words", "key", "left", "expected"),
    [
        (_words(DType.INT16, 1.0, 0.0), 12, True, ""),
        (_words(DType.INT16, 1.0, 0.0, "tilt"), 12, True, " /* tilt */"),
        (_words(DType.INT16, 0.5, -10.0, "tilt"), 12, True, " /* tilt <= -4 */"),
        (_words(DType.INT16, 0.5, -10.0, "tilt"), 12, False, " /* tilt > -4 */"),
        # What rises in the counts falls in degrees.
        (_words(DType.UINT8, -0.25, 40.0, "temp"), 12, True, " /* temp >= 37 */"),
        (_words(DType.UINT8, -0.25, 40.0, "temp"), 12, False, " /* temp < 37 */"),
        (_words(DType.INT8, 2.0, 0.0), -3, True, " /* <= -6 */"),
        (_words(DType.INT16, 2.0, 0.0, "a */ b"), 1, True, " /* a * / b <= 2 */"),
    ],
)
def test_integers(words: SplitWords, key: int, left: bool, expected: str) -> None:
    assert words.comment(0, key, left=left) == expected


@pytest.mark.parametrize("value", [2.45, -0.1, 1e-45, 3.4e38, np.inf, 0.0])
def test_floats_are_written_so_that_they_are_the_same_again(value: float) -> None:
    key = int(float_key(np.array([value], dtype=np.float32))[0])
    said = _words(DType.FLOAT32, 1.0, 0.0, "petal").comment(0, key, left=True)
    assert said.startswith(" /* petal <= ")
    assert np.float32(said.split()[-2]) == np.float32(value)


def test_numbers_brought_together_keep_their_names_and_reals() -> None:
    """A tree behind codes reads a gathered tensor: keys of floats say the real value."""
    rng = np.random.default_rng(4)
    x = np.stack([rng.normal(size=80), rng.integers(0, 4, 80)], axis=1)
    columns = ColumnTransformer([("a", "passthrough", [0]), ("b", OneHotEncoder(), [1])])
    y = (x[:, 0] > 0.25) ^ (x[:, 1] == 2)
    model = make_pipeline(columns, DecisionTreeClassifier(random_state=0)).fit(x, y)
    code = compile_model(model, Options(optimize="speed"), x).c.files["model.c"]
    splits = [line for line in code.splitlines() if "if (x[" in line]
    assert splits
    # What is no code is feature 0, whose thresholds lie where the data do.
    reals = [re.search(r"/\* x0 (<=|>) (\S+) \*/", line) for line in splits]
    shown = [float(found[2]) for found in reals if found is not None]
    assert shown
    assert all(-4 < value < 4 for value in shown)
