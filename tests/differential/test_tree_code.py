# SPDX-License-Identifier: MIT
"""Byte code at the edges of its format, on trees that no training would give."""

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

from thumbling.codegen.kernels.trees.byte_code import choose_format
from thumbling.codegen.kernels.trees.leaf_rows import Sums, leaf_rows
from thumbling.ir import DType
from thumbling.ir.ops.trees import TreeEnsemble


def _leaves(rng: np.random.Generator, form: str, rows: int) -> npt.NDArray[np.int32]:
    if form == "scalar":
        return rng.integers(-(2**20), 2**20, size=(rows, 1)).astype(np.int32)
    if form == "pure":
        return np.asarray(7 * np.eye(rows, dtype=np.int32))
    if form == "dense":
        return rng.integers(-9, 9, size=(rows, 3)).astype(np.int32)
    sparse = rng.integers(0, 1000, size=(rows, 150)).astype(np.int32)
    sparse[rng.random(sparse.shape) < 0.985] = 0
    return sparse


CASES: dict[str, tuple[DType, int, tuple[int, int], str, int, int]] = {
    # input type, features, least and greatest threshold, leaves, leaf rows, leaves of a tree
    "bytes": (DType.UINT8, 64, (0, 255), "pure", 5, 90),
    "signed bytes": (DType.INT8, 8, (-128, 127), "scalar", 70, 200),
    "many features": (DType.INT16, 65, (-32768, 32767), "dense", 40, 300),
    "unsigned words": (DType.UINT16, 20, (0, 65535), "sparse", 150, 500),
    "long words": (DType.INT32, 9, (-(2**31), 2**31 - 1), "sparse", 30, 2000),
    "floats": (DType.FLOAT32, 32, (-(2**30), 2**30), "scalar", 64, 400),
    "many float features": (DType.FLOAT32, 33, (-(2**30), 2**30), "pure", 66, 400),
    "many rows": (DType.INT16, 4, (-32768, 32767), "scalar", 20000, 12000),
}


@pytest.mark.parametrize("name", CASES)
def test_byte_code(name: str, tmp_path: Path) -> None:
    dtype, n_features, keys, form, rows, size = CASES[name]
    rng = np.random.default_rng(5)
    # The last tree is a leaf alone.
    trees = [random_tree(rng, n, n_features, keys, rows) for n in (size, size // 2, 2, 1)]
    graph = integer_graph(dtype, n_features, trees, _leaves(rng, form, rows))
    compiled = as_compilation(graph, random_inputs(rng, graph, keys), "size")
    assert "thb_tree_code_row(" in compiled.c.files["m.c"]
    check(compiled, tmp_path, "gcc", "-O1", *SANITIZE)


def _sums(op: TreeEnsemble) -> Sums:
    width = int(op.leaf.shape[1])
    return Sums(pointer="sums", c_type="int32_t", kept=width, total=width)


def test_the_cases_reach_every_width() -> None:
    formats = []
    for dtype, n_features, keys, form, rows, size in CASES.values():
        rng = np.random.default_rng(5)
        trees = [random_tree(rng, size, n_features, keys, rows)]
        op = integer_graph(dtype, n_features, trees, _leaves(rng, form, rows)).ops[0]
        assert isinstance(op, TreeEnsemble)
        formats.append(choose_format(op, dtype, leaf_rows(op, _sums(op), "size").number))
    assert {f.header_bytes for f in formats} == {1, 2}
    assert {(f.threshold_bytes, f.threshold_signed) for f in formats} == {
        *((1, False), (1, True), (2, True), (2, False), (4, True)),
    }
    assert {(f.leaf_bytes, f.long_leaves) for f in formats} == {
        *((1, False), (1, True), (2, True)),
    }
