# SPDX-License-Identifier: MIT
"""What stands beside a split in C: name and real threshold, as true as the split itself."""

from __future__ import annotations

import numpy as np
import pytest

from thumbling.codegen.kernels.trees.split_words import SplitWords
from thumbling.fixedpoint import float_key
from thumbling.ir import DType, InputSpec


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
