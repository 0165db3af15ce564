# SPDX-License-Identifier: MIT
"""Random integer graphs: verified, printed, kept, and one answer of reference, C and chip.

`pytest tests/property/test_random_graphs.py --cases 1000` is the nightly run.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.differential.chip import run_on_core
from tests.differential.test_trees import SANITIZE, WARNINGS, write_sources
from tests.property.random_graphs import random_graph, random_rows
from tests.property.random_ops import MAKERS

from thumbling.codegen import CModel, emit
from thumbling.ir import Graph, model_id, verify
from thumbling.ir.ops import ops
from thumbling.ir.printer import print_graph
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.passes import PASSES, run_passes
from thumbling.reference import evaluate, pack_outputs
from thumbling_hil.targets.host import run_host

_OPTIMIZE = ("speed", "balanced", "size")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many seeds as `--cases` says."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--cases")))


def test_every_op_is_made() -> None:
    compiler = {kind for kind in ops().values() if kind.__module__.startswith("thumbling.")}
    assert set(MAKERS) == compiler
    graphs = [random_graph(seed) for seed in range(200)]
    made = Counter(type(op) for graph in graphs for op in graph.ops)
    assert min(made[kind] for kind in compiler) >= 10
    assert sum(len(graph.inputs) > 1 for graph in graphs) > 50
    assert sum(bool(graph.state) for graph in graphs) > 20
    readers = [Counter(t for op in graph.ops for t in op.inputs) for graph in graphs]
    assert sum(max(counts.values()) > 1 for counts in readers) > 50


def test_it_is_a_graph(seed: int) -> None:
    graph = random_graph(seed)
    verify(graph)
    again = graph_from_json(graph_to_json(graph))
    assert print_graph(again) == print_graph(graph)
    assert model_id(again) == model_id(graph)
    evaluate(graph, random_rows(graph, seed), check=True)


def _passed(seed: int) -> Graph:
    """The graph behind the passes, whose C must answer what the graph before them means."""
    graph = run_passes(PASSES, random_graph(seed))
    verify(graph)
    return graph


def _compiled(seed: int) -> CModel:
    """Its C; every fourth graph has its constants apart."""
    return emit(_passed(seed), _OPTIMIZE[seed % 3], constants="inline" if seed % 4 else "block")


def _expected(seed: int) -> tuple[list[int], list[bytes]]:
    graph = random_graph(seed)
    outputs, refused = evaluate(graph, random_rows(graph, seed), check=True)
    packed = pack_outputs(graph, outputs)
    return [-1 if bad else 0 for bad in refused], [
        b"" if bad else row for bad, row in zip(refused, packed, strict=True)
    ]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_its_c_says_what_the_reference_says(seed: int, compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: apt install {compiler}")
    model = _compiled(seed)
    write_sources(model, tmp_path)
    answers = run_host(
        tmp_path,
        model.name,
        model.in_bytes,
        model.out_bytes,
        random_rows(random_graph(seed), seed).tobytes(),
        cc=compiler,
        flags=(*WARNINGS, *(("-O1", *SANITIZE) if compiler == "clang" else ("-O2",))),
        offsets=model.offsets,
        stateful=bool(model.reset),
    )
    statuses, outputs = _expected(seed)
    assert [answer.status for answer in answers] == statuses
    assert [b"" if answer.status else answer.output for answer in answers] == outputs


@pytest.mark.wide(3)
@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
def test_the_chip_says_what_the_reference_says(seed: int, core: str, tmp_path: Path) -> None:
    graph = random_graph(seed)
    model = _compiled(seed)
    flags = ("-Os",) if seed % 3 == 2 else ("-O2",)
    cost = run_on_core(model, np.asarray(random_rows(graph, seed)), core, tmp_path, flags)
    statuses, outputs = _expected(seed)
    assert list(cost.statuses) == statuses
    found = zip(cost.statuses, cost.outputs, strict=True)
    assert [b"" if status else output for status, output in found] == outputs
