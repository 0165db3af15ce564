# SPDX-License-Identifier: MIT
"""Graphs with two of everything: identifiers of one op never meet those of another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.differential.random_trees import as_compilation, random_inputs, random_tree
from tests.differential.test_trees import SANITIZE, check

from thumbling.ir import DType, Graph, InputSpec, Port
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.ops import Op
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.ir.types import TensorType

_CERTIFICATE = Certificate(kind="exact", epsilon=0.0, reason="by definition")
_KEYS = (-40, 40)


def _ensemble(rng: np.random.Generator, output: str, width: int, n_trees: int) -> TreeEnsemble:
    return TreeEnsemble(
        inputs=("x",),
        output=output,
        trees=tuple(random_tree(rng, 12, 4, _KEYS, 5) for _ in range(n_trees)),
        leaf=rng.integers(0, 900, (5, width)).astype(np.int32),
        base=np.zeros(width, dtype=np.int32),
    )


def _dense(rng: np.random.Generator, reads: str, output: str, n_out: int) -> Dense:
    return Dense(
        inputs=(reads,),
        output=output,
        weight=rng.integers(-99, 99, (n_out, 4)).astype(np.int16),
        bias=rng.integers(-999, 999, n_out),
        shift=0,
        accumulator_bits=32,
    )


def _graph(width: int, n_trees: int) -> Graph:
    """Two ensembles, one for its label alone, and two layers, one of them behind a clamp."""
    rng = np.random.default_rng(width)
    low = np.array([-9, -5, 0, 3], dtype=np.int32)
    ops: tuple[Op, ...] = (
        _ensemble(rng, "votes", width, n_trees),
        ArgMax(inputs=("votes",), output="label", groups=(width,)),
        _ensemble(rng, "proba", width, n_trees),
        Clamp(inputs=("x",), output="clamped", low=low, high=low + 20),
        _dense(rng, "clamped", "score", width),
        _dense(rng, "x", "value", 3),
    )
    lengths = {"votes": width, "label": 1, "proba": width, "clamped": 4}
    lengths |= {"score": width, "value": 3}
    reach = {"label": (0, width - 1), "votes": (0, 60000), "proba": (0, 60000)}
    return Graph(
        name="m",
        source="test",
        inputs=(
            Port(
                spec=InputSpec(
                    dtype=DType.INT16,
                    scale=(1.0,) * 4,
                    offset=(0.0,) * 4,
                    names=("a", "b", "c", "d"),
                )
            ),
        ),
        class_names=(tuple(str(k) for k in range(width)),),
        ops=ops,
        tensors={
            name: TensorType(
                shape=(length,),
                low=reach.get(name, (-(2**30), 0))[0],
                high=reach.get(name, (0, 2**30))[1],
            )
            for name, length in lengths.items()
        },
        outputs=tuple(
            Output(field=field, tensor=field, certificate=_CERTIFICATE)
            for field in ("label", "proba", "score", "value")
        ),
    )


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimize", ["speed", "balanced", "size"])
@pytest.mark.parametrize(("width", "n_trees"), [(1, 3), (3, 1), (3, 4), (20, 4)])
def test_two_of_everything(
    width: int, n_trees: int, optimize: str, compiler: str, tmp_path: Path
) -> None:
    graph = _graph(width, n_trees)
    rows = random_inputs(np.random.default_rng(1), graph, _KEYS)
    check(as_compilation(graph, rows, optimize), tmp_path, compiler, "-O1", *SANITIZE)
