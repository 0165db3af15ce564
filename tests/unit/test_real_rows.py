# SPDX-License-Identifier: MIT
"""What the user gets: scikit-learn on his rows as they are, against the chip on stored ones."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, confusion_matrix, r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from thumbling.api.doubts import doubts
from thumbling.errors import DataError, ModelError
from thumbling.fidelity import RealRows, ask, read_truth
from thumbling.frontends import lower
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference import evaluate
from thumbling.report.words import compared, storing_changes

Rows = npt.NDArray[Any]
_BUNCH: Any = load_iris()
IRIS, SPECIES = _BUNCH.data, _BUNCH.target_names[_BUNCH.target]
_RNG = np.random.default_rng(0)
SHARES = _RNG.random((400, 4))
HALF = (SHARES[:, 0] + SHARES[:, 1] > 1).astype(int)
# Seconds since 1970, of one hour: in float32 a step is 128 of them.
HOUR = 1.7e9 + _RNG.integers(0, 3600, 300).astype(np.float64)[:, None]
PULSE = (HOUR[:, 0] % 300 < 150).astype(int)

CASES: dict[str, tuple[Any, Rows, Rows, dict[str, Any]]] = {
    "iris int8": (DecisionTreeClassifier(random_state=0), IRIS, SPECIES, {"input_type": "int8"}),
    "iris int8 by ten": (
        DecisionTreeClassifier(random_state=0),
        *(IRIS, SPECIES, {"input_type": "int8", "input_scale": 10.0}),
    ),
    "iris logistic": (LogisticRegression(max_iter=500), IRIS, SPECIES, {"input_type": "int8"}),
    "shares tree": (DecisionTreeClassifier(random_state=0), SHARES, HALF, {"input_type": "int16"}),
    "shares logistic": (LogisticRegression(C=100.0), SHARES, HALF, {"input_type": "int16"}),
    "unix time": (
        make_pipeline(StandardScaler(), LogisticRegression(C=1e6)),
        *(HOUR, (HOUR[:, 0] > 1.7e9 + 1800).astype(int), {}),
    ),
    "unix time scaled": (
        make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0)),
        *(HOUR, PULSE, {}),
    ),
}


def _differing(model: Any, compiled: Compilation, x: Rows) -> int:
    """Rows on which scikit-learn's predict and the reference do not say the same class."""
    outputs, _ = evaluate(compiled.graph, compiled.graph.input.store(x))
    return int((model.classes_[outputs["label"][:, 0]] != model.predict(x)).sum())


def _real(compiled: Compilation) -> RealRows:
    assert compiled.fidelity.on_real_rows is not None
    return compiled.fidelity.on_real_rows


@pytest.mark.parametrize("name", CASES)
def test_the_loss_by_storing_is_in_the_figures(name: str) -> None:
    model, x, y, options = CASES[name]
    model.fit(x, y)
    compiled = compile_model(model, Options(**options), x)
    differing = _differing(model, compiled, x)
    real = _real(compiled)
    assert (real.rows, real.rows_dropped) == (len(x), 0)
    assert real.label_agreement == (len(x) - differing) / len(x)
    assert sum(change.rows for change in real.label_changes) == differing
    assert differing > 0
    if "tree" in name or "int8" in name:
        assert compiled.fidelity.label_agreement == 1.0
    assert compiled.input.labels_changed
    # What is suggested loses less, and is what it says it is.
    best = compiled.input.suggestion
    assert best is not None
    assert best.labels_changed is not None
    assert best.labels_changed < compiled.input.labels_changed
    typed = {**options, "input_scale": best.scale, "input_offset": best.offset}
    again = compile_model(model, Options(**typed), x)
    assert again.input.labels_changed == best.labels_changed


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_is_lost_where_scikit_learn_itself_casts(dtype: Any) -> None:
    x = IRIS.astype(dtype)
    model = DecisionTreeClassifier(random_state=0).fit(x, SPECIES)
    compiled = compile_model(model, Options(), x)
    assert _real(compiled).label_agreement == 1.0
    assert (compiled.input.labels_changed, compiled.input.suggestion) == (0, None)


