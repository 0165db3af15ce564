# SPDX-License-Identifier: MIT
"""Rows from Python callers: arrays, lists, and frames in any order of columns."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

import thumbling
from thumbling.api.rows import given_rows
from thumbling.errors import DataError, OptionError

pandas = pytest.importorskip("pandas", reason="needs pip install 'thumbling[data]'")


def test_a_frame_is_put_into_the_order_of_the_model() -> None:
    frame = pandas.DataFrame({"note": ["p", "q"], "b": [3, 4], "a": [1.5, 2.5]})
    assert given_rows(frame, ("a", "b")).tolist() == [[1.5, 3.0], [2.5, 4.0]]
    assert given_rows(frame[["b", "a"]], ("x0", "x1")).tolist() == [[3.0, 1.5], [4.0, 2.5]]


def test_types_are_kept_or_widened() -> None:
    assert given_rows(np.ones((2, 2), dtype=np.float32), "ab").dtype == np.float32
    assert given_rows([[1, 2]], "ab").dtype == np.float64
    assert given_rows(np.ones((1, 2), dtype=np.bool_), "ab").tolist() == [[1.0, 1.0]]


def test_what_pandas_calls_missing_is_nan() -> None:
    frame = pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64"), "b": [None, True]})
    rows = given_rows(frame, ("a", "b"))
    assert np.array_equal(rows, [[1.0, np.nan], [np.nan, 1.0]], equal_nan=True)
    with pytest.raises(DataError, match=r"the data: row 2, column 1 \(a\): 'high' is no number"):
        given_rows(pandas.DataFrame({"a": [1, "high"], "b": [2, 3]}), ("a", "b"))


def test_missing_values_and_sparse_rows() -> None:
    frame = pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64"), "b": [None, 2.5]})
    assert np.array_equal(given_rows(frame, "ab"), [[1, np.nan], [np.nan, 2.5]], equal_nan=True)
    assert given_rows(scipy.sparse.csr_array([[0, 1.5]]), "ab").tolist() == [[0, 1.5]]
    assert given_rows(frame[:0], "ab").shape == (0, 2)


def test_a_single_row_is_told_how_to_become_rows() -> None:
    for data in (pandas.Series([1.0, 2.0]), [1.0, 2.0], np.ones(2)):
        with pytest.raises(DataError, match=r"reshape\(1, -1\)") as caught:
            given_rows(data, "ab")
        assert type(data).__name__ in caught.value.message


def test_a_frame_of_other_names_is_refused_as_scikit_learn_does() -> None:
    frame = pandas.DataFrame({"c": [1.0], "d": [2.0]})
    with pytest.raises(DataError, match="no column 'a'"):
        given_rows(frame, ("a", "b"))
    assert given_rows(frame, ("x0", "x1")).tolist() == [[1.0, 2.0]]
    numbered = pandas.DataFrame([[1.0, 2.0]])
    assert given_rows(numbered, ("a", "b")).tolist() == [[1.0, 2.0]]
    twice = pandas.DataFrame([[1.0, 2.0, 3.0]], columns=["a", "b", "a"])
    with pytest.raises(DataError, match="2 columns 'a'"):
        given_rows(twice, ("a", "b"))


@pytest.mark.parametrize(
    "data",
    [
        pandas.DataFrame({"a": [1], "c": [2]}),
        pandas.DataFrame({"a": ["x"], "b": [2]}),
        [[1, 2, 3]],
        [1, 2],
        [["x", "y"]],
        3,
    ],
)
def test_other_data_are_refused(data: object) -> None:
    with pytest.raises(DataError):
        given_rows(data, ("a", "b"))


def test_reference_takes_a_frame_with_columns_in_another_order() -> None:
    bunch = load_iris(as_frame=True)
    model = DecisionTreeClassifier(random_state=0).fit(bunch.data, bunch.target)
    mixed = bunch.data.iloc[:, ::-1]
    reference = thumbling.reference(model, data=mixed)
    assert (reference.predict(mixed) == bunch.target).all()


def test_an_unknown_target_is_refused_before_any_work() -> None:
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(OptionError, match="mars"):
        thumbling.compile(model, board="nucleo-f401", verify="mars")
