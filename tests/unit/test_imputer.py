# SPDX-License-Identifier: MIT
"""SimpleImputer and MissingIndicator as source ops, against scikit-learn bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor
from tests.unit.asked_steps import same_as_sklearn
from tests.unit.source_graphs import step_source

from thumbling.errors import ModelError, UnsupportedModelError
from thumbling.frontends import lower

TYPES = (np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32)


def _data(dtype: Any = np.float64) -> Any:
    """Column 1 has no gaps, column 3 nothing else."""
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(60, 4)) * 9, 1)
    x[rng.random(60) < 0.3, 0] = np.nan
    x[rng.random(60) < 0.3, 2] = np.nan
    x[:, 3] = np.nan
    return x.astype(dtype)


STEPS: dict[str, Callable[[], Any]] = {
    "mean": lambda: SimpleImputer(),
    "median": lambda: SimpleImputer(strategy="median"),
    "most frequent": lambda: SimpleImputer(strategy="most_frequent"),
    "zero": lambda: SimpleImputer(strategy="constant"),
    "constant": lambda: SimpleImputer(strategy="constant", fill_value=0.1),
    "kept": lambda: SimpleImputer(keep_empty_features=True),
    "kept constant": lambda: SimpleImputer(
        strategy="constant", fill_value=-3, keep_empty_features=True
    ),
    "indicated": lambda: SimpleImputer(add_indicator=True),
    "indicated and kept": lambda: SimpleImputer(add_indicator=True, keep_empty_features=True),
    "indicator": lambda: MissingIndicator(),
    "all indicators": lambda: MissingIndicator(features="all"),
    "any indicator": lambda: MissingIndicator(error_on_new=False),
}


@pytest.mark.parametrize("fitted", [np.float32, np.float64])
@pytest.mark.parametrize("asked", TYPES)
@pytest.mark.parametrize("name", STEPS)
def test_what_is_missing_is_filled_as_scikit_learn_does(name: str, asked: Any, fitted: Any) -> None:
    step = STEPS[name]().fit(_data(fitted))
    rows = _data()
    if np.dtype(asked).kind != "f":
        rows = np.abs(np.nan_to_num(rows))
    else:
        rows[0, 0], rows[1, 3], rows[2, 1] = np.inf, -np.inf, np.nan
    taken = same_as_sklearn(step, rows.astype(asked))
    # Constants fitted on floats are refused by integers, in every row.
    refused = "constant" in str(step) and np.dtype(asked).kind != "f"
    assert taken == 0 if refused else taken >= 57


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
def test_integers_stay_integers(strategy: str) -> None:
    x = np.arange(30).reshape(10, 3)
    step = SimpleImputer(strategy=strategy).fit(x)
    assert same_as_sklearn(step, x.astype(np.int16)) == 10
    holes = x.astype(np.float32)
    holes[3, 1] = np.nan
    assert same_as_sklearn(step, holes) == 10


def test_nan_is_taken_column_by_column() -> None:
    """A model takes NaN where any column may hold one; each column says so for itself."""
    x = np.nan_to_num(_data())[:, :3]
    gaps = make_pipeline(
        ColumnTransformer([("i", SimpleImputer(), [1])], remainder=StandardScaler()), Ridge()
    )
    source = lower(gaps.fit(x, x[:, 0]))
    assert source.takes_nan
    assert [source.answers_nan("x", column) for column in range(3)] == [False, True, False]
    codes = ColumnTransformer([("c", OneHotEncoder(), [0]), ("s", "passthrough", [1, 2])])
    source = lower(make_pipeline(codes, Ridge()).fit(x, x[:, 0]))
    assert not source.takes_nan
    trees = lower(make_pipeline(codes, DecisionTreeRegressor()).fit(x, x[:, 0]))
    # What an encoder makes sparse is refused by trees where something is missing.
    assert not trees.takes_nan
    codes.set_params(sparse_threshold=0)
    trees = lower(make_pipeline(codes, DecisionTreeRegressor()).fit(x, x[:, 0]))
    assert [trees.answers_nan("x", column) for column in range(3)] == [False, True, True]


def _edited(**changes: Any) -> Any:
    step = SimpleImputer(add_indicator=True).fit(_data())
    vars(step).update(changes)
    return step


@pytest.mark.parametrize(
    "changes",
    [
        {"statistics_": np.zeros(2)},
        {"statistics_": np.array(["a", "b", "c", "d"], dtype=object)},
        {"statistics_": np.full(4, np.nan)},
        {"statistics_": np.array([0.0, np.inf, 1.0, 2.0])},
        {"statistics_": [0.0, 1.0]},
        {"missing_values": -1},
        {"missing_values": "NaN"},
        {"missing_values": None},
        {"keep_empty_features": True},
        {"keep_empty_features": "yes"},
        {"add_indicator": 3},
        {"indicator_": None},
        {"indicator_": MissingIndicator()},
        {"_fill_dtype": np.dtype(object)},
        {"n_features_in_": 9},
    ],
)
def test_an_edited_step_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        step_source(_edited(**changes))


def test_numbers_that_stand_for_missing_ones_are_refused_with_what_to_do() -> None:
    step = SimpleImputer(missing_values=-1).fit(np.array([[1.0], [-1.0]]))
    with pytest.raises(UnsupportedModelError, match="takes -1 for missing") as caught:
        step_source(step)
    assert "NaN" in caught.value.hint
