# SPDX-License-Identifier: MIT
"""ColumnTransformer and FeatureUnion: every way to name columns, weights, frames, refusals."""

from __future__ import annotations

import warnings
from collections import UserList
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from tests.unit.asked_steps import same_as_sklearn
from tests.unit.source_graphs import step_source, transformed

from thumbling.api import reference
from thumbling.errors import ModelError, UnsupportedModelError
from thumbling.frontends import lower
from thumbling.pipeline import Options, compile_model

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(size=(80, 3)) * 20, RNG.integers(0, 4, (80, 2))], axis=1)
Y = X[:, 0] > X[:, 3]
NAMES = ["speed", "load", "heat", "mode", "gear"]
FRAME = pd.DataFrame(X, columns=NAMES)
TYPES = (np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32)

POSITIONS: dict[str, Any] = {
    "list": [2, 0],
    "negative": [-1, -5],
    "array": np.array([1, 3]),
    "slice": slice(1, 4),
    "open slice": slice(None, -2),
    "backwards": slice(4, None, -2),
    "mask": [True, False, True, False, False],
    "mask array": np.array([False, True, True, False, False]),
    "callable": lambda x: [0, 1],
    "empty": [],
    "tuple": (4, 0),
}


@pytest.mark.parametrize("remainder", ["drop", "passthrough", StandardScaler()])
@pytest.mark.parametrize("name", POSITIONS)
def test_columns_by_position(name: str, remainder: Any) -> None:
    parts = [("a", StandardScaler(), POSITIONS[name]), ("b", "passthrough", [0])]
    step = ColumnTransformer(parts, remainder=remainder).fit(X)
    for dtype in TYPES:
        assert same_as_sklearn(step, np.abs(X).astype(dtype)) == len(X)


BY_NAME: dict[str, Any] = {
    "list": ["heat", "speed"],
    "array": np.array(["load", "gear"]),
    "index": pd.Index(["mode"]),
    "slice": slice("load", "mode"),
    "open slice": slice("heat", None),
    "callable": make_column_selector("^[sl]"),
    "mask": np.array([False, True, True, False, False]),
    "position": [2, 1],
}


@pytest.mark.parametrize("output", [None, "pandas"])
@pytest.mark.parametrize("remainder", ["drop", "passthrough", StandardScaler()])
@pytest.mark.parametrize("name", BY_NAME)
def test_columns_of_frames(name: str, remainder: Any, output: Any) -> None:
    parts = [("a", StandardScaler(), BY_NAME[name]), ("b", "drop", [0])]
    step = ColumnTransformer(parts, remainder=remainder).set_output(transform=output).fit(FRAME)
    for dtype in (np.float32, np.float64, np.int16):
        frame = FRAME.astype(dtype)
        found = transformed(step, frame.to_numpy())
        np.testing.assert_array_equal(found, np.asarray(step.transform(frame)))


def test_how_old_releases_keep_the_remainder() -> None:
    step = ColumnTransformer([("a", StandardScaler(), [0])], remainder="passthrough").fit(X)
    name, inner, columns = step.transformers_[-1]
    wanted = transformed(step, X)
    step.transformers_[-1] = (name, inner, UserList(columns))
    np.testing.assert_array_equal(transformed(step, X), wanted)
    step.transformers_[-1] = (name, "passthrough", columns)
    np.testing.assert_array_equal(transformed(step, X), wanted)


@pytest.mark.parametrize("weights", [None, {"a": 0.1}, {"a": 2.0, "b": -3.5}, {"b": 1}, {"a": 3}])
def test_weights_multiply_as_numpy_does(weights: Any) -> None:
    parts = [("a", StandardScaler()), ("b", "passthrough"), ("c", "drop")]
    union = FeatureUnion(parts, transformer_weights=weights).fit(X)
    columns = ColumnTransformer(
        [("a", RobustScaler(), [0, 1]), ("b", "passthrough", [2])], transformer_weights=weights
    ).fit(X)
    for step in (union, columns):
        for dtype in TYPES:
            assert same_as_sklearn(step, np.abs(X).astype(dtype)) == len(X)


