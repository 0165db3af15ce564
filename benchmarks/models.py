# SPDX-License-Identifier: MIT
"""The models that are measured, trained on data that scikit-learn ships, on integer features."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from thumbling.peers.subject import Subject

INPUTS = ("int16", "uint8", "float32")
ROWS = 200
_ADC_BITS = 12


def _scaled_logreg() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))


_TREE = partial(DecisionTreeClassifier, max_depth=8, random_state=0)
_FOREST = partial(RandomForestClassifier, 10, max_depth=10, random_state=0)
_LOGREG = partial(LogisticRegression, max_iter=5000)
_SVC = partial(LinearSVC, max_iter=20000, random_state=0)

MODELS: dict[str, tuple[str, Callable[[], Any]]] = {
    "dt8_iris": ("iris", _TREE),
    "dt8_wine": ("wine", _TREE),
    "dt8_bc": ("breast_cancer", _TREE),
    "dt8_digits": ("digits", _TREE),
    "rf10d10_bc": ("breast_cancer", _FOREST),
    "rf10d10_digits": ("digits", _FOREST),
    "logreg_digits": ("digits", _LOGREG),
    "linsvc_digits": ("digits", _SVC),
    "ridge_diab": ("diabetes", partial(Ridge, alpha=0.1)),
    "pipe_logreg_bc": ("breast_cancer", _scaled_logreg),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trained model, the rows it is measured on, and what scikit-learn says of them.

    Rows have the input type itself: stored and real value are the same number. Labels are the
    numbers from 0, so they are their own indices.
    """

    name: str
    input_type: str
    subject: Subject
    train_rows: npt.NDArray[Any]
    train_target: npt.NDArray[Any]


def _grid(fit: npt.NDArray[Any], x: npt.NDArray[Any], input_type: str) -> npt.NDArray[Any]:
    """`x` on the grid of an input type, ranges taken from the training rows `fit`."""
    if input_type == "float32":
        return x.astype(np.float32)
    if input_type == "uint8":
        low, span = fit.min(axis=0), np.ptp(fit, axis=0)
        # Data that are small integers already stay as they are, as a user would leave them.
        if (fit == np.round(fit)).all() and low.min() >= 0 and fit.max() <= 255:
            low, span = np.zeros_like(low), np.full_like(span, 255)
        scaled: npt.NDArray[Any] = (x - low) / np.where(span == 0, 1, span) * 255
        return np.asarray(np.clip(np.round(scaled), 0, 255), dtype=np.uint8)
    peak = np.abs(fit).max(axis=0)
    # One power of two per feature, so that its largest value fills a 12-bit converter.
    shift = np.floor(np.log2((2**_ADC_BITS - 1) / np.where(peak == 0, 1, peak)))
    if (fit == np.round(fit)).all():
        shift = np.zeros_like(shift)
    return np.asarray(np.clip(np.round(x * 2.0**shift), -32768, 32767), dtype=np.int16)


def _more_rows(x: npt.NDArray[Any], train: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """`x`, cut or filled with jittered training rows to `ROWS`."""
    missing = ROWS - len(x)
    if missing <= 0:
        return x[:ROWS]
    rng = np.random.default_rng(1)
    base = train[rng.integers(0, len(train), missing)]
    return np.vstack([x, base + rng.normal(size=base.shape) * train.std(axis=0) * 0.1])


def load_case(name: str, input_type: str) -> Case:
    """Train model `name` on features of `input_type`: every tool sees the same numbers."""
    dataset, make = MODELS[name]
    x, y = getattr(datasets, f"load_{dataset}")(return_X_y=True)
    regression = dataset == "diabetes"
    train, test, target, _ = train_test_split(
        x, y, test_size=0.3, random_state=0, stratify=None if regression else y
    )
    rows = _grid(train, _more_rows(test, train), input_type)
    grid = _grid(train, train, input_type)
    model = make()
    with warnings.catch_warnings():
        # Accuracy is not what is measured.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(grid, target)
    return Case(
        name=name,
        input_type=input_type,
        subject=Subject(
            model=model,
            rows=rows,
            expected=model.predict(rows).reshape(-1, 1),
            n_classes=0 if regression else len(model.classes_),
        ),
        train_rows=grid,
        train_target=target,
    )
