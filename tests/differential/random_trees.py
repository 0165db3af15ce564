# SPDX-License-Identifier: MIT
"""Integer graphs of trees that no training would give, and what they are checked with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from thumbling.codegen import emit
from thumbling.fidelity import Fidelity, StoredInput
from thumbling.ir import DType, Graph, InputSpec, Port, TensorType
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.source import INPUT, Prediction, SourceGraph, Value
from thumbling.pipeline import Compilation
from thumbling.reference import evaluate, pack_outputs

PROVED = Certificate(kind="exact", epsilon=0.0, reason="an integer graph is its own source")


def random_tree(
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


def integer_graph(
    dtype: DType, n_features: int, trees: list[IntTree], leaf: npt.NDArray[np.int32]
) -> Graph:
    """Trees on features of one type; every sum has a base of its own, votes have none."""
    width = leaf.shape[1]
    votes = bool((leaf >= 0).all())
    op = TreeEnsemble(
        inputs=("x",),
        output="value",
        trees=tuple(trees),
        leaf=leaf,
        base=np.arange(width, dtype=np.int32) * (not votes),
    )
    high = int(np.abs(leaf).max()) * len(trees) + (0 if votes else width)
    low = 0 if votes else -high
    return Graph(
        name="m",
        source="random trees",
        inputs=(
            Port(
                spec=InputSpec(
                    dtype=dtype,
                    scale=(1.0,) * n_features,
                    offset=(0.0,) * n_features,
                    names=tuple(f"x{i}" for i in range(n_features)),
                )
            ),
        ),
        class_names=(),
        ops=(op,),
        tensors={"value": TensorType(shape=(width,), low=low, high=high)},
        outputs=(Output(field="value", tensor="value", certificate=PROVED),),
    )


def with_labels(graph: Graph, groups: tuple[int, ...], *, alone: bool) -> Graph:
    """The graph with the label of each group of sums, alone or beside the sums."""
    label = ArgMax(inputs=("value",), output="label", groups=groups)
    kind = TensorType(shape=(len(groups),), low=0, high=max(groups) - 1)
    output = Output(field="label", tensor="label", certificate=PROVED)
    return replace(
        graph,
        class_names=tuple(tuple(map(str, range(width))) for width in groups),
        ops=(*graph.ops, label),
        tensors={**graph.tensors, "label": kind},
        outputs=(output,) if alone else (output, *graph.outputs),
    )


def random_inputs(
    rng: np.random.Generator, graph: Graph, keys: tuple[int, int]
) -> npt.NDArray[np.generic]:
    """Rows of values between two keys; floats are NaN now and then."""
    shape = (300, graph.input.n_features)
    if not graph.input.dtype.is_float:
        return rng.integers(keys[0], keys[1], size=shape).astype(graph.input.dtype.numpy)
    floats = rng.integers(*keys, size=shape).astype(np.int32).view(np.float32)
    floats[rng.random(shape) < 0.1] = np.nan
    return np.asarray(floats)


def as_compilation(graph: Graph, x: npt.NDArray[np.generic], optimize: str) -> Compilation:
    """A graph compiled as it is, to be checked on the rows `x`."""
    expected, _ = evaluate(graph, x)
    return Compilation(
        source=SourceGraph(
            source=graph.source,
            n_features=graph.input.n_features,
            feature_names=(),
            ops=(),
            prediction=Prediction(fields={"value": Value(name=INPUT, width=1)}),
        ),
        quantized=graph,
        graph=graph,
        c=emit(graph, optimize),
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
            outputs=(),
        ),
        input=StoredInput(
            type=graph.input.dtype.value,
            scale=graph.input.scale,
            offset=graph.input.offset,
            features=(),
        ),
    )
