# SPDX-License-Identifier: MIT
"""Nets of 8- and 16-bit activations: the reference, hosts, sanitizers, Arm cores, and the ruler."""

from __future__ import annotations

import math
import shutil
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from tests.differential.many_models import (
    CLANG,
    CORES,
    HOSTS,
    LEVELS,
    OPTIMIZE,
    Case,
    check_on_core,
    check_on_host,
)
from tests.differential.mlp_graphs import Kind, branched, random_mlp, trained_mlp

from thumbling.boards import load_board
from thumbling.codegen import emit
from thumbling.ir import INPUT, DType, Graph, verify
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.requantize import Requantize
from thumbling.peers.ours import thumbling_program
from thumbling.peers.ruler import measure_program
from thumbling.reference import evaluate, pack_outputs
from thumbling.vectors import make_vectors

SIZES = (
    *((1, 1, 1), (1, 3, 2), (3, 1, 2), (5, 7, 3), (4, 4, 4, 4), (64, 32, 10)),
    *((13, 67, 4), (31, 9, 9, 3), (67, 3, 11), (8, 33, 17, 5)),
)
I8, U8, I16 = DType.INT8, DType.UINT8, DType.INT16
KINDS = (
    Kind(x=U8, weight=np.int8, hidden=I8),
    Kind(x=U8, weight=np.int8, hidden=U8, per_channel=True),
    Kind(x=I8, weight=np.int8, hidden=U8, function="tanh"),
    Kind(x=I8, weight=np.int8, hidden=I8, function="tanh", multiplier=True),
    Kind(x=I16, weight=np.int8, hidden=I8, function="identity", per_channel=True, multiplier=True),
    Kind(x=I16, weight=np.int16, hidden=I16, function="tanh"),
    Kind(x=U8, weight=np.int16, hidden=I16, per_channel=True, multiplier=True),
    Kind(x=U8, weight=np.int8, hidden=I16, multiplier=True),
    Kind(x=I8, weight=np.int16, hidden=U8, function="identity", multiplier=True),
    Kind(x=I16, weight=np.int16, hidden=DType.UINT16),
    Kind(x=DType.INT32, weight=np.int16, hidden=DType.INT32, function="identity"),
)


def _case(graph: Graph, count: int = 24) -> Case:
    rows = make_vectors(graph, None, count=count)
    rows = rows[~evaluate(graph, rows)[1]]
    expected, _ = evaluate(graph, rows, check=True)
    return Case(graph=graph, rows=rows, expected=tuple(pack_outputs(graph, expected)))


@cache
def cases() -> tuple[Case, ...]:
    """Every kind in three sizes, so that every size meets several kinds."""
    made = []
    for i, kind in enumerate(KINDS):
        for j in range(3):
            sizes = SIZES[(3 * i + j) % len(SIZES)]
            graph = random_mlp(f"n{i}_{j}", kind, sizes, np.random.default_rng(10 * i + j))
            verify(graph)
            made.append(_case(graph))
    for i, x_type in enumerate((U8, I16, DType.FLOAT32)):
        graph = branched(f"b{i}", x_type, np.random.default_rng(i))
        verify(graph)
        made.append(_case(graph))
    return tuple(made)


def _exact(graph: Graph, row: list[int]) -> dict[str, list[int]]:
    """Every tensor by Python's integers and fractions, value by value."""
    known = {INPUT: row}
    for op in graph.ops:
        x = known[op.inputs[0]]
        match op:
            case Dense():
                sums = [
                    b + sum(w * v for w, v in zip(ws, x, strict=True))
                    for ws, b in zip(op.weight.tolist(), op.bias.tolist(), strict=True)
                ]
                known[op.output] = [_nearest(Fraction(v, 1 << op.shift)) for v in sums]
            case Requantize():
                factors = np.resize(op.multiplier, len(x)).tolist()
                shifts = np.resize(op.shift, len(x)).tolist()
                real = [Fraction(v * m, 1 << s) for v, m, s in zip(x, factors, shifts, strict=True)]
                moved = [_nearest(v) + op.zero_point for v in real]
                known[op.output] = [min(max(v, op.low), op.high) for v in moved]
            case Quantize():
                known[op.output] = [_fixed(v, s) for v, s in zip(x, op.shift.tolist(), strict=True)]
            case Clamp():
                ends = zip(x, op.low.tolist(), op.high.tolist(), strict=True)
                known[op.output] = [min(max(v, low), high) for v, low, high in ends]
            case Lookup():
                least = graph.type_of(op.inputs[0]).bounds[0]
                known[op.output] = [int(op.table[v - least]) for v in x]
            case Interpolate():
                step, points = 1 << op.fraction_bits, op.table.tolist()
                known[op.output] = [_line(points, v + 32768, step) for v in x]
            case ArgMax():
                known[op.output] = [x.index(max(x))]
    return known


