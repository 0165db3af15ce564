# SPDX-License-Identifier: MIT
"""Fused float layers of every shape: odd rests, one feature, one output, outputs of no divisor."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.unit.source_graphs import linear_source

from thumbling.codegen import emit
from thumbling.ir import DType, Graph, InputSpec
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.source import Field
from thumbling.ir.source.elementwise import Step
from thumbling.quantize.lowering import quantize
from thumbling.reference.evaluate import evaluate, pack_outputs
from thumbling.resources import data_dir
from thumbling.vectors import make_vectors
from thumbling_hil.targets.host import run_host

# Features, outputs: below, at and beyond a chunk of eight, even and odd.
SHAPES = ((1, 1), (1, 3), (2, 2), (7, 2), (8, 3), (9, 7), (12, 11), (16, 4), (17, 13), (33, 1))


def _graph(n_in: int, n_out: int, kind: str, fields: tuple[Field, ...]) -> Graph:
    rng = np.random.default_rng(100 * n_in + n_out)
    names = tuple(f"x{j}" for j in range(n_in))
    scale = Step(kind="mul", values=rng.uniform(0.01, 40, n_in))
    least = Step(kind="max", values=np.full(n_in, -1.5))
    most = Step(kind="min", values=np.full(n_in, 2.0))
    steps = {"raw": (), "scaled": (scale,), "clipped": (scale, least, most)}[kind]
    source = linear_source(
        rng.normal(size=(n_out, n_in)),
        rng.normal(size=n_out),
        steps=steps,
        is_classifier="label" in fields,
    )
    spec = InputSpec(dtype=DType.FLOAT32, scale=(1.0,) * n_in, offset=(0.0,) * n_in, names=names)
    return quantize(source, spec, fields, "m")


def _check(graph: Graph, optimize: str, folder: Path) -> None:
    folder.mkdir()
    for name, text in emit(graph, optimize).files.items():
        (folder / name).write_text(text, encoding="utf-8")
    rows = make_vectors(graph, None, count=64)
    outputs, refused = evaluate(graph, rows)
    include = f"-I{data_dir('runtime_c') / 'include'}"
    answers = run_host(
        folder,
        graph.name,
        graph.input.n_bytes,
        graph.out_bytes,
        rows.tobytes(),
        cc="gcc",
        flags=(
            "-O1",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Werror",
            "-fsanitize=undefined",
            "-fno-sanitize-recover",
            include,
        ),
    )
    assert [a.status for a in answers] == [-1 if bad else 0 for bad in refused]
    for answer, want, bad in zip(answers, pack_outputs(graph, outputs), refused, strict=True):
        assert bad or answer.output == want


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
@pytest.mark.parametrize("kind", ["raw", "scaled", "clipped"])
def test_shapes(kind: str, optimize: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    for n_in, n_out in SHAPES:
        graph = _graph(n_in, n_out, kind, ("value",))
        assert isinstance(graph.ops[0], Quantize)
        assert graph.ops[0].bits == (32 if kind == "raw" else 16)
        assert isinstance(graph.ops[1], Clamp) == (kind == "clipped")
        _check(graph, optimize, tmp_path / f"{n_in}x{n_out} values")
        if n_out > 10:
            graph = _graph(n_in, n_out, kind, ("label",))
            _check(graph, optimize, tmp_path / f"{n_in}x{n_out} label")
