# SPDX-License-Identifier: MIT
"""Random columns side by side: codes, bins, gaps and numbers, each with a step of its kind."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Rows = npt.NDArray[Any]
INPUTS = ("float32", "int8", "uint8", "int16", "int32")
MODELS: dict[str, Callable[[], Any]] = {
    "tree": lambda: DecisionTreeClassifier(max_depth=6, random_state=0),
    "forest": lambda: RandomForestClassifier(5, max_depth=5, random_state=0),
    "logistic": lambda: LogisticRegression(),
    "tree value": lambda: DecisionTreeRegressor(max_depth=6, random_state=0),
    "forest value": lambda: RandomForestRegressor(4, max_depth=5, random_state=0),
    "ridge": lambda: Ridge(),
}
N_ROWS = 150


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnCase:
    """A fitted pipeline, the rows it was fitted on, and the type of its input."""

    model: Any
    data: Rows
    input_type: str


def _scaler(rng: np.random.Generator) -> Any:
    makers: list[Callable[[], Any]] = [
        StandardScaler,
        RobustScaler,
        MaxAbsScaler,
        lambda: MinMaxScaler(clip=True),
    ]
    return makers[rng.integers(len(makers))]()


def _for_codes(rng: np.random.Generator, *, gaps: bool) -> Any:
    makers: list[Callable[[], Any]] = [
        OneHotEncoder,
        lambda: OneHotEncoder(handle_unknown="ignore", drop="first"),
        lambda: OneHotEncoder(sparse_output=False, dtype=np.float32, handle_unknown="ignore"),
        lambda: OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist"),
        lambda: OrdinalEncoder(encoded_missing_value=-3),
        lambda: OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
        ),
        lambda: make_pipeline(OrdinalEncoder(max_categories=3), SimpleImputer()),
        lambda: make_pipeline(OneHotEncoder(handle_unknown="ignore"), MaxAbsScaler()),
    ]
    if not gaps:
        makers += [
            lambda: make_pipeline(OrdinalEncoder(), StandardScaler()),
            lambda: make_pipeline(OrdinalEncoder(), OneHotEncoder(handle_unknown="ignore")),
            lambda: make_pipeline(OneHotEncoder(handle_unknown="ignore"), VarianceThreshold()),
        ]
    return makers[rng.integers(len(makers))]()


def _for_numbers(rng: np.random.Generator, *, gaps: bool) -> Any:
    makers: list[Callable[[], Any]] = [
        lambda: _scaler(rng),
        lambda: Binarizer(threshold=float(rng.normal())),
        lambda: KBinsDiscretizer(3, encode="ordinal", strategy="uniform"),
        lambda: KBinsDiscretizer(4, encode="onehot", strategy="kmeans", random_state=0),
        lambda: KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform", dtype=np.float32),
        lambda: make_pipeline(StandardScaler(), Binarizer(threshold=0.25)),
        lambda: FeatureUnion(
            [("s", StandardScaler()), ("b", Binarizer())], transformer_weights={"s": 0.3}
        ),
        lambda: SelectKBest(k=1),
        lambda: "passthrough",
    ]
    if gaps:
        makers = [
            lambda: make_pipeline(SimpleImputer(), _scaler(rng)),
            lambda: make_pipeline(_scaler(rng), SimpleImputer(strategy="median")),
            lambda: SimpleImputer(strategy="constant", fill_value=-7.5, add_indicator=True),
            lambda: make_pipeline(SimpleImputer(strategy="most_frequent"), Binarizer()),
            lambda: FeatureUnion([("i", SimpleImputer()), ("m", MissingIndicator(features="all"))]),
        ]
    return makers[rng.integers(len(makers))]()


def _data(rng: np.random.Generator, kind: str, *, gaps: bool) -> tuple[Rows, list[int], list[int]]:
    """Rows that the type holds, and which columns are codes and which numbers."""
    n_codes, n_numbers = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    low = 0 if kind == "uint8" else -2
    codes = [rng.choice([low, 0, 1, 2, 7], N_ROWS, p=[0.3, 0.3, 0.2, 0.15, 0.05])] * n_codes
    codes = [rng.permutation(column) for column in codes]
    numbers = [rng.normal(size=N_ROWS) * 15 + 40 for _ in range(n_numbers)]
    x = np.stack([*codes, *numbers], axis=1)
    if kind != "float32":
        x = np.clip(np.rint(x), 0 if kind == "uint8" else -127, 127)
    elif gaps:
        x[rng.random(x.shape) < 0.15] = np.nan
    order = rng.permutation(x.shape[1])
    place = np.argsort(order)
    return x[:, order], place[:n_codes].tolist(), place[n_codes:].tolist()


def column_case(seed: int) -> ColumnCase:
    """The same seed, the same case; what is missing only where the input is float32."""
    rng = np.random.default_rng([seed, 77])
    kind = INPUTS[seed % len(INPUTS)]
    gaps = kind == "float32" and bool(rng.random() < 0.6)
    x, codes, numbers = _data(rng, kind, gaps=gaps)
    parts = [("c", _for_codes(rng, gaps=gaps), codes), ("n", _for_numbers(rng, gaps=gaps), numbers)]
    if len(numbers) > 1:
        parts = [*parts[:1], ("n", parts[1][1], numbers[:1])]
        parts.append(("m", _for_numbers(rng, gaps=gaps), numbers[1:]))
    columns = ColumnTransformer(parts, sparse_threshold=float(rng.choice([0.0, 1.0])))
    full = np.nan_to_num(x)
    truth = full[:, codes[0]] * 9 + full[:, numbers[0]] + rng.normal(size=N_ROWS)
    name = list(MODELS)[(seed // len(INPUTS)) % len(MODELS)]
    y: Any = truth if name.endswith(("value", "ridge")) else np.digitize(truth, [35, 50])
    if name == "logistic" and rng.random() < 0.5:
        y = np.array(["low", "high"])[(truth > 42).astype(int)]
    model = make_pipeline(columns, MODELS[name]())
    with warnings.catch_warnings(action="ignore"):
        model.fit(x.astype(np.float32 if rng.random() < 0.5 else np.float64), y)
    return ColumnCase(model=model, data=x, input_type=kind)
