# SPDX-License-Identifier: MIT
"""Pairs of models of one layout, and C that loads the second's block into the first's code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from tests.differential import dense_cases
from tests.differential.random_trees import PROVED, integer_graph, random_tree, with_labels

from thumbling.codegen import CModel, emit
from thumbling.ir import DType, Graph, InputSpec, TensorType, verify
from thumbling.ir.graph import Output, Port
from thumbling.ir.interval import input_interval
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.gather import Gather
from thumbling.ir.ops.key import Key
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.reference import evaluate, pack_outputs

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two graphs whose code is the same, and stored rows that neither refuses."""

    first: Graph
    second: Graph
    rows: Rows

    @property
    def name(self) -> str:
        """Of the first model's C."""
        return self.first.name

    def emit(self, optimize: str) -> tuple[CModel, CModel]:
        """Both as C with a block."""
        one, two = (emit(g, optimize, constants="block") for g in (self.first, self.second))
        return one, two

    def expected(self) -> tuple[list[bytes], list[bytes]]:
        """The bytes that each answers to each row."""
        one, two = (
            pack_outputs(graph, evaluate(graph, self.rows)[0])
            for graph in (self.first, self.second)
        )
        return one, two


def _other_layers(graph: Graph) -> Graph:
    """The same layers with inputs and outputs in reverse and biases negated: all bounds hold."""
    new = {name: array[::-1] for name, array in graph.constants.items()}
    for name in graph.constants:
        if name.endswith(".weight"):
            new[name] = new[name][:, ::-1]
        if name.endswith(".bias"):
            new[name] = -new[name].astype(np.int64)
        if name.endswith(".cut"):
            new[name] = new[name] - np.int32(1234)
    return graph.with_constants(new)


def layers() -> list[Pair]:
    """Dense layers of many shapes and all types; every other case, of label, scores and both."""
    return [
        Pair(first=case.graph, second=_other_layers(case.graph), rows=case.rows)
        for case in dense_cases.cases()[::2]
    ]


def _dense(rng: np.random.Generator, shape: tuple[int, int], source: str, bits: int) -> Dense:
    return Dense(
        inputs=(source,),
        output="score" if source != "fixed" else "sums",
        weight=rng.integers(-900, 900, size=shape).astype(np.int16),
        bias=rng.integers(-(2**20), 2**20, size=shape[0]),
        shift=0 if bits == 32 else 9,
        accumulator_bits=bits,
    )


def _converted(number: int, shape: tuple[int, int], *, clamped: bool, labelled: bool) -> Pair:
    """A layer over floats; of many values a label, or the scores."""
    rng, (n_out, n_in) = np.random.default_rng(number), shape
    bits, ops = (32 if clamped else 64), list[Op]()
    exponent = rng.integers(2, 9, size=n_in).astype(np.int32)
    ops.append(Quantize(inputs=("x",), output="fixed", shift=exponent, bits=16 if clamped else 32))
    if clamped:
        low = rng.integers(-400, 0, size=n_in).astype(np.int32)
        ops.append(Clamp(inputs=("fixed",), output="kept", low=low, high=low + 600))
    layer = replace(_dense(rng, shape, ops[-1].output, bits), output="score", saturate=bits == 64)
    ops.append(layer)
    if labelled and n_out == 1:
        cut = np.array([77], dtype=np.int32)
        ops.append(Above(inputs=("score",), output="label", cut=cut))
    elif labelled:
        ops.append(ArgMax(inputs=("score",), output="label", groups=(n_out,)))
    first = _inferred(f"c{number}", n_in, ops, "label" if labelled else "score")
    rows = (rng.normal(size=(60, n_in)) * 8).astype(np.float32)
    return Pair(first=first, second=_other_layers(first), rows=rows)


def _inferred(name: str, n_in: int, ops: Sequence[Op], field: str) -> Graph:
    """A graph of ops with exactly the ranges they infer."""
    spec = InputSpec(
        dtype=DType.FLOAT32,
        scale=(1.0,) * n_in,
        offset=(0.0,) * n_in,
        names=tuple(f"x{j}" for j in range(n_in)),
    )
    known, types = {"x": input_interval(spec)}, dict[str, TensorType]()
    for op in ops:
        known[op.output] = interval = op.infer(*(known[tensor] for tensor in op.inputs))
        types[op.output] = TensorType(
            shape=(interval.size,), low=int(interval.low.min()), high=int(interval.high.max())
        )
    n_classes = max(2, known[ops[-1].inputs[0]].size)
    graph = Graph(
        name=name,
        source="test",
        inputs=(Port(spec=spec),),
        class_names=(tuple(map(str, range(n_classes))),) if field == "label" else (),
        ops=tuple(ops),
        tensors=types,
        outputs=(Output(field=field, tensor=field, certificate=PROVED),),
    )
    verify(graph)
    return graph


def converted() -> list[Pair]:
    """Layers that convert features, in all their kernels."""
    shapes = ((1, 1), (1, 7), (2, 9), (3, 8), (5, 16), (4, 13), (17, 6), (23, 40))
    return [
        _converted(number, shape, clamped=number % 2 == 0, labelled=number % 4 > 1)
        for number, shape in enumerate(s for s in shapes for _ in range(4))
    ]


