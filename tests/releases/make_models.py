# SPDX-License-Identifier: MIT
"""Trains small models with the scikit-learn release that runs this, and keeps its own answers.

    python -m venv old && old/bin/pip install "scikit-learn==1.3.2" "numpy<2" skops
    old/bin/python tests/releases/make_models.py

writes `files/1.3.2/`: a pickle or skops file a model, and `answers.npz` with rows and what this
release itself says of them: `names[i]` is "model rows method columns", and its numbers follow those
of `names[i - 1]` in `answers`. Nothing here knows of thumbling.
"""

from __future__ import annotations

import sys
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
import skops.io
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

# Rows for models whose name ends so.
_KINDS = {"holes": ("holes", "int16"), "scaled": ("float32", "int16", "edges")}
RELEASE = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
ROWS = 16

_RNG = np.random.default_rng(8)
X = _RNG.normal(size=(240, 4)) * [300.0, 40.0, 900.0, 5.0] + [0.0, 300.0, -100.0, 12.0]
_HEAT = X[:, 0] / 300 + (X[:, 1] - 300) / 40 + _RNG.normal(size=240) / 2
TWO = (_HEAT > 0.3).astype(int)
THREE = np.digitize(_HEAT, [-0.7, 0.8])
PAIR = np.column_stack([THREE, (X[:, 2] > 0).astype(int)])
VALUE = 3 * _HEAT + np.abs(X[:, 2]) / 500
VALUES = np.column_stack([VALUE, 40 * np.cos(X[:, 0] / 200)])
# Weights whose sums in a leaf lie far below 1.
WEIGHT = _RNG.uniform(1e-4, 6e-4, size=240)
HOLES = np.where(_RNG.random(X.shape) < 0.2, np.nan, X)


def _trees() -> Iterator[tuple[str, Any]]:
    small: dict[str, Any] = {"max_depth": 3, "random_state": 0}
    yield "tree", DecisionTreeClassifier(**small).fit(X, THREE)
    yield "tree_weighted", DecisionTreeClassifier(**small).fit(X, THREE, sample_weight=WEIGHT)
    yield "extra_tree", ExtraTreeClassifier(**small, class_weight="balanced").fit(X, TWO)
    yield "tree_pair", DecisionTreeClassifier(**small).fit(X, PAIR, sample_weight=WEIGHT)
    yield "tree_values", DecisionTreeRegressor(**small).fit(X, VALUES)
    yield "forest", RandomForestClassifier(3, **small).fit(X, THREE)
    yield (
        "forest_weighted",
        RandomForestClassifier(4, **small).fit(X, THREE, sample_weight=WEIGHT),
    )
    yield "forest_two", RandomForestClassifier(3, **small).fit(X, TWO, sample_weight=WEIGHT)
    yield (
        "forest_balanced",
        RandomForestClassifier(3, **small, class_weight="balanced").fit(X, THREE),
    )
    yield "forest_pair", ExtraTreesClassifier(3, **small).fit(X, PAIR, sample_weight=WEIGHT)
    yield "forest_value", RandomForestRegressor(2, **small).fit(X, VALUE)
    yield "forest_values", ExtraTreesRegressor(2, **small).fit(X, VALUES)
    model = make_pipeline(StandardScaler(), DecisionTreeRegressor(**small))
    yield "tree_scaled", model.fit(X, X[:, 1])
    yield "tree_holes", DecisionTreeClassifier(**small).fit(HOLES, THREE, sample_weight=WEIGHT)
    if RELEASE >= (1, 4):
        yield "forest_holes", RandomForestClassifier(3, **small).fit(HOLES, THREE)
    if RELEASE >= (1, 6):
        yield "extra_holes", ExtraTreesRegressor(2, **small).fit(HOLES, VALUE)


