# SPDX-License-Identifier: MIT
"""Votes as straight code: packed and wide sums, several functions, trees that add nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.differential.random_trees import (
    as_compilation,
    integer_graph,
    random_inputs,
    random_tree,
)
from tests.differential.test_trees import SANITIZE, check

from thumbling.ir import DType

KEYS = {
    DType.UINT8: (0, 255),
    DType.INT16: (-32768, 32767),
    DType.FLOAT32: (-(2**30), 2**30),
}


def _votes(rows: int, width: int, whole: int) -> npt.NDArray[np.int32]:
    """Rows with one or two entries, the first with none."""
    leaf = np.zeros((rows, width), dtype=np.int32)
    for row in range(1, rows):
        leaf[row, row % width] += whole - row
        leaf[row, (row * 3) % width] += row
    return leaf


CASES: dict[str, tuple[DType, npt.NDArray[np.int32], tuple[int, ...], str]] = {
    # input type, leaf table, leaves of each tree, the C type of the sums
    "lanes": (DType.UINT8, _votes(12, 5, 9000), (50, 1, 20, 2), "uint32_t"),
    "lanes of floats": (DType.FLOAT32, _votes(9, 4, 9000), (60, 1, 30), "uint32_t"),
    "several functions": (DType.INT16, _votes(8, 3, 900), (1300, 1200, 1, 900), "uint32_t"),
    "too great for lanes": (DType.INT16, _votes(20, 7, 40000), (60, 1, 50), "int32_t"),
    "negative": (DType.UINT8, -_votes(20, 7, 400), (60, 1, 50), "int32_t"),
    "one sum": (DType.INT16, np.array([[0], [7], [-3]], dtype=np.int32), (60, 1, 9), "int32_t"),
}


@pytest.mark.parametrize("name", CASES)
def test_votes(name: str, tmp_path: Path) -> None:
    dtype, leaf, sizes, c_type = CASES[name]
    rng = np.random.default_rng(11)
    trees = [random_tree(rng, n, 6, KEYS[dtype], len(leaf)) for n in sizes]
    graph = integer_graph(dtype, 6, trees, leaf)
    compiled = as_compilation(graph, random_inputs(rng, graph, KEYS[dtype]), "speed")
    text = compiled.c.files["m.c"]
    functions = 3 if name == "several functions" else 1
    assert text.count(f"{c_type} *sum)\n{{") == functions
    check(compiled, tmp_path, "gcc", "-O1", *SANITIZE)
    check(compiled, tmp_path, "clang", "-O2")
