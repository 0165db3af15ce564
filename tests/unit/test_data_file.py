# SPDX-License-Identifier: MIT
"""Data files: every format, columns by name, and errors that name row and column."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas
import pytest

from thumbling.errors import DataError
from thumbling.frontends.data_file import load_data, refuse_unusable

NAMES = ("a", "b")
ROWS = np.array([[1.0, 2.5], [3.0, -4.0]])


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "1,2.5\n3,-4\n",
        "a,b\n1,2.5\n3,-4\n",
        "b,a\n2.5,1\n-4,3\n",
        "\ufeffa;b\r\n1;2.5\r\n3;-4\r\n",
        "B\t A \n2.5\t1\n-4\t3\n",
        "id,b,a\n7,2.5,1\n8,-4,3\n",
        "0,1\n1,2.5\n3,-4\n",
        ",0,1\n0,1,2.5\n1,3,-4\n",
    ],
    ids=["bare", "header", "reordered", "excel", "other case", "extra", "numbered", "with index"],
)
def test_csv(tmp_path: Path, text: str) -> None:
    data = load_data(write(tmp_path / "d.csv", text), 2, NAMES)
    assert np.array_equal(data.X, ROWS)
    assert data.y is None


def test_other_names_go_by_position_only_where_the_model_knows_none(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "p,q\n1,2.5\n3,-4\n")
    assert np.array_equal(load_data(path, 2, ("x0", "x1")).X, ROWS)
    with pytest.raises(DataError, match="no column 'a' \\(and 1 more"):
        load_data(path, 2, NAMES)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_values_beyond_float32_are_refused(value: float) -> None:
    with pytest.raises(DataError, match=r"row 2, column 1 \(a\) is (infinite|1e\+300)"):
        refuse_unusable(np.array([[np.nan, 1.0], [value, 2.0]]), NAMES, nan=True)


@pytest.mark.parametrize("target", ["target", "label", "y", "Class"])
@pytest.mark.parametrize("names", [NAMES, ("x0", "x1")])
def test_csv_target_is_set_apart(tmp_path: Path, target: str, names: tuple[str, str]) -> None:
    text = f"a,{target},b\n1,cat,2.5\n3,dog,-4\n"
    data = load_data(write(tmp_path / "d.csv", text), 2, names)
    assert np.array_equal(data.X, ROWS)
    assert data.y is not None
    assert data.y.tolist() == ["cat", "dog"]


def test_other_columns_are_handed_over_by_name(tmp_path: Path) -> None:
    text = "when,b,rings,a,price\nmon,2.5,7,1,0.5\ntue,-4,8,3,1.5\n"
    path = write(tmp_path / "d.csv", text)
    data = load_data(path, 2, NAMES)
    assert data.y is None
    assert {name: column.tolist() for name, column in data.columns.items()} == {
        "when": ["mon", "tue"],
        "rings": [7, 8],
        "price": [0.5, 1.5],
    }
    assert data.columns["rings"].dtype == np.int64
    data = load_data(path, 2, NAMES, target="price")
    assert np.array_equal(data.X, ROWS)
    assert data.y is data.columns["price"]
    for name in ("cost", "a"):
        with pytest.raises(DataError, match=f"no column '{name}' beside the features"):
            load_data(path, 2, NAMES, target=name)


def test_a_named_target_is_no_feature_by_position(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "p,price,q\n1,9,2.5\n3,8,-4\n")
    data = load_data(path, 2, ("x0", "x1"), target="price")
    assert np.array_equal(data.X, ROWS)
    assert data.y is not None
    assert data.y.tolist() == [9, 8]


def test_csv_empty_cell_is_nan(tmp_path: Path) -> None:
    data = load_data(write(tmp_path / "d.csv", "a,b\n1,\n3,-4\n"), 2, NAMES)
    assert np.isnan(data.X[0, 1])
    with pytest.raises(DataError, match=r"row 1, column 2 \(b\)"):
        refuse_unusable(data.X, NAMES, nan=False)
    refuse_unusable(data.X, NAMES, nan=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,oops\n", r"row 3, column 2 \(b\): 'oops'"),
        ("1,2\n3,oops\n", r"row 2, column 2: 'oops'"),
        ("1,2,3\n", "3 columns, the model takes 2"),
        ("1,2\n3\n", "row 2 has 1 cells"),
        ("a,c\n1,2\n", "no column 'b'"),
        ("a,b,A,b\n1,2,3,4\n", "two columns 'b'"),
        ("a;b\n1,500;2\n", r"row 2, column 1 \(a\): '1,500' may have a decimal comma or"),
        ("a;b\n1,5;2\n1;2.5\n", r"row 2, column 1 \(a\): '1,5' .* point stands in row 3, col"),
        ("a;b\n1,5;2\n1;1.000,5\n", r"row 3, column 2 \(b\): '1.000,5' is no number"),
        ("a,b\n1,2\n1_000,5\n", r"row 3, column 1 \(a\): '1_000' is no number"),
        ("a,b\n\n\n1,2\n1,5%\n", r"row 5, column 2 \(b\): '5%' is no number"),
        ('a,b\n1,2\n"1,2\n3,4\n', "row 4 has 1 cells"),
        ("a,b\n", "no rows"),
        ("", "empty"),
    ],
)
def test_csv_errors_name_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_data(write(tmp_path / "d.csv", text), 2, NAMES)


def test_arrays_keep_float32(tmp_path: Path) -> None:
    for dtype, kept in ((np.float32, np.float32), (np.int16, np.float64), (float, np.float64)):
        np.save(tmp_path / "d.npy", ROWS.astype(dtype))
        assert load_data(tmp_path / "d.npy", 2, NAMES).X.dtype == kept
    np.savez(tmp_path / "d.npz", X=ROWS, y=[0, 1])
    data = load_data(tmp_path / "d.npz", 2, NAMES)
    assert np.array_equal(data.X, ROWS)
    assert data.y is not None


def test_parquet(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"b": ROWS[:, 1], "a": ROWS[:, 0], "target": ["u", "v"]})
    frame.to_parquet(tmp_path / "d.parquet")
    data = load_data(tmp_path / "d.parquet", 2, NAMES)
    assert np.array_equal(data.X, ROWS)
    assert data.y is not None


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "d.npy", np.array([[{}, {}]], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="never unpickled"):
        load_data(tmp_path / "d.npy", 2, NAMES)
    np.savez(tmp_path / "d.npz", X=np.array([[{}]], dtype=object))
    with pytest.raises(DataError):
        load_data(tmp_path / "d.npz", 1, ("a",))
    (tmp_path / "d.csv").write_bytes(pickle.dumps(ROWS))
    with pytest.raises(DataError, match="no text"):
        load_data(tmp_path / "d.csv", 2, NAMES)


@pytest.mark.parametrize("ending", ["npy", "npz", "parquet"])
def test_truncated_files(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"d.{ending}"
    if ending == "npy":
        np.save(path, ROWS)
    elif ending == "npz":
        np.savez(path, X=ROWS)
    else:
        pandas.DataFrame(ROWS, columns=list(NAMES)).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError):
        load_data(path, 2, NAMES)
