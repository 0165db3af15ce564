# SPDX-License-Identifier: MIT
"""Ensembles of models: what scikit-learn says, the source graph and the reference."""

from __future__ import annotations

import numpy as np
import pytest
from tests.differential.ensembles import MEASURED, MODELS
from tests.differential.meta_cases import compiled, proved, same_as_source

from thumbling.ir.ops.blend import Blend
from thumbling.ir.ops.trees import TreeEnsemble


@pytest.mark.parametrize("name", MODELS)
def test_the_source_graph_says_what_scikit_learn_says(name: str) -> None:
    same_as_source(*MODELS[name], exact=False)


@pytest.mark.parametrize("name", [n for n in MODELS if n not in MEASURED])
def test_everything_is_proved(name: str) -> None:
    made = compiled(*MODELS[name], "int16")
    proved(made)
    assert made.fidelity.label_agreement >= 0.999


@pytest.mark.parametrize("name", MEASURED)
def test_what_is_not_proved_says_why(name: str) -> None:
    made = compiled(*MODELS[name], "int8")
    reasons = [output.certificate.reason for output in made.graph.outputs]
    assert any(MEASURED[name] in reason for reason in reasons)
    assert made.fidelity.certificate == "measured"
    assert made.fidelity.label_agreement == 1.0


@pytest.mark.parametrize("name", ["bagged trees", "bagged values", "bagged pairs", "soft trees"])
def test_trees_that_are_averaged_are_one_forest(name: str) -> None:
    ops = compiled(*MODELS[name], "float32").graph.ops
    assert sum(isinstance(op, TreeEnsemble) for op in ops) == 1
    assert not any(isinstance(op, Blend) for op in ops)


@pytest.mark.parametrize("name", ["rest", "rest of margins"])
def test_linear_members_are_one_layer(name: str) -> None:
    ops = compiled(*MODELS[name], "int16", output="label").graph.ops
    assert [type(op).__name__ for op in ops] == ["Dense", "ArgMax"]


def test_votes_of_trees_are_exact_whatever_their_weights() -> None:
    (label,) = compiled(*MODELS["hard trees"], "float32").graph.outputs
    assert label.certificate.kind == "exact"


def test_many_members_need_few_tensors_at_once() -> None:
    made = compiled(*MODELS["bagged logistic"], "int16", output="proba")
    blends = [op for op in made.graph.ops if isinstance(op, Blend)]
    assert len(blends) == 2
    assert max(len(op.inputs) for op in blends) == 4
    assert np.ptp(made.expected["proba"], axis=0).min() > 0
