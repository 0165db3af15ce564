# SPDX-License-Identifier: MIT
"""What `--dump-ir` shows: every stage once, in order, from the source to the schedule."""

from __future__ import annotations

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from thumbling.ir.printer import print_graph
from thumbling.passes import PASSES
from thumbling.pipeline import Options, compile_model
from thumbling.stages import stages


def test_every_stage_is_shown_in_order() -> None:
    x, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    compilation = compile_model(model, Options(), x)
    shown = list(stages(compilation, "balanced"))
    wanted = ["source", "quantized", *(step.name for step in PASSES), "schedule"]
    assert [name for name, _ in shown] == [f"{k}-{n}" for k, n in enumerate(wanted, start=1)]
    texts = dict(shown)
    assert "score = Linear(scaled) : 3 numbers" in texts["1-source"]
    assert "Step(kind='sub', values=float64[4] 5.84333" in texts["1-source"]
    assert texts["2-quantized"] == print_graph(compilation.quantized)
    # The last pass leaves what is compiled, and the schedule covers it.
    assert shown[-2][1] == print_graph(compilation.graph)
    assert all(op.output in shown[-1][1] for op in compilation.graph.ops)