def _nearest(value: Fraction) -> int:
    """Halves up."""
    return math.floor(value + Fraction(1, 2))


def _fixed(value: float, shift: int) -> int:
    """Halves away from zero, 16 bits."""
    size = 32767 if math.isinf(value) else _nearest(abs(Fraction(value)) * 2**shift)
    return min(size, 32767) * (1 if value > 0 else -1)


def _line(points: list[int], above: int, step: int) -> int:
    i, part = divmod(above, step)
    return _nearest(points[i] + Fraction(part, step) * (points[i + 1] - points[i]))


def test_the_reference_is_exact() -> None:
    """And activations do what they are made for: they end their range, and stay within it."""
    ends = between = 0
    for case in cases():
        for row, expected in zip(case.rows.tolist(), case.expected, strict=True):
            known = _exact(case.graph, row)
            answer = [value for output in case.graph.outputs for value in known[output.tensor]]
            assert np.array(answer, "<i4").tobytes() == expected
            low, high = case.graph.tensors["h0"].low, case.graph.tensors["h0"].high
            ends += sum(v in (low, high) for v in known["h0"])
            between += sum(low < v < high for v in known["h0"])
    assert ends > 1000
    assert between > 1000


@pytest.mark.wide(2)
@pytest.mark.parametrize("optimize", OPTIMIZE)
@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str, optimize: str, tmp_path: Path) -> None:
    check_on_host(cases(), host, optimize, tmp_path)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("core", CORES)
def test_gcc_on_arm_cores(core: str, level: str, tmp_path: Path) -> None:
    optimize = {"-Os": "size", "-O3": "speed"}.get(level, "balanced")
    check_on_core(cases(), optimize, core, ("arm-none-eabi-gcc", *LEVELS[level]), tmp_path)


@pytest.mark.parametrize("core", CORES)
def test_clang_on_arm_cores(core: str, tmp_path: Path) -> None:
    check_on_core(cases(), "speed", core, (*CLANG, "-Os"), tmp_path)


def test_clang_format_leaves_the_c_as_it_is(tmp_path: Path) -> None:
    tool = shutil.which("clang-format")
    if tool is None:
        pytest.skip("clang-format is not installed: pip install 'thumbling[dev]'")
    for case in cases():
        for optimize in OPTIMIZE:
            for name, text in emit(case.graph, optimize).files.items():
                (tmp_path / f"{optimize}_{name}").write_text(text, encoding="utf-8")
    style = f"--style=file:{Path(__file__).parents[2] / '.clang-format'}"
    command = [tool, style, "--dry-run", "-Werror", *map(str, tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]


@cache
def _digits() -> tuple[Any, np.ndarray]:
    features, labels = load_digits(return_X_y=True)
    model = MLPClassifier(hidden_layer_sizes=(32,), max_iter=400, random_state=0)
    return model.fit(features[:1200], labels[:1200]), features


PRECISIONS = {"int8": (I8, np.int8), "uint8": (U8, np.int8), "int16": (I16, np.int8)}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_digits_on_the_ruler(precision: str, tmp_path: Path) -> None:
    model, features = _digits()
    hidden, w_type = PRECISIONS[precision]
    graph = trained_mlp(model, features[:1200], "digits", hidden, w_type)
    verify(graph)
    rows = features.astype(np.uint8)
    outputs, _ = evaluate(graph, rows, check=True)
    agreement = (outputs["label"][:, 0] == model.predict(features)).mean()
    assert agreement >= 0.995
    board, sample = load_board("nucleo_f401re"), rows[::36]
    figures = {}
    for optimize in ("size", "speed"):
        c = emit(graph, optimize)
        assert f"{hidden.c} h0[32];" in c.files["digits.c"]
        program = thumbling_program(graph, c, sample).program
        figures[optimize] = measure_program(program, board, sample, tmp_path / optimize)
        expected = pack_outputs(graph, {"label": outputs["label"][::36]})
        assert list(figures[optimize].outputs) == expected
    assert figures["size"].flash <= 2900
    assert figures["speed"].cycles.max <= 5700
    assert figures["speed"].stack <= 128
