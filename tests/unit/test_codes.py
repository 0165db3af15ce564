# SPDX-License-Identifier: MIT
"""Binarizer, KBinsDiscretizer and the encoders as source ops, against scikit-learn bit for bit."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import Binarizer, KBinsDiscretizer, OneHotEncoder, OrdinalEncoder
from tests.unit.asked_steps import beside, same_as_sklearn
from tests.unit.source_graphs import step_source

from thumbling.errors import ModelError, UnsupportedModelError

TYPES = (np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32)
CODES = np.array([-2.0, 0.0, 0.1, 1.0, 3.0, 100.0])
NAN = np.append(CODES, np.nan)
# Of these, 3.0 and 100.0 are rare.
OFTEN = np.repeat(CODES, [5, 6, 7, 8, 1, 1])


def _column(values: Any) -> Any:
    return np.asarray(values)[:, np.newaxis]


BINS: dict[str, Callable[[], Any]] = {
    "half": lambda: Binarizer(threshold=0.5),
    "rounded": lambda: Binarizer(threshold=0.1),
    "of numpy": lambda: Binarizer(threshold=np.float64(0.1)),
    "zero": lambda: Binarizer(),
    "negative zero": lambda: Binarizer(threshold=-0.0),
    "whole": lambda: Binarizer(threshold=1),
    "uniform": lambda: KBinsDiscretizer(4, encode="ordinal", strategy="uniform"),
    "quantile": lambda: KBinsDiscretizer(
        3, encode="ordinal", quantile_method="averaged_inverted_cdf"
    ),
    "kmeans": lambda: KBinsDiscretizer(3, encode="ordinal", strategy="kmeans", random_state=0),
    "sparse": lambda: KBinsDiscretizer(3, strategy="uniform"),
    "dense": lambda: KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"),
    "float32": lambda: KBinsDiscretizer(3, encode="ordinal", strategy="uniform", dtype=np.float32),
    "float64": lambda: KBinsDiscretizer(3, encode="onehot", strategy="uniform", dtype=np.float64),
}
ENCODERS: dict[str, Callable[[], Any]] = {
    "plain": lambda: OneHotEncoder(),
    "ignored": lambda: OneHotEncoder(handle_unknown="ignore"),
    "first": lambda: OneHotEncoder(drop="first"),
    "chosen": lambda: OneHotEncoder(drop=[0.1], handle_unknown="ignore"),
    "binary": lambda: OneHotEncoder(drop="if_binary", sparse_output=False),
    "small": lambda: OneHotEncoder(dtype=np.int8, sparse_output=False),
    "rare": lambda: OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist"),
    "rare ignored": lambda: OneHotEncoder(min_frequency=2, handle_unknown="ignore"),
    "rare refused": lambda: OneHotEncoder(min_frequency=2, handle_unknown="error"),
    "rare warned": lambda: OneHotEncoder(min_frequency=2, handle_unknown="warn"),
    "few": lambda: OneHotEncoder(max_categories=3, drop="first", handle_unknown="ignore"),
    "ordinal": lambda: OrdinalEncoder(),
    "ordinal float32": lambda: OrdinalEncoder(dtype=np.float32),
    "unknown": lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "unknown NaN": lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
    "integers": lambda: OrdinalEncoder(
        dtype=np.int16, handle_unknown="use_encoded_value", unknown_value=99
    ),
    "rare ordinal": lambda: OrdinalEncoder(min_frequency=2),
    "rare unknown": lambda: OrdinalEncoder(
        max_categories=3, handle_unknown="use_encoded_value", unknown_value=-7
    ),
    "missing": lambda: OrdinalEncoder(encoded_missing_value=-5),
    "missing unknown": lambda: OrdinalEncoder(
        encoded_missing_value=-0.25, handle_unknown="use_encoded_value", unknown_value=-1
    ),
}


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", BINS)
def test_bins_on_and_beside_their_edges(name: str, dtype: Any) -> None:
    with warnings.catch_warnings(action="ignore"):
        step = BINS[name]().fit(_column(np.append(OFTEN, [0.5, 7.0, 30.0])))
    edges = step.bin_edges_[0] if hasattr(step, "bin_edges_") else [step.threshold]
    taken = same_as_sklearn(step, beside(edges, dtype))
    assert taken >= 3


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("nan", [False, True])
@pytest.mark.parametrize("name", ENCODERS)
def test_codes_on_and_beside_what_is_known(name: str, nan: bool, dtype: Any) -> None:
    step = ENCODERS[name]()
    if nan and np.dtype(getattr(step, "dtype", float)).kind == "i":
        pytest.skip("integers have no NaN")
    step.fit(_column(np.append(OFTEN, [np.nan] * 4) if nan else OFTEN))
    taken = same_as_sklearn(step, beside(CODES, dtype))
    assert taken >= 3


@pytest.mark.parametrize("fitted", [np.float32, np.int64, np.uint8])
@pytest.mark.parametrize("asked", TYPES)
def test_codes_fitted_on_another_type(fitted: Any, asked: Any) -> None:
    codes = np.array([0, 3, 7, 200]).astype(fitted)
    for step in (OneHotEncoder(handle_unknown="ignore"), OrdinalEncoder()):
        assert same_as_sklearn(step.fit(_column(codes)), beside(codes, asked)) >= 3


def test_several_columns_keep_their_own_codes() -> None:
    rng = np.random.default_rng(0)
    x = np.stack([rng.integers(0, 3, 60), rng.integers(5, 9, 60), rng.integers(-2, 0, 60)], axis=1)
    rows = np.concatenate([x, rng.integers(-3, 10, (200, 3))]).astype(np.float32)
    for step in (OneHotEncoder(drop="if_binary"), OrdinalEncoder()):
        assert 60 <= same_as_sklearn(step.fit(x.astype(float)), rows) < len(rows)


def test_only_sorted_codes_are_monotone() -> None:
    """What a tree may look through without computing it."""
    for step, sense in (
        (Binarizer(), 1),
        (KBinsDiscretizer(3, encode="ordinal", strategy="uniform"), 1),
        (OrdinalEncoder(), 1),
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), 0),
        (OneHotEncoder(drop=[0.1]), 0),
    ):
        source = step_source(step.fit(_column(OFTEN)))
        trace = source.trace(source.prediction.fields["value"].name)
        assert trace is not None
        assert trace.sense[0] == sense


def _edited(step: Any, **changes: Any) -> Any:
    step.fit(_column(NAN if isinstance(step, OrdinalEncoder) else OFTEN))
    vars(step).update(changes)
    return step


HOSTILE: tuple[Callable[[], Any], ...] = (
    lambda: _edited(OneHotEncoder(), categories_=[]),
    lambda: _edited(OneHotEncoder(), categories_=[CODES[::-1]]),
    lambda: _edited(OneHotEncoder(), categories_=[CODES.reshape(2, 3)]),
    lambda: _edited(OneHotEncoder(), categories_=[np.array([])]),
    lambda: _edited(OneHotEncoder(), categories_=["abc"]),
    lambda: _edited(OneHotEncoder(), categories_=[np.array([0.0, np.inf])]),
    lambda: _edited(OneHotEncoder(), categories_=[np.array([0.0, 1e300])]),
    lambda: _edited(OneHotEncoder(), categories_=[np.arange(9999.0)]),
    lambda: _edited(OneHotEncoder(), dtype="object"),
    lambda: _edited(OneHotEncoder(), dtype="no type"),
    lambda: _edited(OneHotEncoder(), handle_unknown="whatever"),
    lambda: _edited(OneHotEncoder(), sparse_output="yes"),
    lambda: _edited(OneHotEncoder(), n_features_in_=3),
    lambda: _edited(OneHotEncoder(drop="first"), _drop_idx_after_grouping=np.array([99])),
    lambda: _edited(OneHotEncoder(drop="first"), _drop_idx_after_grouping=[0]),
    lambda: _edited(OneHotEncoder(min_frequency=2), _default_to_infrequent_mappings=[np.ones(2)]),
    lambda: _edited(OneHotEncoder(min_frequency=2), _default_to_infrequent_mappings=[]),
    lambda: _edited(OrdinalEncoder(), encoded_missing_value="x"),
    lambda: _edited(OrdinalEncoder(), encoded_missing_value=np.inf),
    lambda: _edited(OrdinalEncoder(), dtype=np.int8, encoded_missing_value=1e6),
    lambda: _edited(OrdinalEncoder(), handle_unknown="ignore"),
    lambda: _edited(Binarizer(), threshold=np.nan),
    lambda: _edited(Binarizer(), threshold="a"),
    lambda: _edited(KBinsDiscretizer(3, strategy="uniform"), bin_edges_=np.array([])),
    lambda: _edited(KBinsDiscretizer(3, strategy="uniform"), encode="other"),
    lambda: _edited(KBinsDiscretizer(3, strategy="uniform"), n_bins_=np.array([7])),
    lambda: _edited(KBinsDiscretizer(3, strategy="uniform"), dtype=np.int8),
    lambda: _edited(
        KBinsDiscretizer(3, strategy="uniform"),
        bin_edges_=np.array([np.array([3.0, 2.0, 1.0, 0.0]), None], dtype=object)[:1],
    ),
)


@pytest.mark.parametrize("index", range(len(HOSTILE)))
def test_an_edited_step_is_refused(index: int) -> None:
    with pytest.raises(ModelError):
        step_source(HOSTILE[index]())


def test_text_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnsupportedModelError, match="the chip is given numbers") as caught:
        step_source(OneHotEncoder().fit(_column(["a", "b"])))
    assert "numeric codes" in caught.value.hint