def test_figures_of_features_by_hand() -> None:
    x = np.array([[0.0, 1.7e9, -200.0], [0.4, 1.7e9 + 1280, 100.0], [1.0, 1.7e9 + 640, 3.3]])
    model = DecisionTreeClassifier(random_state=0).fit(x, [0, 1, 1])
    for kind, expected in {
        "int8": ((2 / 256, 2, 0, 1.0, 0.4), (1 / 256, 1, 3, 1.0, 1.7e9 + 1153.0)),
        "float32": ((1.0, (1 << 24) + 1, 0, 2.0**-24), (11 / (1 << 24), 11, 0, 128.0, 0.0)),
    }.items():
        features = compile_model(model, Options(input_type=kind), x).input.features
        for feature, figures in zip(features, expected, strict=False):
            got = (
                *(feature.used_of_range, feature.steps, feature.rows_saturated),
                *(feature.worst_step, feature.worst_error),
            )
            if feature.name == "x0" and kind == "float32":
                # Neighbours of 1 from below are 2**-24 apart, from above 2**-23.
                assert got[2:4] == (0, 2.0**-23)
                continue
            assert got == pytest.approx(figures, rel=1e-12)
    saturated = compile_model(model, Options(input_type="int8"), x).input.features[2]
    assert saturated.rows_saturated == 1
    assert saturated.worst_error == 72.0


def test_a_classifier_against_the_truth() -> None:
    model = LogisticRegression(C=0.05).fit(IRIS[::2], SPECIES[::2])
    truth = read_truth(model, lower(model), SPECIES, len(IRIS))
    compiled = compile_model(model, Options(input_type="int8"), IRIS, truth)
    real = _real(compiled)
    outputs, _ = evaluate(compiled.graph, compiled.graph.input.store(IRIS))
    chip = model.classes_[outputs["label"][:, 0]]
    said = {"source": model.predict(IRIS), "chip": chip}
    assert real.accuracy is not None
    assert real.confusion is not None
    for side, labels in said.items():
        assert getattr(real.accuracy, side) == accuracy_score(SPECIES, labels)
        expected = confusion_matrix(SPECIES, labels).tolist()
        assert [list(line) for line in getattr(real.confusion, side)] == expected
    right, right_too = said["source"] == SPECIES, chip == SPECIES
    assert real.right_by_source_alone == (right & ~right_too).sum() > 0
    assert real.right_by_chip_alone == (right_too & ~right).sum()
    assert (real.rmse, real.r2, real.rows_with_truth) == (None, None, 150)


@pytest.mark.parametrize("columns", [1, 3])
def test_a_regressor_against_the_truth(columns: int) -> None:
    x, y = load_diabetes(return_X_y=True)
    wanted = np.stack([y, x[:, 2] * 5000, -y][:columns], axis=1)
    model = Ridge().fit(x, wanted if columns > 1 else y)
    truth = read_truth(model, lower(model), wanted, len(x))
    options = Options(input_type="int8", input_scale=0.01)
    compiled = compile_model(model, options, x, truth)
    outputs, _ = evaluate(compiled.graph, compiled.graph.input.store(x))
    chip = compiled.graph.real(compiled.graph.outputs[0], outputs["value"])
    real = _real(compiled)
    assert real.rmse is not None
    assert real.r2 is not None
    for side, said in {"source": model.predict(x).reshape(len(x), -1), "chip": chip}.items():
        close = pytest.approx
        assert getattr(real.rmse, side) == close(root_mean_squared_error(wanted, said), rel=1e-12)
        assert getattr(real.r2, side) == close(r2_score(wanted, said), rel=1e-9)
    assert real.max_abs_error == np.abs(chip - model.predict(x).reshape(len(x), -1)).max()
    assert (real.label_agreement, real.accuracy, real.confusion) == (None, None, None)
    assert compiled.input.max_abs_change is not None
    assert compiled.input.max_abs_change > compiled.fidelity.max_abs_error


def test_classes_are_recognised_as_files_write_them() -> None:
    model = DecisionTreeClassifier(random_state=0).fit(IRIS, _BUNCH.target)
    source = lower(model)
    for given in (
        _BUNCH.target.astype(float),
        np.array([str(t) for t in _BUNCH.target]),
        np.array([f"{t}.0" for t in _BUNCH.target], dtype=object),
    ):
        assert (read_truth(model, source, given, 150).values[:, 0] == _BUNCH.target).all()
    some = _BUNCH.target.astype(float)
    some[:3] = np.nan
    truth = read_truth(model, source, some, 150)
    assert truth.known.tolist() == [False] * 3 + [True] * 147
    real = _real(compile_model(model, Options(), IRIS, truth))
    assert (real.rows, real.rows_with_truth) == (150, 147)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (SPECIES, "row 1 of the target is 'setosa', which is no class of the model"),
        (np.zeros(149), "149 entries for 150 rows"),
        (np.zeros((150, 2)), "2 columns, the model 1 outputs"),
        (np.full(150, 3), "row 1 of the target is '3'"),
    ],
)
def test_a_target_that_cannot_be_one(given: Rows, words: str) -> None:
    model = DecisionTreeClassifier(random_state=0).fit(IRIS, _BUNCH.target)
    with pytest.raises(DataError) as error:
        read_truth(model, lower(model), given, 150)
    assert words in error.value.message