def _linear() -> Iterator[tuple[str, Any]]:
    yield "logistic_two", make_pipeline(StandardScaler(), LogisticRegression()).fit(X, TWO)
    yield "logistic_three", make_pipeline(RobustScaler(), LogisticRegression()).fit(X, THREE)
    if RELEASE < (1, 8):
        for scheme in ("ovr", "multinomial"):
            model = LogisticRegression(multi_class=scheme)
            yield f"logistic_{scheme}", make_pipeline(StandardScaler(), model).fit(X, THREE)
        model = LogisticRegression(multi_class="multinomial")
        yield "refused_multinomial_two", make_pipeline(StandardScaler(), model).fit(X, TWO)
        model = LogisticRegression(solver="liblinear")
        yield "logistic_liblinear", make_pipeline(StandardScaler(), model).fit(X, THREE)
    # One against the rest before 1.6, multinomial since.
    model = LogisticRegression(solver="newton-cholesky")
    yield "logistic_newton", make_pipeline(StandardScaler(), model).fit(X, THREE)
    yield "svc", make_pipeline(MinMaxScaler(clip=True), LinearSVC(dual=False)).fit(X, THREE)
    model = SGDClassifier(loss="log_loss", random_state=0)
    yield "sgd_two", make_pipeline(StandardScaler(), model).fit(X, TWO)
    model = SGDClassifier(loss="log_loss", random_state=0)
    yield "sgd_three", make_pipeline(MaxAbsScaler(), model).fit(X, THREE)
    yield "ridge_cv", RidgeClassifierCV().fit(X, TWO)
    yield "ridge_labels", make_pipeline(MaxAbsScaler(), RidgeClassifier()).fit(X, THREE)
    yield "ridge", Ridge().fit(X, VALUES)
    yield "least_squares", LinearRegression().fit(X, VALUE)
    model = SGDRegressor(random_state=0)
    yield "sgd_value", make_pipeline(MinMaxScaler(), model).fit(X, VALUE)


def _answers(model: Any, rows: Any) -> Iterator[tuple[str, Any]]:
    """What this release says, shape (rows, columns): of several outputs one after another."""
    for method in ("predict", "predict_proba", "decision_function"):
        if hasattr(model, method):
            answer = getattr(model, method)(rows)
            table = np.concatenate(answer, axis=1) if isinstance(answer, list) else answer
            yield method, np.asarray(table, dtype=np.float64).reshape(len(rows), -1)


def _edges(model: Any) -> Any:
    """Float32 rows at the thresholds of a tree behind a StandardScaler, where rounding shows."""
    scaler, tree = model[0], model[-1].tree_
    rows = []
    for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
        if feature >= 0:
            middle = np.float32(threshold * scaler.scale_[feature] + scaler.mean_[feature])
            for step in (-1, 0):
                row = X[0].astype(np.float32)
                row[feature] = middle + step * np.spacing(middle)
                rows.append(row)
    return np.array(rows[:ROWS])


def _save(model: Any, name: str, folder: Path, *, pickled: bool) -> None:
    if pickled:
        joblib.dump(model, folder / f"{name}.joblib", compress=("zlib", 9))
        return
    squeezed = zipfile.ZIP_DEFLATED
    skops.io.dump(model, folder / f"{name}.skops", compression=squeezed, compresslevel=9)


def main() -> None:
    """Write the files of the release that is installed here."""
    warnings.simplefilter("ignore")
    folder = Path(__file__).parent / "files" / sklearn.__version__
    folder.mkdir(parents=True, exist_ok=True)
    near = X[:ROWS] + _RNG.normal(size=(ROWS, 4))
    rows: dict[str, Any] = {
        "float32": near.astype(np.float32),
        "int16": np.rint(near).astype(np.int16),
        "holes": np.where(_RNG.random(near.shape) < 0.3, np.nan, near).astype(np.float32),
    }
    names: list[str] = []
    answers: list[Any] = []
    for number, (name, model) in enumerate([*_trees(), *_linear()]):
        # skops files are larger, so fewer.
        _save(model, name, folder, pickled=bool(number % 5))
        if name == "tree_scaled":
            rows["edges"] = _edges(model)
        for kind in _KINDS.get(name.rpartition("_")[2], ("float32", "int16")):
            for method, table in _answers(model, rows[kind]):
                names.append(f"{name} {kind} {method} {table.shape[1]}")
                answers.append(table.ravel())
    np.savez_compressed(
        folder / "answers.npz", **rows, names=np.array(names), answers=np.concatenate(answers)
    )
    print(f"{sklearn.__version__}: {len(list(folder.iterdir()))} files", file=sys.stderr)


if __name__ == "__main__":
    main()