def test_integer_weights_of_integers_are_refused() -> None:
    """uint8 columns times 2 overflow in the source; 2.0 makes them floats."""
    parts = [("a", StandardScaler()), ("b", "passthrough")]
    with pytest.raises(UnsupportedModelError, match="may overflow") as caught:
        step_source(FeatureUnion(parts, transformer_weights={"b": 2}).fit(X))
    assert "2.0" in caught.value.hint
    with pytest.raises(UnsupportedModelError, match="float64, not a plain number"):
        step_source(FeatureUnion(parts, transformer_weights={"a": np.float64(2)}).fit(X))


@pytest.mark.parametrize(
    "scaler", [StandardScaler(with_mean=False), MaxAbsScaler(), RobustScaler(with_centering=False)]
)
@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_sparse_matrices_are_scaled_by_reciprocals(scaler: Any, threshold: float) -> None:
    codes = ColumnTransformer(
        [("c", OneHotEncoder(handle_unknown="ignore"), [3, 4]), ("n", "passthrough", [0, 1])],
        sparse_threshold=threshold,
    )
    step = make_pipeline(codes, scaler).fit(X)
    for dtype in (np.float32, np.float64, np.int16):
        assert same_as_sklearn(step, X.astype(dtype)) == len(X)
    union = make_pipeline(FeatureUnion([("c", OneHotEncoder()), ("n", "passthrough")]), scaler)
    assert same_as_sklearn(union.fit(X), X) == len(X)


def test_a_model_by_names_is_asked_with_frames() -> None:
    columns = ColumnTransformer(
        [("n", StandardScaler(), ["heat", "speed"]), ("c", OneHotEncoder(), ["mode"])]
    )
    for last in (LogisticRegression(), RandomForestClassifier(4, random_state=0)):
        model = make_pipeline(columns, last).fit(FRAME, Y)
        source = lower(model)
        assert source.frame == tuple(NAMES)
        assert source.feature_names == tuple(NAMES)
        with warnings.catch_warnings(action="error"):
            compiled = compile_model(model, Options(output="all"), X)
        assert (compiled.fidelity.rows, compiled.fidelity.label_agreement) == (80, 1.0)
        assert compile_model(model, Options()).fidelity.rows > 100
    assert lower(make_pipeline(StandardScaler(), Ridge()).fit(FRAME, Y)).frame == ()


def test_data_may_have_their_columns_in_another_order(tmp_path: Path) -> None:
    columns = ColumnTransformer(
        [("n", StandardScaler(), ["heat", "speed"])], remainder="passthrough"
    )
    model = make_pipeline(columns, LogisticRegression()).fit(FRAME, Y)
    turned = FRAME[NAMES[::-1]].assign(other=1.0)
    turned.to_csv(tmp_path / "rows.csv", index=False)
    chip = reference(model, data=tmp_path / "rows.csv")
    wanted = model.predict(FRAME)
    assert (chip.predict(turned) == wanted).all()
    assert (chip.predict(FRAME) == wanted).all()
    assert (chip.predict(X) == wanted).all()


