# SPDX-License-Identifier: MIT
"""The printed graph after each pass, against golden files: what a pass does is read in a diff.

Renew with `pytest tests/golden --update-golden` and read the diff.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from thumbling.frontends import lower
from thumbling.ir import Graph
from thumbling.ir.graph import INPUT
from thumbling.ir.ops.gather import Gather
from thumbling.ir.printer import print_graph
from thumbling.ir.types import TensorType
from thumbling.passes import PASSES
from thumbling.pipeline import Options, input_spec
from thumbling.quantize.lowering import choose_fields, quantize
from thumbling.reference import evaluate
from thumbling.vectors import make_vectors

FILES = Path(__file__).with_name("passes")


def _grid(n: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    x = rng.integers(-40, 200, size=(80, n)).astype(float)
    return x, (x[:, 0] > 20) * 1 + (x[:, 1] > 90)


def _quantized(model: Any, data: Any, **options: Any) -> Graph:
    chosen = Options(**options)
    source = lower(model)
    spec = input_spec(source, chosen)
    fields = choose_fields(source, chosen.output)
    return quantize(source, spec, fields, "m", precision="auto", data=spec.store(data))


def _unreachable() -> Graph:
    """Thresholds beyond int8: one side of such a split is never taken."""
    x, y = _grid(2)
    return _quantized(DecisionTreeClassifier(max_depth=4).fit(3 * x, y), x, input_type="int8")


def _scaled() -> Graph:
    """A pipeline whose scaler is in the thresholds."""
    x, y = _grid(3)
    forest = RandomForestClassifier(2, max_depth=2, random_state=0)
    return _quantized(make_pipeline(StandardScaler(), forest).fit(x, y), x, input_type="int16")


def _gathers() -> Graph:
    """A gather of a gather, and one that changes nothing."""
    graph = _unreachable()
    twice = np.array([1, 0], dtype=np.int32)
    zeros = np.zeros(2, dtype=np.int32)
    first = Gather(inputs=(INPUT,), output="turned", source=zeros, column=twice)
    second = Gather(inputs=("turned",), output="back", source=zeros, column=twice)
    third = Gather(inputs=("back",), output="same", source=zeros, column=twice[::-1].copy())
    low, high = graph.input.dtype.bounds
    kind = TensorType(shape=(2,), low=low, high=high)
    trees = replace(graph.ops[0], inputs=("same",))
    return replace(
        graph,
        ops=(first, second, third, trees, *graph.ops[1:]),
        tensors={"turned": kind, "back": kind, "same": kind, **graph.tensors},
    )


CASES = {"unreachable": _unreachable, "scaled": _scaled, "gathers": _gathers}


@pytest.mark.parametrize("case", CASES)
def test_the_graph_after_each_pass(case: str, request: pytest.FixtureRequest) -> None:
    graph = CASES[case]()
    rows = make_vectors(graph, None, count=64)
    wanted = evaluate(graph, rows, check=True)[0]
    texts = {"0-quantized": print_graph(graph)}
    for number, step in enumerate(PASSES, start=1):
        graph = step.run(graph)
        texts[f"{number}-{step.name}"] = print_graph(graph)
        answers = evaluate(graph, rows, check=True)[0]
        assert all((answers[field] == wanted[field]).all() for field in wanted)
    for name, text in texts.items():
        path = FILES / case / f"{name}.txt"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name}: see --update-golden"


def test_no_golden_is_left_over() -> None:
    numbers = {f"{n}-{step.name}" for n, step in enumerate(PASSES, start=1)} | {"0-quantized"}
    found = {path.relative_to(FILES).with_suffix("") for path in FILES.glob("*/*.txt")}
    assert found == {Path(case) / name for case in CASES for name in numbers}
