# SPDX-License-Identifier: MIT
"""Byte code at the edges of its format, on trees that no training would give."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.differential.test_trees import SANITIZE, check

from thumbling.codegen import emit
from thumbling.codegen.tree_code import choose_format
from thumbling.codegen.tree_leaves import leaf_rows
from thumbling.fidelity import Fidelity
from thumbling.ir import DType, Graph, InputSpec, TensorType
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.ops import IntTree, TreeEnsemble
from thumbling.ir.source import Forest, SourceModel
from thumbling.pipeline import Compilation
from thumbling.reference import evaluate, pack_outputs

PROVED = Certificate(kind="exact", epsilon=0.0, reason="an integer graph is its own source")


def _tree(
    rng: np.random.Generator, leaves: int, n_features: int, keys: tuple[int, int], rows: int
) -> IntTree:
    """A random tree in depth-first order; splits are uneven, so that skips of all sizes occur."""
    feature: list[int] = []
    threshold: list[int] = []
    left: list[int] = []
    right: list[int] = []
    nan_left: list[bool] = []
    work = [(leaves, -1)]
    while work:
        size, parent = work.pop()
        index = len(feature)
        if parent >= 0:
            right[parent] = index
        is_leaf = size == 1
        feature.append(-1 if is_leaf else int(rng.integers(n_features)))
        threshold.append(0 if is_leaf else int(rng.integers(keys[0], keys[1], endpoint=True)))
        left.append(int(rng.integers(rows)) if is_leaf else index + 1)
        right.append(-1)
        nan_left.append(not is_leaf and bool(rng.integers(2)))
        if not is_leaf:
            inside = int(rng.integers(1, size))
            work += [(size - inside, index), (inside, -1)]
    return IntTree(
        feature=np.array(feature, dtype=np.int32),
        threshold=np.array(threshold, dtype=np.int32),
        left=np.array(left, dtype=np.int32),
        right=np.array(right, dtype=np.int32),
        nan_left=np.array(nan_left),
    )


def _graph(
    dtype: DType, n_features: int, trees: list[IntTree], leaf: npt.NDArray[np.int32]
) -> Graph:
    width = leaf.shape[1]
    op = TreeEnsemble(
        inputs=("x",),
        output="value",
        trees=tuple(trees),
        leaf=leaf,
        base=np.arange(width, dtype=np.int32),
    )
    bound = int(np.abs(leaf).max()) * len(trees) + width
    return Graph(
        name="m",
        source="random trees",
        input=InputSpec(
            dtype=dtype,
            scale=(1.0,) * n_features,
            offset=(0.0,) * n_features,
            names=tuple(f"x{i}" for i in range(n_features)),
        ),
        class_names=(),
        ops=(op,),
        tensors={"value": TensorType(shape=(width,), scale=Fraction(1), low=-bound, high=bound)},
        outputs=(Output(field="value", tensor="value", certificate=PROVED),),
    )


def _inputs(
    rng: np.random.Generator, graph: Graph, keys: tuple[int, int]
) -> npt.NDArray[np.generic]:
    shape = (300, graph.input.n_features)
    if not graph.input.dtype.is_float:
        return rng.integers(keys[0], keys[1], size=shape).astype(graph.input.dtype.numpy)
    floats = rng.integers(*keys, size=shape).astype(np.int32).view(np.float32)
    floats[rng.random(shape) < 0.1] = np.nan
    return np.asarray(floats)


def _compiled(graph: Graph, x: npt.NDArray[np.generic]) -> Compilation:
    expected, _ = evaluate(graph, x)
    return Compilation(
        source=SourceModel(
            source=graph.source,
            n_features=graph.input.n_features,
            feature_names=(),
            class_names=(),
            stages=(),
            predictor=Forest(trees=(), n_classes=()),
        ),
        graph=graph,
        c=emit(graph, "size"),
        vectors=x,
        expected=expected,
        expected_bytes=pack_outputs(graph, expected),
        fidelity=Fidelity(
            certificate="exact",
            epsilon=0.0,
            rows=len(x),
            label_agreement=1.0,
            max_abs_error=0.0,
            rows_inside_bound=0,
        ),
    )


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
    trees = [_tree(rng, n, n_features, keys, rows) for n in (size, size // 2, 2, 1)]
    graph = _graph(dtype, n_features, trees, _leaves(rng, form, rows))
    compiled = _compiled(graph, _inputs(rng, graph, keys))
    assert "thb_tree_code_row(" in compiled.c.files["m.c"]
    check(compiled, tmp_path, "gcc", "-O1", *SANITIZE)


def test_the_cases_reach_every_width() -> None:
    formats = []
    for dtype, n_features, keys, form, rows, size in CASES.values():
        rng = np.random.default_rng(5)
        trees = [_tree(rng, size, n_features, keys, rows)]
        op = _graph(dtype, n_features, trees, _leaves(rng, form, rows)).ops[0]
        assert isinstance(op, TreeEnsemble)
        formats.append(choose_format(op, dtype, leaf_rows(op, "m", "sums").number))
    assert {f.header_bytes for f in formats} == {1, 2}
    assert {(f.threshold_bytes, f.threshold_signed) for f in formats} == {
        *((1, False), (1, True), (2, True), (2, False), (4, True)),
    }
    assert {(f.leaf_bytes, f.long_leaves) for f in formats} == {
        *((1, False), (1, True), (2, True)),
    }
