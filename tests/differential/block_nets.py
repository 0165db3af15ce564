# SPDX-License-Identifier: MIT
"""Pairs of nets and of mixtures of ops, each two models of one layout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from tests.differential.block_cases import Pair
from tests.differential.mlp_graphs import Kind, Layers, branched, input_spec, random_mlp

from thumbling.fixedpoint import float_key
from thumbling.ir import DType, Graph
from thumbling.ir.ops.add import Add
from thumbling.ir.ops.blend import Blend
from thumbling.ir.ops.impute import REFUSED, Impute
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.ops.monomials import Monomials
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.ops.steps import Steps
from thumbling.ir.ops.tally import Tally
from thumbling.reference import evaluate
from thumbling.vectors import make_vectors


def _other_net(graph: Graph, rng: np.random.Generator) -> Graph:
    """The same net with other weights, scales, tables, and ranges a little narrower."""
    new = dict(graph.constants)
    for name, array in graph.constants.items():
        match name.rpartition(".")[2]:
            case "weight":
                new[name] = array[::-1, ::-1]
            case "bias" | "table":
                new[name] = rng.permutation(array)
            case "multiplier" | "shift":
                new[name] = array[::-1]
            case "zero_point" | "low":
                new[name] = array + np.int32(1)
            case "high":
                new[name] = array - np.int32(1)
    return graph.with_constants(new)


def _tables(rng: np.random.Generator) -> Graph:
    """Tables and scales in loops of their own: no layer stands before them."""
    net = Layers(spec=input_spec(DType.UINT8, 6))
    entries = rng.integers(-30000, 30000, 256).astype(np.int16)
    net.add(Lookup(inputs=("x",), output="f", table=entries), DType.INT16)
    shift = rng.integers(8, 12, 6).astype(np.int32)
    factor = rng.integers(1, 9, 6).astype(np.int32)
    for output, by in (("h", factor), ("g", np.ones(1, dtype=np.int32))):
        op = Requantize(
            inputs=("f",), output=output, shift=shift, multiplier=by, low=-100, high=100
        )
        net.add(op, DType.INT8)
    net.add(Add(inputs=("h", "g"), output="value", shift=(3, 0)))
    return net.graph("n6", "value")


def nets() -> list[Pair]:
    """Nets of 8 and 16 bits, with functions by table and by lines, scales for each channel."""
    rng = np.random.default_rng(19)
    small, wide = np.int8, np.int16
    kinds = (
        Kind(x=DType.UINT8, weight=small, hidden=DType.INT8),
        Kind(x=DType.INT8, weight=small, hidden=DType.INT8, multiplier=True, per_channel=True),
        Kind(x=DType.INT8, weight=small, hidden=DType.UINT8, function="tanh", multiplier=True),
        Kind(x=DType.INT16, weight=wide, hidden=DType.INT16, function="tanh", per_channel=True),
    )
    made = [random_mlp(f"n{n}", kind, (9, 14, 7, 3), rng) for n, kind in enumerate(kinds)]
    made += [branched("n4", DType.INT8, rng), branched("n5", DType.FLOAT32, rng), _tables(rng)]
    pairs = []
    for graph in made:
        vectors = make_vectors(graph, None, count=60)
        kept = vectors[~evaluate(graph, vectors)[1]]
        pairs.append(Pair(first=graph, second=_other_net(graph, rng), rows=kept))
    return pairs


def _i32(*values: int) -> npt.NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


def _steps(output: str, columns: Sequence[int], count: int, values: npt.NDArray[np.int32]) -> Steps:
    """Codes of floats: as many thresholds around zero for each."""
    cuts = float_key(np.linspace(-2, 2, count, dtype=np.float32))
    return Steps(
        inputs=("x",),
        output=output,
        column=_i32(*columns),
        count=np.full(len(columns), count, dtype=np.int32),
        threshold=np.tile(cuts, len(columns)).astype(np.int32),
        value=values,
    )


def _mixture(name: str) -> Graph:
    """Gaps, codes, blends and products of floats, and labels that are counted."""
    rng = np.random.default_rng(23)
    net = Layers(spec=input_spec(DType.FLOAT32, 6))
    exponent, missing = _i32(5, 4, 5, 6, 5), _i32(11, -7, REFUSED, 0, 300)
    column = rng.permutation(6)[:5].astype(np.int32)
    net.add(
        Impute(inputs=("x",), output="h", shift=exponent, bits=16, column=column, missing=missing)
    )
    net.add(_steps("s", (3, 0, 5), 3, rng.integers(-900, 900, 12).astype(np.int32)))
    factors = rng.integers(-(2**15), 2**15, 8).astype(np.int32)
    bias, place = rng.integers(-(2**24), 2**24, 3), _i32(0, 1, 2, 2, 1, 0, 1, 0)
    net.add(
        Blend(inputs=("h", "s"), output="b", multiplier=factors, place=place, bias=bias, shift=12)
    )
    net.add(
        Monomials(
            inputs=("b",),
            output="m",
            column=_i32(2, 0, 1),
            lift=_i32(0, 1, 2),
            bias=_i32(9, -9, 500),
            left=_i32(0, 3),
            right=_i32(1, 2),
            shift=_i32(12, 14),
        )
    )
    ones, half = rng.integers(1, 9, 5).astype(np.int32), rng.integers(0, 9, 5)
    net.add(
        Blend(
            inputs=("m",),
            output="value",
            multiplier=ones,
            place=np.arange(5, dtype=np.int32),
            bias=half,
            shift=4,
        )
    )
    for label, number in (("l0", 1), ("l1", 4)):
        net.add(_steps(label, (number,), 2, _i32(0, 1, 2)))
    net.add(Tally(inputs=("l0", "l1"), output="score", weight=_i32(3, 5), n_classes=3))
    return net.graph(name, "value", "score")


def mixtures() -> list[Pair]:
    """Codes, gaps, blends, products and votes."""
    rng = np.random.default_rng(29)
    first = _mixture("b0")
    new = dict(first.constants)
    for name, array in first.constants.items():
        match name.rpartition(".")[2]:
            case "value" | "weight" | "missing" | "multiplier" | "bias":
                new[name] = array[::-1]
            case "threshold":
                new[name] = array + np.int32(rng.integers(1, 2**20))
    second = first.with_constants(new)
    vectors = make_vectors(first, None, count=60)
    refused = evaluate(first, vectors)[1] | evaluate(second, vectors)[1]
    return [Pair(first=first, second=second, rows=vectors[~refused])]