def _other_trees(graph: Graph, rng: np.random.Generator) -> Graph:
    """Trees of the same form with other thresholds, leaves and bases."""
    new = dict(graph.constants)
    for name in ("value.trees.threshold", "value.leaf"):
        new[name] = rng.permutation(new[name].ravel()).reshape(new[name].shape)
    new["value.base"] = new["value.base"][::-1] + np.int32(bool(new["value.base"].any()))
    return graph.with_constants(new)


def trees() -> list[Pair]:
    """Sums of one value and of several, and votes of which a label is found."""
    rng, found = np.random.default_rng(5), list[tuple[Graph, tuple[int, int]]]()
    for dtype, width, keys in (
        (DType.INT16, 1, (-30000, 30000)),
        (DType.UINT8, 3, (1, 250)),
        (DType.FLOAT32, 2, (-(2**30), 2**30)),
    ):
        grown = [random_tree(rng, 9, 4, keys, 20) for _ in range(5)]
        leaf = rng.integers(-1000, -1, size=(20, width)).astype(np.int32)
        found.append((integer_graph(dtype, 4, grown, leaf), keys))
        if width > 1:
            votes = integer_graph(dtype, 4, grown, -leaf)
            found.append((with_labels(votes, (width,), alone=True), keys))
    pairs = []
    for number, (graph, keys) in enumerate(found):
        named = replace(graph, name=f"t{number}")
        rows = rng.integers(*keys, size=(80, 4))
        stored = rows.astype(np.int32).view(np.float32) if graph.input.dtype.is_float else rows
        pairs.append(
            Pair(
                first=named,
                second=_other_trees(named, rng),
                rows=np.ascontiguousarray(stored, dtype=graph.input.dtype.numpy),
            )
        )
    return pairs


def picked() -> list[Pair]:
    """Trees on keys of floats, picked in any order."""
    rng = np.random.default_rng(11)
    key = Key(
        inputs=("x",),
        output="key",
        column=rng.permutation(9).astype(np.int32),
        nan_high=rng.random(9) < 0.5,
    )
    gather = Gather(
        inputs=("key",),
        output="kept",
        source=np.zeros(20, dtype=np.int32),
        column=rng.integers(0, 9, size=20).astype(np.int32),
    )
    keys = (-(2**30), 2**30)
    ensemble = TreeEnsemble(
        inputs=("kept",),
        output="value",
        trees=tuple(random_tree(rng, 9, 20, keys, 20) for _ in range(4)),
        leaf=rng.integers(-1000, -1, size=(20, 2)).astype(np.int32),
        base=np.array([5, -5], dtype=np.int32),
    )
    first = _inferred("p0", 9, (key, gather, ensemble), "value")
    new = dict(_other_trees(first, rng).constants)
    for name in ("key.column", "key.nan_high"):
        new[name] = new[name][::-1]
    rows = rng.integers(*keys, size=(80, 9)).astype(np.int32).view(np.float32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    return [Pair(first=first, second=first.with_constants(new), rows=rows)]


def _octets(octets: bytes) -> str:
    return ",".join(map(str, octets))


def checker(pair: Pair, second: CModel) -> str:
    """C: `<name>_wrong` counts the rows that either block answers wrongly in the first's code."""
    name, graph, (ours, theirs) = pair.name, pair.first, pair.expected()
    assert second.block is not None
    return (
        f"static const union {{ uint8_t b[{pair.rows.nbytes}]; int64_t align; }} {name}_in"
        f" = {{{{{_octets(pair.rows.tobytes())}}}}};\n"
        f"static const uint8_t {name}_own[] = {{{_octets(b''.join(ours))}}};\n"
        f"static const uint8_t {name}_new[] = {{{_octets(b''.join(theirs))}}};\n"
        f"static const union {{ uint8_t b[{len(second.block)}]; {name}_data_t data; }} {name}_block"
        f" = {{{{{_octets(second.block)}}}}};\n"
        f"static unsigned {name}_wrong(void)\n{{\n"
        f"    unsigned wrong = {name}_check(&{name}_data) != THB_OK;\n"
        f"    wrong += {name}_check(&{name}_block.data) != THB_OK;\n"
        f"    for (unsigned i = 0; i < {len(pair.rows)}U; i++) {{\n"
        f"        {name}_output_t out;\n"
        f"        const void *x = {name}_in.b + i * {graph.input.n_bytes}U;\n"
        f"        wrong += {name}_predict(x, &out) != THB_OK\n"
        f"            || memcmp(&out, {name}_own + i * sizeof out, sizeof out) != 0;\n"
        f"        wrong += {name}_predict_with(&{name}_block.data, x, &out) != THB_OK\n"
        f"            || memcmp(&out, {name}_new + i * sizeof out, sizeof out) != 0;\n"
        "    }\n    return wrong;\n}\n"
    )


def program(pairs: Sequence[Pair], codes: Sequence[tuple[CModel, CModel]]) -> str:
    """One C file of all first models that prints the names of those that are wrong."""
    includes = "".join(f'#include "{p.name}.c"\n#include "{p.name}_data.c"\n' for p in pairs)
    calls = "".join(
        f'    if ({p.name}_wrong() != 0U) {{\n        puts("{p.name}");\n    }}\n' for p in pairs
    )
    return (
        f'#include <stdio.h>\n#include <string.h>\n#include "block.c"\n{includes}'
        + "".join(checker(p, two) for p, (_, two) in zip(pairs, codes, strict=True))
        + f"int main(void)\n{{\n{calls}    return 0;\n}}\n"
    )
