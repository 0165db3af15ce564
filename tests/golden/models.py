# SPDX-License-Identifier: MIT
"""Small models whose C is the same on every machine.

Trees are trained on few small integers, so that thresholds are halves and shares are short;
linear models are given their coefficients instead of being fitted, since solvers differ in the
last bit between BLAS libraries.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from thumbling.api.origin import Origin
from thumbling.options import Variable
from thumbling.pipeline import Compilation, Options, compile_model

VERSION = "0.0.0"
_SHA256 = "0123456789abcdef" * 4
_STEP = np.arange(24)
DATA = np.stack([_STEP % 6, _STEP // 6, (_STEP * 7) % 11], axis=1).astype(np.float32)
_THREE = (_STEP % 6 + _STEP // 6) // 3
_TWO = (_STEP * 7 % 11 > 5).astype(int)


def _scaled_logistic() -> Any:
    scaler = StandardScaler()
    scaler.mean_, scaler.scale_ = np.array([2.5, 1.5, 5.0]), np.array([2.0, 1.0, 4.0])
    scaler.var_, scaler.n_features_in_, scaler.n_samples_seen_ = scaler.scale_**2, 3, 24
    model = LogisticRegression()
    model.coef_ = np.array([[0.5, -0.25, 1.0], [-1.5, 0.75, 0.125], [1.0, -0.5, -1.125]])
    model.intercept_ = np.array([0.25, -0.5, 0.25])
    model.classes_, model.n_features_in_, model.n_iter_ = np.arange(3), 3, np.array([1])
    return make_pipeline(scaler, model)


def _forest(target: np.ndarray[Any, Any]) -> Any:
    return RandomForestClassifier(3, max_depth=3, bootstrap=False, random_state=1).fit(DATA, target)


def _tree() -> Any:
    names = np.array(["idle", 'sha"ke /* up', "tap? */"])[_THREE]
    return DecisionTreeClassifier(random_state=0).fit(DATA, names)


def _two_sizes() -> Any:
    model = LinearRegression().fit(DATA, np.stack([_STEP, _STEP], axis=1))
    model.coef_ = np.array([[1000.0, -250.0, 125.0], [0.0009765625, 0.0, -0.001953125]])
    model.intercept_ = np.array([5000.0, 0.00048828125])
    return model


def compile_golden(name: str) -> Compilation:
    """One of `GOLDEN`, compiled by a version that no release changes."""
    model, options = GOLDEN[name]()
    # One of an object in Python, one whose command is long: what both look like.
    file, sha256 = (None, None) if name == "forest" else (f"{name}.joblib", _SHA256)
    data = None if name == "forest_binary" else Variable("data") if file is None else "rows.csv"
    given = {"board": "nucleo_f401re", "data": data, **options}
    origin = Origin(file=file, sha256=sha256, options=given).header_lines()
    with patch("thumbling.codegen.module.__version__", VERSION):
        return compile_model(model, Options(name=name, **options), DATA, origin=origin)


GOLDEN: dict[str, Any] = {
    "tree_straight": lambda: (_tree(), {"optimize": "speed", "output": "all"}),
    "tree_bytes": lambda: (
        _tree(),
        {"optimize": "size", "output": "all", "input_type": "int16", "input_scale": 0.5},
    ),
    "forest": lambda: (_forest(_THREE), {"input_type": "int16", "output": "all"}),
    "forest_binary": lambda: (
        _forest(_TWO),
        {"optimize": "size", "output": "all", "input_type": "uint8"},
    ),
    "regressor": lambda: (
        DecisionTreeRegressor(max_depth=3, random_state=0).fit(DATA, _STEP * 0.25 - 3),
        {"input_type": "int8", "optimize": "speed"},
    ),
    "values_of_two_sizes": lambda: (_two_sizes(), {"input_type": "int16"}),
    "accelerometer_forest": lambda: (
        _forest(_THREE),
        {"optimize": "size", "output": "all"},
    ),
    "label_in_passes": lambda: (
        _forest(np.stack([_STEP // 2, _STEP % 12, 11 - _STEP // 2], axis=1)),
        {"optimize": "size", "output": "label", "input_type": "int16"},
    ),
    # 36 letters and more: the name alone forces breaks that shorter ones never see.
    "wearable_accelerometer_gesture_classifier": lambda: (
        _forest(_THREE),
        {"optimize": "speed", "output": "all", "input_type": "int16", "input_scale": 0.125},
    ),
    "wearable_accelerometer_gesture_probability": lambda: (_scaled_logistic(), {"output": "all"}),
    "scaled_logistic": lambda: (_scaled_logistic(), {"input_type": "int16", "output": "all"}),
    "logistic_label": lambda: (_scaled_logistic(), {"input_type": "int16", "optimize": "size"}),
    "block_logistic": lambda: (_scaled_logistic(), {"output": "all", "constants": "block"}),
    "float_logistic": lambda: (_scaled_logistic(), {"output": "all"}),
}
