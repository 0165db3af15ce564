# SPDX-License-Identifier: MIT
"""The models whose compiled form is frozen: every class, input type, output and kind of code.

Trees are trained on small integers. Linear models are fitted and then rounded, since solvers
differ in the last bit between machines.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import ensemble, linear_model, preprocessing, svm, tree
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.pipeline import make_pipeline

_UNIT = 2.0**12
_INPUTS = ("float32", "int8", "uint8", "int16", "uint16", "int32")
_OPTIMIZE = ("size", "balanced", "speed")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A trained model, rows to compile it with, and options of `compile`."""

    name: str
    model: Any
    data: npt.NDArray[Any] | None
    options: dict[str, Any] = field(default_factory=dict)


@cache
def _set(name: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    load = {
        "digits": load_digits,
        "bc": load_breast_cancer,
        "wine": load_wine,
        "diab": load_diabetes,
    }[name]
    x, y = load(return_X_y=True)
    low, span = x.min(axis=0), np.ptp(x, axis=0)
    # Whole numbers from 0 to 100, which every input type holds.
    return np.round((x - low) / np.where(span == 0, 1, span) * 100), y


def _rounded(model: Any) -> Any:
    last = model[-1] if hasattr(model, "steps") else model
    for name in ("coef_", "intercept_"):
        value = getattr(last, name)
        setattr(last, name, np.round(np.asarray(value) * _UNIT) / _UNIT)
    for step in model[:-1] if hasattr(model, "steps") else ():
        for name in ("mean_", "scale_", "min_", "center_"):
            if getattr(step, name, None) is not None:
                value = np.maximum(np.round(getattr(step, name) * _UNIT), 1 - 2e9) / _UNIT
                setattr(step, name, np.where(value == 0, 1.0, value) if name == "scale_" else value)
    return model


def _fit(model: Any, data: str, *, outputs: int = 1, wide: bool = True) -> Any:
    x, y = _set(data)
    if outputs > 1:
        y = np.stack([y] + [np.roll(y, k) for k in range(1, outputs)], axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(x if wide else x.astype(np.float32), y)


@cache
def _trees() -> dict[str, tuple[Any, str]]:
    clf, reg = ensemble.RandomForestClassifier, ensemble.RandomForestRegressor
    extra = ensemble.ExtraTreesClassifier
    one, value = tree.DecisionTreeClassifier, tree.DecisionTreeRegressor
    return {
        "tree_digits": (_fit(one(max_depth=8, random_state=0), "digits"), "digits"),
        "tree_bc": (_fit(one(random_state=0), "bc"), "bc"),
        "tree_two_outputs": (_fit(one(max_depth=4, random_state=0), "wine", outputs=2), "wine"),
        "tree_value": (_fit(value(max_depth=5, random_state=0), "diab"), "diab"),
        "forest_digits": (_fit(clf(10, max_depth=8, random_state=0), "digits"), "digits"),
        "forest_bc": (_fit(clf(10, max_depth=6, random_state=0), "bc"), "bc"),
        "forest_wine": (_fit(clf(7, random_state=0), "wine"), "wine"),
        "forest_two": (_fit(clf(5, max_depth=4, random_state=0), "wine", outputs=2), "wine"),
        "extra_digits": (_fit(extra(8, max_depth=7, random_state=0), "digits"), "digits"),
        "forest_value": (_fit(reg(10, max_depth=6, random_state=0), "diab"), "diab"),
        "forest_values": (_fit(reg(5, max_depth=4, random_state=0), "diab", outputs=3), "diab"),
    }


@cache
def _linear() -> dict[str, tuple[Any, str]]:
    logistic = linear_model.LogisticRegression(max_iter=300)
    scaled = make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    spread = make_pipeline(preprocessing.MinMaxScaler(clip=True), linear_model.Ridge())
    robust = make_pipeline(preprocessing.RobustScaler(), svm.LinearSVC(random_state=0))
    log_loss = linear_model.SGDClassifier(loss="log_loss", random_state=0)
    models = {
        "logistic_digits": (logistic, "digits", 1),
        "logistic_bc": (linear_model.LogisticRegression(max_iter=300), "bc", 1),
        "scaled_bc": (scaled, "bc", 1),
        "svc_wine": (robust, "wine", 1),
        "sgd_wine": (log_loss, "wine", 1),
        "ridge_diab": (linear_model.Ridge(), "diab", 1),
        "ridge_clipped": (spread, "diab", 1),
        "linear_values": (linear_model.LinearRegression(), "diab", 3),
        "perceptron_wine": (linear_model.Perceptron(random_state=0), "wine", 1),
        "lasso_diab": (linear_model.Lasso(alpha=0.5), "diab", 1),
    }
    return {k: (_rounded(_fit(m, d, outputs=n)), d) for k, (m, d, n) in models.items()}


def cases() -> Iterator[Case]:
    """All of them, in one order."""
    for name, (model, data) in {**_trees(), **_linear()}.items():
        x = _set(data)[0][:200]
        for optimize in _OPTIMIZE:
            for output in (None, "all"):
                for input_type in _INPUTS:
                    if input_type in ("int8", "uint16") and optimize == "balanced":
                        continue
                    options = {"optimize": optimize, "input_type": input_type}
                    if output:
                        options["output"] = output
                    label = f"{name}-{input_type}-{optimize}-{output or 'first'}"
                    yield Case(name=label, model=model, data=x, options=options)
        yield Case(name=f"{name}-plain", model=model, data=None, options={})