def test_a_target_of_a_regressor_is_numbers() -> None:
    model = Ridge().fit(IRIS, _BUNCH.target)
    with pytest.raises(DataError, match="no number"):
        read_truth(model, lower(model), SPECIES, 150)
    empty = read_truth(model, lower(model), np.full(150, np.nan), 150)
    with pytest.raises(DataError, match="empty on every row"):
        compile_model(model, Options(), IRIS, empty)


def _with_missing() -> tuple[Rows, Rows]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3))
    x[np.arange(145), rng.integers(0, 3, 145)] = np.nan
    return x, (np.nan_to_num(x[:, 0], nan=1.0) > 0).astype(int)


def test_rows_with_missing_values_that_scikit_learn_answers_are_compared() -> None:
    x, y = _with_missing()
    model = RandomForestClassifier(10, random_state=0).fit(x, y)
    compiled = compile_model(model, Options(), x)
    assert (compiled.fidelity.rows, compiled.fidelity.rows_dropped) == (200, 0)
    assert (_real(compiled).rows, _real(compiled).rows_dropped) == (200, 0)
    assert _differing(model, compiled, x) == 0
    nothing = compile_model(model, Options(), np.full((7, 3), np.nan))
    assert (nothing.fidelity.rows, nothing.fidelity.label_agreement) == (7, 1.0)


def _narrow() -> tuple[Any, Rows]:
    """A tree that refuses great values, which its scaler sends beyond float32."""
    x = np.linspace(0, 1e-3, 50)[:, None]
    scaled = make_pipeline(MaxAbsScaler(), DecisionTreeClassifier(random_state=0))
    return scaled.fit(x, x[:, 0] > 4e-4), x


def test_rows_that_the_source_refuses_are_counted_and_named() -> None:
    model, x = _narrow()
    x = x.copy()
    x[[3, 7, 8, 20, 30, 31, 49]] = 1e37
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="too large"):
        model.predict(x)
    with warnings.catch_warnings(action="error"):
        compiled = compile_model(model, Options(), x)
    real = _real(compiled)
    assert (real.rows, real.rows_dropped) == (43, 7)
    assert real.dropped == (4, 8, 9, 21, 31)
    assert compiled.fidelity.rows_dropped == 7
    # They are no secret to the C: it must answer as the reference does.
    assert len(compiled.vectors) > 50


@pytest.mark.parametrize("count", [1, 64])
def test_nothing_compared_is_an_error(count: int) -> None:
    model, _ = _narrow()
    with pytest.raises(DataError) as error:
        compile_model(model, Options(), np.full((count, 1), 1e37))
    assert f"refuses every row of the data, {count} in all" in error.value.message
    with pytest.raises(DataError, match="no rows"):
        compile_model(model, Options(), np.empty((0, 1)))


def test_a_broken_model_is_not_blamed_on_the_data() -> None:
    model = LogisticRegression(max_iter=500).fit(IRIS, SPECIES)
    model.coef_ = model.coef_[:, :3]
    with pytest.raises(ModelError, match="fails on this model"):
        ask(model, IRIS)


def test_figures_that_no_output_has_are_not_told() -> None:
    tree = compile_model(DecisionTreeClassifier().fit(IRIS, SPECIES), Options(), IRIS)
    assert tree.fidelity.figures == (1.0, None)
    assert _real(tree).figures == (1.0, None)
    ridge = compile_model(Ridge().fit(IRIS, _BUNCH.target), Options(), IRIS)
    assert ridge.fidelity.figures == (None, ridge.fidelity.max_abs_error)
    assert _real(ridge).label_agreement is None


