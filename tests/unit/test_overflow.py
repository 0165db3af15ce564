# SPDX-License-Identifier: MIT
"""No model breaks a report: infinite thresholds, sources that overflow, NumPy set to raise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tests.unit.source_graphs import forest_of, seen_by

import thumbling
from thumbling.fidelity import ask
from thumbling.frontends import lower
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference import evaluate
from thumbling.vectors import sample_rows

_RNG = np.random.default_rng(5)
X = _RNG.normal(size=(120, 3)) * [300.0, 40.0, 0.5] + [0.0, 300.0, 1.0]
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 310)
VALUE = X @ [0.01, 1.0, 20.0]
HOLES = np.where(_RNG.random(X.shape) < 0.4, np.nan, X)
# Missing or not is all there is to know.
GAPS = np.where(np.arange(360).reshape(120, 3) % 7 < 3, np.nan, X)

LINEAR: dict[str, Any] = {
    "ridge": make_pipeline(StandardScaler(), Ridge()),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "clip": make_pipeline(MinMaxScaler(clip=True), LogisticRegression()),
    "svc": make_pipeline(RobustScaler(), LinearSVC()),
    "labels": make_pipeline(MaxAbsScaler(), RidgeClassifier()),
    "sgd": make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)),
    "plain": LogisticRegression(max_iter=2000),
}


def _zoo() -> Iterator[tuple[str, Any]]:
    yield from LINEAR.items()
    small: dict[str, Any] = {"max_depth": 4, "random_state": 0}
    yield "tree", make_pipeline(MinMaxScaler(clip=True), DecisionTreeClassifier(**small))
    yield "values", make_pipeline(StandardScaler(), DecisionTreeRegressor(**small))
    yield "forest", RandomForestClassifier(5, **small)
    yield "extra", make_pipeline(MaxAbsScaler(), ExtraTreesRegressor(5, **small))


ZOO = dict(_zoo())


def fitted(name: str, dtype: type) -> Any:
    """A model of the zoo, fitted on float32 or float64."""
    regression = name in ("ridge", "values", "extra")
    return ZOO[name].fit(X.astype(dtype), VALUE if regression else Y)


def compiled(model: Any, input_type: str, data: Any) -> Compilation:
    return compile_model(model, Options(input_type=input_type, output="all"), data)


@pytest.mark.parametrize("data", [None, X.astype(np.float32)], ids=["made", "data"])
@pytest.mark.parametrize("input_type", ["float32", "int16"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ZOO)
def test_numpy_set_to_raise_changes_nothing(
    name: str, dtype: type, input_type: str, data: Any
) -> None:
    """Importing emlearn does that to the whole process."""
    model = fitted(name, dtype)
    plain = compiled(model, input_type, data)
    with np.errstate(all="raise"):
        done = compiled(model, input_type, data)
        rows = sample_rows(done.graph, done.vectors, len(done.vectors) + 300)
        outputs, _ = evaluate(done.graph, rows)
    assert done.c == plain.c
    assert done.vectors.tobytes() == plain.vectors.tobytes()
    assert done.expected_bytes == plain.expected_bytes
    assert done.fidelity == plain.fidelity
    for field, values in plain.expected.items():
        assert np.array_equal(outputs[field][: len(values)], values)


def test_the_whole_compile_under_numpy_set_to_raise(tmp_path: Path) -> None:
    with np.errstate(all="raise"):
        done = thumbling.compile(
            fitted("clip", np.float64),
            data=X,
            board="nucleo-f401",
            builder="none",
            verify=(),
            out=tmp_path / "out",
        )
        tiny = np.array([[1e-300, 1e-45, 1e300]])
        with pytest.raises(thumbling.errors.DataError, match="1e\\+300"):
            done.predict(tiny)
        done.predict(np.minimum(tiny, 1.0))


@pytest.mark.parametrize("name", LINEAR)
def test_sources_that_overflow_on_made_rows_are_measured_on_the_others(
    tmp_path: Path, name: str
) -> None:
    """Fitted on float32 they multiply in float32, which the limits of float32 leave."""
    model = fitted(name, np.float32)
    done = thumbling.compile(
        model, board="nucleo-f401", output="all", builder="none", verify=(), out=tmp_path / "out"
    )
    text = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
    report = json.loads(text, parse_constant=pytest.fail)
    fidelity = report["fidelity"]
    assert fidelity["rows"] > 100
    assert np.isfinite(fidelity["max_abs_error"])
    assert done.report.fidelity.max_abs_error == fidelity["max_abs_error"]


def test_no_row_that_overflows_is_compared() -> None:
    model = fitted("ridge", np.float32)
    done = compiled(model, "float32", None)
    with np.errstate(all="ignore"):
        finite = ask(model, done.vectors).kept.copy()
        finite[finite] = np.isfinite(model.predict(done.vectors[finite]))
    assert 0 < finite.sum() < len(done.vectors)
    assert done.fidelity.rows + done.fidelity.rows_outside_range == finite.sum()


def _infinite(model: Any) -> int:
    trees = forest_of(lower(model)).trees
    return sum(int(np.isinf(tree.threshold).sum()) for tree in trees)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier().fit(GAPS[:, :1], np.isnan(GAPS[:, 0]).astype(int)),
        RandomForestClassifier(5, random_state=0).fit(GAPS, np.isnan(GAPS).sum(axis=1)),
        RandomForestRegressor(5, random_state=0).fit(GAPS, np.isnan(GAPS) @ [1.0, 2.0, 4.0]),
        make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(GAPS, np.isnan(GAPS[:, 1])),
    ],
    ids=["tree", "forest", "values", "scaled"],
)
def test_missing_against_the_rest_is_an_infinite_threshold(model: Any) -> None:
    assert _infinite(model)
    done = compiled(model, "float32", None)
    assert np.isfinite(done.fidelity.max_abs_error)
    assert done.fidelity.rows > 100
    # Both sides of such a split are met, and the answers are the framework's.
    with np.errstate(all="ignore"):
        seen = seen_by(forest_of(done.source), done.source, done.vectors).astype(np.float32)
    kept = ~(np.isinf(done.vectors) | np.isinf(seen)).any(axis=1)
    rows = done.vectors[kept]
    missing = np.isnan(rows).any(axis=1)
    assert missing.any()
    assert not missing.all()
    field = "label" if "label" in done.expected else "value"
    said = np.asarray(model.predict(rows), dtype=np.float64)
    ours = done.graph.real(done.graph.outputs[0], done.expected[field][kept])[:, 0]
    bound = 0.0 if field == "label" else done.graph.outputs[0].certificate.epsilon or 0.0
    assert np.abs(ours - said).max() <= bound
    assert sample_rows(done.graph, done.vectors, 2000).shape == (2000, done.vectors.shape[1])


@pytest.mark.parametrize("seed", range(4))
def test_forests_trained_with_gaps_need_no_data(seed: int) -> None:
    model = RandomForestClassifier(10, random_state=seed).fit(HOLES, Y)
    assert compiled(model, "float32", None).fidelity.rows > 100
