# SPDX-License-Identifier: MIT
"""Every certificate against the framework itself, in exact fractions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from tests.differential.proof_cases import (
    ProofCase,
    decomposition_case,
    hard_rows,
    linear_case,
    net_case,
    product_case,
    tree_case,
)

from thumbling.errors import DataError, InternalError, UnsupportedModelError
from thumbling.fidelity import Fidelity, ask, measure_fidelity, source_answers
from thumbling.frontends import lower
from thumbling.ir import DType, Graph, InputSpec, Output
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.source import Field, SourceGraph
from thumbling.quantize import net
from thumbling.quantize.lowering import available_fields, quantize
from thumbling.reference import evaluate

Rows = npt.NDArray[Any]
N_CASES = 120
# scikit-learn's own warnings about numbers that these cases are made of.
pytestmark = pytest.mark.filterwarnings("ignore")


def _graph(
    case: ProofCase, fields: tuple[Field, ...] | None, *, data: bool, precision: str = "auto"
) -> Graph:
    source = lower(case.model)
    return quantize(
        source,
        case.spec,
        fields or available_fields(source),
        "m",
        precision=precision,
        data=case.stored if data else None,
    )


def _errors_hold(output: Output, scales: Any, ours: Rows, theirs: Rows) -> int:
    """Assert |stored * scale - source| <= bound for every value; how many there were."""
    certificate = output.certificate
    bounds = certificate.bounds(len(scales))
    for row, (stored, said) in enumerate(zip(ours.tolist(), theirs.tolist(), strict=True)):
        for k, (q, value) in enumerate(zip(stored, said, strict=True)):
            if certificate.kind == "exact":
                assert float(q * scales[k]) == value, (row, k)
            else:
                error = abs(q * scales[k] - Fraction(value))
                assert error <= Fraction(bounds[k]), (row, k, float(error), bounds[k])
    return ours.size


def _check(case: ProofCase, graph: Graph, seed: int) -> int:
    """Check all outputs on hard rows that the proofs are about; how many numbers were proved."""
    rows = hard_rows(case, seed)
    try:
        rows = rows[ask(case.model, graph.input.real(rows)).kept]
    except DataError:
        return 0  # the source takes none of them
    if graph.domain is not None:
        rows = rows[graph.domain.holds(rows)]
    if not len(rows):
        return 0
    outputs, _ = evaluate(graph, rows)
    proved = 0
    for output in graph.outputs:
        if output.certificate.kind == "measured" or output.field == "label":
            continue
        theirs = source_answers(case.model, output.field, graph.input.real(rows))
        proved += _errors_hold(output, graph.scales(output), outputs[output.field], theirs)
    return proved


def _proved(case: ProofCase, seed: int, precision: str = "auto") -> int:
    """0 where the model is refused, with a reason."""
    try:
        graph = _graph(case, None, data=seed % 3 != 0, precision=precision)
    except UnsupportedModelError:
        return 0
    return _check(case, graph, seed)


@pytest.mark.parametrize("make", [linear_case, tree_case, decomposition_case, product_case])
def test_no_error_is_above_its_bound(make: Callable[[int], ProofCase]) -> None:
    proved = [_proved(make(seed), seed) for seed in range(N_CASES)]
    # Most of these cases must be compiled and proved, or the test says nothing.
    assert np.mean(np.array(proved) > 0) > 0.6


@pytest.mark.parametrize("precision", ["int8", "int16", "auto"])
def test_no_error_of_a_net_is_above_its_bound(
    precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the bound is too wide to be told."""
    monkeypatch.setattr(net, "_USEFUL", np.inf)
    proved = [_proved(net_case(seed), seed, precision) for seed in range(N_CASES // 3)]
    assert np.mean(np.array(proved) > 0) > 0.6


def _plain(kind: str, stored: Rows, *, scale: float = 1.0, offset: float = 0.0) -> InputSpec:
    n = stored.shape[1]
    names = tuple(f"x{j}" for j in range(n))
    return InputSpec(dtype=DType(kind), scale=(scale,) * n, offset=(offset,) * n, names=names)


def _linear(coef: Any, intercept: Any) -> Any:
    coef = np.asarray(coef)
    model = LinearRegression().fit(np.eye(coef.shape[-1]), np.zeros(coef.shape[-1]))
    model.coef_, model.intercept_ = coef, intercept
    return model


@pytest.mark.parametrize("kind", ["int16", "uint16"])
def test_small_integers_meet_float32_coefficients_in_float32(kind: str) -> None:
    """Counts around 30,000 and 12 features: float32 sums are off by much more than float64 ones."""
    rng = np.random.default_rng(0)
    stored = rng.integers(29_000, 31_000, (300, 12)).astype(kind)
    target = stored @ rng.normal(size=12)
    model = LinearRegression().fit(stored.astype(np.float32), target.astype(np.float32))
    assert model.coef_.dtype == np.float32
    case = ProofCase(model=model, spec=_plain(kind, stored), stored=stored)
    graph = _graph(case, None, data=True)
    assert _check(case, graph, 0) > 300
    # Not by giving up: the bound is small beside what the model answers.
    bound = graph.outputs[0].certificate.epsilon
    assert bound is not None
    assert bound < np.ptp(target) / 100


def test_an_offset_far_beyond_the_range_is_rounded_by_the_source() -> None:
    rng = np.random.default_rng(1)
    stored = rng.uniform(-1, 1, (200, 4)).astype(np.float32)
    model = _linear(np.array([0.75, -1.25, 1.0, 2.0]), -2.5 * 2.0**45)
    case = ProofCase(model=model, spec=_plain("float32", stored, offset=2.0**45), stored=stored)
    graph = _graph(case, None, data=True)
    assert _check(case, graph, 0) > 200
    bound = graph.outputs[0].certificate.epsilon
    assert bound is not None
    assert 2.0**-9 < bound < 1.0


@pytest.mark.parametrize("size", [1e36, 3e38, 1e-36])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_and_tiny_floats_keep_their_range(size: float, dtype: Any) -> None:
    rng = np.random.default_rng(2)
    stored = (rng.uniform(-1, 1, (200, 3)) * size).astype(np.float32)
    model = _linear((np.array([0.5, -0.25, 0.125]) / size).astype(dtype), dtype(0.5))
    case = ProofCase(model=model, spec=_plain("float32", stored), stored=stored)
    graph = _graph(case, None, data=True)
    assert _check(case, graph, 0) > 200
    bound = graph.outputs[0].certificate.epsilon
    assert bound is not None
    assert bound < (0.002 if size > 1 else 0.1)
    values = graph.real(graph.outputs[0], evaluate(graph, stored)[0]["value"])
    assert np.ptp(values) > 1.0


def test_sums_that_overflow_in_the_source_are_not_proved() -> None:
    stored = np.linspace(-1e36, 1e36, 40, dtype=np.float32)[:, None].repeat(3, axis=1)
    model = _linear(np.array([1e3, 1e3, 1e3], dtype=np.float32), np.float32(0))
    case = ProofCase(model=model, spec=_plain("float32", stored), stored=stored)
    certificate = _graph(case, None, data=True).outputs[0].certificate
    assert certificate.kind == "measured"
    assert "overflow" in certificate.reason


def test_probabilities_that_vanish_in_the_source_are_not_proved() -> None:
    """scikit-learn answers equal shares where all sigmoids are zero; ours are still different."""
    stored = np.arange(40, dtype=np.int16)[:, None].repeat(2, axis=1)
    model = SGDClassifier(loss="log_loss", random_state=0).fit(stored, np.arange(40) % 3)
    model.coef_ = -np.array([[30.0, 40.0], [50.0, 60.0], [70.0, 80.0]])
    model.intercept_ = np.zeros(3)
    case = ProofCase(model=model, spec=_plain("int16", stored), stored=stored)
    kinds = {o.field: o.certificate.kind for o in _graph(case, None, data=True).outputs}
    assert kinds == {"label": "bounded", "proba": "measured", "score": "bounded"}


@pytest.mark.parametrize("seed", [174, 185, 250])
def test_the_first_of_two_classes_is_a_sum_of_its_own(seed: int) -> None:
    """Weights make two shares of a leaf that are rounded apart: 1 - p is off where p is not."""
    rng = np.random.default_rng(seed)
    stored = rng.normal(size=(200, 3)).astype(np.float32)
    labels = stored[:, 0] + rng.normal(size=200) > 0
    weight = rng.uniform(0.1, 3, 200)
    shape = {"n_estimators": int(rng.choice([2, 3, 7, 10, 25])), "max_features": 1}
    leaves = int(rng.integers(2, 12))
    model = RandomForestClassifier(
        **shape, max_leaf_nodes=leaves, random_state=seed, bootstrap=False
    ).fit(stored, labels, weight)
    case = ProofCase(model=model, spec=_plain("float32", stored), stored=stored)
    assert _check(case, _graph(case, None, data=False), 0) > 300


def _measured(model: Any, source: SourceGraph, graph: Graph, stored: np.ndarray) -> Fidelity:
    """The fidelity of stored rows, the source asked about them."""
    asked = ask(model, graph.input.real(stored))
    return measure_fidelity(model, source, graph, asked, stored)


def test_a_broken_proof_is_an_internal_error_with_its_row() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(50, 2)).astype(np.float32)
    model = LinearRegression().fit(x, x[:, 0] * 3)
    source, spec = lower(model), _plain("float32", x)
    graph = quantize(source, spec, ("value",), "m", precision="auto", data=x)
    far = np.concatenate([x, x * 1000])
    # Rows outside the certified range prove nothing, whatever their error.
    found = _measured(model, source, graph, far)
    assert (found.rows, found.rows_outside_range) == (50, 50)
    assert found.epsilon is not None
    assert found.max_abs_error <= found.epsilon
    alone = _measured(model, source, graph, far[50:])
    assert (alone.rows, alone.rows_outside_range) == (50, 0)
    assert alone.max_abs_error > 1
    model.intercept_ += 1.0
    with pytest.raises(InternalError, match=r"row 1 .*stored \(-?0\.\d+, .*value 0 is") as caught:
        _measured(model, source, graph, far)
    assert caught.value.exit_code == 70


def test_a_broken_label_is_an_internal_error_with_its_row() -> None:
    x, y = load_iris(return_X_y=True)
    for model in (LogisticRegression(max_iter=500), RandomForestClassifier(5, random_state=0)):
        fitted = model.fit(x, y)
        source, spec = lower(fitted), _plain("float32", x)
        stored = spec.store(x)
        graph = quantize(source, spec, ("label",), "m", precision="auto", data=stored)
        assert _measured(fitted, source, graph, stored).label_agreement == 1.0
        op = next(op for op in graph.ops if op.output == "label")
        assert isinstance(op, ArgMax)
        turned = replace(op, groups=(2,))
        broken = replace(graph, ops=(*graph.ops[:-1], turned))
        with pytest.raises(InternalError, match=r"row \d+ .*the label is"):
            _measured(fitted, source, broken, stored)