def test_classes_that_differ_by_a_leading_zero_are_two() -> None:
    y = np.where(_BUNCH.target == 0, "01", "1")
    model = DecisionTreeClassifier(random_state=0).fit(IRIS, y)
    truth = read_truth(model, lower(model), y, 150)
    assert (truth.values[:, 0] == (y == "1")).all()
    with pytest.raises(DataError, match=r"'1\.0', which is no class"):
        read_truth(model, lower(model), y.astype(float), 150)


def test_each_of_several_values_has_its_own_worst_error() -> None:
    y = IRIS[:, :3] * [5000.0, 0.001, 1000.0]
    model = LinearRegression().fit(IRIS, y)
    options = Options(input_type="int8", input_scale=0.5)
    compiled = compile_model(model, options, IRIS)
    real, graph = _real(compiled), compiled.graph
    stored = graph.input.store(IRIS)
    chip = graph.real(graph.outputs[0], evaluate(graph, stored)[0]["value"])
    for measured, source in (
        (compiled.fidelity, model.predict(graph.input.real(stored))),
        (real, model.predict(IRIS)),
    ):
        errors = np.abs(chip - source).max(axis=0)
        assert measured.max_abs_errors == tuple(errors.tolist())
        assert measured.max_abs_error == errors.max()


def test_rows_where_nothing_is_proved_are_counted_apart() -> None:
    model = make_pipeline(StandardScaler(), LinearRegression())
    model.fit(IRIS[:, :3].astype(np.float32), IRIS[:, 3].astype(np.float32))
    found = compile_model(model, Options()).fidelity
    assert found.made_rows
    assert found.rows_outside_range > 0 < found.rows
    assert found.epsilon is not None
    assert found.max_abs_error <= found.epsilon
    assert any("more outside the certified range" in clause for clause in compared(found))


def test_a_value_that_is_stuck_is_warned_of() -> None:
    x = np.random.default_rng(0).normal(size=(300, 3))
    # Its range is so small that the scaler takes it for a constant, and says nothing of its size.
    model = make_pipeline(MinMaxScaler(), LinearRegression()).fit(x * 1e-30, x.sum(axis=1))
    compiled = compile_model(model, Options(), x * 1e-30)
    assert compiled.fidelity.stuck_values == (0,)
    said = list(doubts(compiled, Options(), x * 1e-30))
    assert any("the same on all rows, the source's is not" in sentence for sentence in said)
    constant = LinearRegression().fit(x, np.full(300, 2.5))
    assert compile_model(constant, Options(), x).fidelity.stuck_values == ()


def test_a_regressor_that_storing_moves_is_warned_of_though_nothing_does_better() -> None:
    model = DecisionTreeRegressor(random_state=0).fit(SHARES, np.sin(2000 * SHARES[:, 0]))
    compiled = compile_model(model, Options(input_type="int8", input_scale="auto"), SHARES)
    assert compiled.input.suggestion is None
    assert compiled.input.part_of_range is not None
    assert compiled.input.part_of_range > 0.01
    said = storing_changes(compiled.input)
    assert said is not None
    assert "no scale and offset of that type do better" in said


def test_a_small_value_that_storing_moves_is_not_hidden_by_a_large_one() -> None:
    seconds = HOUR - 1.7e9
    y = np.column_stack([seconds * 1e6, seconds % 300 < 150])
    model = DecisionTreeRegressor(random_state=0).fit(seconds, y)
    options = Options(input_type="int16", input_scale=20.0)
    compiled = compile_model(model, options, seconds)
    stored = compiled.graph.input
    moved = np.abs(model.predict(stored.real(stored.store(seconds))) - model.predict(seconds))
    parts = moved.max(axis=0) / np.ptp(model.predict(seconds), axis=0)
    assert parts[0] < 0.01 < parts[1]
    assert compiled.input.part_of_range == parts[1]
    assert compiled.input.max_abs_change == moved.max()
    assert storing_changes(compiled.input) is not None


def test_a_bound_is_set_beside_the_range_of_rows_it_holds_for() -> None:
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(IRIS[:, :3], IRIS[:, 3])
    compiled = compile_model(model, Options())
    graph = compiled.graph
    assert graph.domain is not None
    inside = graph.domain.holds(compiled.vectors)
    assert 0 < inside.sum() < len(inside)
    values = graph.real(graph.outputs[0], evaluate(graph, compiled.vectors[inside])[0]["value"])
    assert compiled.output_ranges["value"] == ((values.min(), values.max()),)
