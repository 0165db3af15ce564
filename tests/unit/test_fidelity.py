# SPDX-License-Identifier: MIT
"""Which rows the proof decides: ties of whole votes are exact, others lie inside the bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from tests.unit.source_graphs import forest_of

from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.quantize.row_bounds import gap_errors
from thumbling.reference import evaluate

SETS = {
    "iris": load_iris(return_X_y=True),
    "wine": load_wine(return_X_y=True),
    "breast_cancer": load_breast_cancer(return_X_y=True),
    "digits": load_digits(return_X_y=True),
}


def _compile(kind: Any, name: str, output: str = "label") -> tuple[Any, Compilation]:
    x, y = SETS[name]
    model = kind(10, max_depth=8, random_state=0).fit(x[::2], y[::2])
    return model, compile_model(model, Options(name="m", output=output), x)


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("name", SETS)
def test_no_row_of_the_shipped_sets_is_open(name: str, kind: Any) -> None:
    _, compiled = _compile(kind, name)
    assert compiled.fidelity.rows == len(SETS[name][0])
    assert compiled.fidelity.rows_inside_bound == 0
    assert compiled.fidelity.label_agreement == 1.0


@pytest.mark.parametrize("name", ["breast_cancer", "digits"])
def test_the_errors_of_gaps_bound_what_is_seen(name: str) -> None:
    model, compiled = _compile(ExtraTreesClassifier, name, "proba")
    x, _ = SETS[name]
    stored = compiled.graph.input.store(x)
    outputs, _ = evaluate(compiled.graph, stored)
    ours = compiled.graph.real(compiled.graph.outputs[0], outputs["proba"])
    theirs = model.predict_proba(x)
    best = theirs.argmax(axis=1)
    rows = np.arange(len(x))
    seen = (ours[rows, best][:, None] - ours) - (theirs[rows, best][:, None] - theirs)
    source, ensemble = compiled.source, compiled.graph.ops[0]
    assert isinstance(ensemble, TreeEnsemble)
    bound = gap_errors(source, forest_of(source), compiled.graph, ensemble, stored, best)
    # 2**-51: what the float64 arithmetic of this test itself rounds.
    assert (np.abs(seen) <= bound + 2.0**-51).all()
    assert (bound[rows, best] < 2.0**-45).all()
    certificate = compiled.graph.outputs[0].certificate
    assert certificate.epsilon is not None
    assert 0 < bound.max() <= 2 * certificate.epsilon


def _stumps(shares: list[list[int]]) -> RandomForestClassifier:
    """A forest of trees without splits; `shares[t][k]` samples of class k in tree t."""
    width = len(shares[0])
    x, y = np.zeros((width, 1)), np.arange(width)
    forest = RandomForestClassifier(len(shares), bootstrap=False, random_state=0).fit(x, y)
    forest.estimators_ = [
        DecisionTreeClassifier(random_state=0).fit(x, y.astype(float), sample_weight=counts)
        for counts in shares
    ]
    return forest


@pytest.mark.parametrize(
    ("shares", "inside"),
    [
        ([[5, 0, 0], [0, 5, 0]], 0),  # a tie of whole votes
        ([[1, 2, 0], [2, 1, 0]], 0),  # a tie of thirds, which float64 keeps
        ([[1, 2, 0], [0, 2, 1]], 0),  # thirds, but no tie
        # 1/10 + 2/10 + 4/10 against 3/10 + 4/10: a tie, but not in float64
        ([[1, 3, 2, 2, 2], [2, 0, 3, 3, 2], [4, 4, 1, 1, 0]], 2),
    ],
)
def test_ties(shares: list[list[int]], inside: int) -> None:
    data = np.zeros((2, 1))
    compiled = compile_model(_stumps(shares), Options(name="m"), data)
    assert compiled.fidelity.rows_inside_bound == inside


@pytest.mark.parametrize("n_trees", [9, 10])
@pytest.mark.parametrize("name", ["breast_cancer", "iris"])
def test_whole_votes_are_ones(name: str, n_trees: int) -> None:
    x, y = SETS[name]
    model = RandomForestClassifier(n_trees, random_state=0).fit(x[::2], y[::2])
    compiled = compile_model(model, Options(name="m", output="all"), x)
    trees = compiled.graph.ops[0]
    assert isinstance(trees, TreeEnsemble)
    assert set(trees.leaf.ravel().tolist()) == {0, 1}
    assert compiled.graph.tensors[trees.output].high == n_trees
    assert compiled.fidelity.certificate == "exact"
    assert compiled.fidelity.label_agreement == 1.0
    assert compiled.fidelity.max_abs_error < 2.0**-50