def test_a_union_knows_its_features_by_its_first_member() -> None:
    nested = FeatureUnion([("d", "drop"), ("u", FeatureUnion([("s", StandardScaler())]))])
    model = make_pipeline(nested, Ridge()).fit(X, Y)
    assert lower(model).n_features == 5
    dropped = make_pipeline(FeatureUnion([("d", "drop"), ("s", StandardScaler())]), Ridge())
    dropped.fit(X, Y).steps[0][1].transformer_list[1] = ("s", "drop")
    with pytest.raises(UnsupportedModelError, match="drops every column"):
        lower(dropped)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "nothing left": (lambda: ColumnTransformer([("a", "drop", [0])]), "drops every column"),
    "a vector": (
        lambda: ColumnTransformer([("a", FunctionTransformer(np.atleast_2d), "heat")]),
        "as a vector",
    ),
    "a function": (
        lambda: ColumnTransformer([("a", FunctionTransformer(np.exp), ["heat"])]),
        "Python function",
    ),
    "validated": (
        lambda: FeatureUnion([("a", FunctionTransformer(validate=True))]),
        "validate",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    make, why = REFUSED[name]
    step = make()
    if name == "a vector":
        step = ColumnTransformer([("a", StandardScaler(), ["heat"])]).fit(FRAME)
        step.transformers_[0] = ("a", step.transformers_[0][1], "heat")
    else:
        step.fit(FRAME)
    with pytest.raises(UnsupportedModelError, match=why):
        step_source(step)


def _edited(columns: Any = None, **changes: Any) -> Any:
    step = ColumnTransformer([("a", StandardScaler(), ["heat", "load"])]).fit(FRAME)
    if columns is not None:
        step.transformers_[0] = ("a", step.transformers_[0][1], columns)
    vars(step).update(changes)
    return step


HOSTILE: tuple[Callable[[], Any], ...] = (
    lambda: _edited(["heat", "cold"]),
    lambda: _edited(["heat", 3]),
    lambda: _edited([99, 1]),
    lambda: _edited([-6, 1]),
    lambda: _edited([0.5, 1]),
    lambda: _edited([[0], [1]]),
    lambda: _edited({"heat": 1}),
    lambda: _edited([True, False]),
    lambda: _edited(slice("heat", "cold")),
    lambda: _edited(slice(0, 10**9)),
    lambda: _edited(slice(0, 3, 0)),
    lambda: _edited(slice(0.5, 2)),
    lambda: _edited([1, 2, 3]),
    lambda: _edited(transformers_=[("a", StandardScaler())]),
    lambda: _edited(transformers_="none"),
    lambda: _edited(transformers_=[("a", "other", [0])]),
    lambda: _edited(transformers_=[("a", StandardScaler(), [0])]),
    lambda: _edited(feature_names_in_=np.array(["a", "b"])),
    lambda: _edited(feature_names_in_=None),
    lambda: _edited(transformer_weights=[1.0]),
    lambda: _edited(transformer_weights={"a": np.inf}),
    lambda: _edited(transformer_weights={"a": float("nan")}),
    lambda: _edited(transformer_weights={"a": "heavy"}),
    lambda: _edited(sparse_output_=None),
    lambda: _edited(n_jobs=10**9),
)


@pytest.mark.parametrize("index", range(len(HOSTILE)))
def test_an_edited_transformer_is_refused(index: int) -> None:
    with pytest.raises(ModelError):
        step_source(HOSTILE[index]())


def test_a_transformer_that_holds_itself_is_refused() -> None:
    step = _edited()
    step.transformers_ = [("a", step, [0, 1, 2, 3, 4])]
    with pytest.raises(ModelError, match="nests more than"):
        step_source(step)
    union = FeatureUnion([("s", StandardScaler())]).fit(X)
    union.transformer_list[0] = ("s", union)
    with pytest.raises(ModelError, match="nests more than"):
        lower(Pipeline([("u", union), ("m", Ridge())]))


def test_a_refusal_shows_where() -> None:
    columns = ColumnTransformer([("num", StandardScaler(), [0, 1]), ("cat", KernelPCA(), [2, 3])])
    model = Pipeline([("columns", columns), ("model", Ridge())]).fit(X, Y)
    with pytest.raises(UnsupportedModelError) as caught:
        lower(model)
    assert caught.value.where == (
        "Pipeline(columns: ColumnTransformer(num: StandardScaler, cat: KernelPCA), model: Ridge)\n"
        "                                                              ^^^^^^^^^"
    )
    assert caught.value.where in str(caught.value)
