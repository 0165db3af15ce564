# SPDX-License-Identifier: MIT
"""Bounds of tensors on the way are data: kept by passes and JSON, and they hold on every row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from thumbling.codegen.module import schedule
from thumbling.errors import InternalError
from thumbling.ir.graph import Bound
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.ir.verifier import verify
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference.evaluate import tensor_values
from thumbling.schedule.plan import plan_of

X, Y = load_iris(return_X_y=True)


@pytest.fixture(scope="module", params=["float32", "int16"])
def compiled(request: pytest.FixtureRequest) -> Compilation:
    """Components of a PCA, and scores of a linear model of them."""
    model = make_pipeline(StandardScaler(), PCA(2), StandardScaler(), LogisticRegression())
    scale = None if request.param == "float32" else "auto"
    options = Options(input_type=request.param, input_scale=scale, output="all")
    return compile_model(model.fit(X, Y), options, X)


def test_every_number_on_the_way_is_within_its_bound(compiled: Compilation) -> None:
    graph, source = compiled.graph, compiled.source
    assert len(graph.bounds) >= 3
    stored = graph.input.store(X)
    values = tensor_values(graph.ops, graph.tensors, stored)
    real = source.run(graph.input.real(stored), *source.widths)
    seen = 0
    for tensor, bound in graph.bounds.items():
        if tensor not in source.widths:
            continue
        scales = np.array([float(s) for s in graph.tensors[tensor].scales])
        error = np.abs(values[tensor] * scales - real[tensor]).max(axis=0)
        assert (error <= np.array(bound.epsilons) * (1 + 1e-12)).all(), tensor
        seen += 1
    assert seen >= 2


def test_files_keep_them_and_the_plan_shows_them(compiled: Compilation) -> None:
    graph = compiled.graph
    assert graph_from_json(graph_to_json(graph)).bounds == graph.bounds
    plan = plan_of(schedule(graph, "balanced"))
    shown = {tensor.name: tensor.error for tensor in plan.tensors}
    for tensor, bound in graph.bounds.items():
        assert shown[tensor] == max(bound.epsilons)


def test_a_bound_of_nothing_is_refused(compiled: Compilation) -> None:
    graph = compiled.graph
    extra = Bound(epsilons=(0.5,), where="every stored input")
    for bounds in ({"nothing": extra}, {"score": extra}):
        with pytest.raises(InternalError, match="bound"):
            verify(replace(graph, bounds=bounds))
