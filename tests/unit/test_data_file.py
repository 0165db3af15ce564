# SPDX-License-Identifier: MIT
"""Data files: every format, columns by name, and errors that name row and column."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from thumbling.errors import DataError, MissingToolError
from thumbling.frontends.data_file import Data, load_data, refuse_unusable

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
        "a;b\n1;2,5\n3,0;-4\n",
        "a\tb\n1,0\t2,5\n3\t-4\n",
        "1;2,5\n3;-4\n",
        'a,b\n1,"2,5"\n3,-4\n',
        "a|b\n1|2.5\n3|-4\n",
        "sep=;\na;b\n1;2,5\n3;-4\n",
        "1.00e+00 2.50e+00\n3.00e+00 -4.00e+00\n",
        " a   b\n 1 2.5\n\n 3  -4\n",
        '"a","b"\n"1","2.5"\n"3","-4"\n',
        "a,b\r1,2.5\r3,-4\r",
        "Unnamed: 0,a,b\n0,1,2.5\n1,3,-4",
    ],
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes("größe;b;art\n1;2,5;süß\n3;-4;x\n".encode(encoding))
    data = load_data(path, 2, ("größe", "b"))
    assert np.array_equal(data.X, ROWS)
    assert data.columns["art"].tolist() == ["süß", "x"]


def test_what_is_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    for content in ("a,b\n1,2\n".encode("utf-16-le"), b"a,b\n1,\x81\n", b"\x00\x01\x02"):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is no text") as caught:
            load_data(path, 2, NAMES)
        assert "UTF-8" in caught.value.hint


# The list in pandas' own documentation of read_csv, and what UCI's data sets write.
MISSING_WORDS = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "?", " NA ", "NaN "),
)


@pytest.mark.parametrize("word", MISSING_WORDS)
def test_missing_values(tmp_path: Path, word: str) -> None:
    path = write(tmp_path / "d.csv", f"a,b,c\n{word},2.5,{word}\n3,{word},7\n")
    data = load_data(path, 2, NAMES)
    assert np.array_equal(data.X, [[np.nan, 2.5], [3.0, np.nan]], equal_nan=True)
    assert np.array_equal(data.columns["c"], [np.nan, 7.0], equal_nan=True)
    if word.strip() != "?":
        frame = pandas.read_csv(path, skipinitialspace=True).iloc[:, :2]
        assert np.array_equal(frame.isna(), np.isnan(data.X)) or word.strip() != word


def test_columns_of_words_keep_words_for_missing_values(tmp_path: Path) -> None:
    data = load_data(write(tmp_path / "d.csv", "a,b,y\n1,2.5,NA\n3,-4,x\n"), 2, NAMES)
    assert data.y is not None
    assert data.y.tolist() == ["NA", "x"]


def test_true_and_false_are_numbers(tmp_path: Path) -> None:
    data = load_data(write(tmp_path / "d.csv", "a,b\nTrue,False\nFALSE,true\n"), 2, NAMES)
    assert data.X.tolist() == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a;b\n1;1.234,5\n", r"row 2, column 2 \(b\): '1.234,5'"),
        ("a;b\n1;1,234\n2;12,345\n", r"row 2, column 2 \(b\): '1,234'"),
        ("a;b\n1;1,5\n2;1.5\n", r"row 2, column 2 \(b\): '1,5' .* row 3, column 2 \(b\): '1.5'"),
        ('a,b\n1,"1,234,567"\n', r"row 2, column 2 \(b\): '1,234,567'"),
        ("a,b\n1,1 234\n", r"row 2, column 2 \(b\): '1 234'"),
        ("a,b\n1,1'234\n", r"row 2, column 2 \(b\): \"1'234\""),
        ("a,b\n1,1_234\n", r"row 2, column 2 \(b\): '1_234'"),
        ("a,b\n1,1.234.567\n", r"row 2, column 2 \(b\): '1.234.567'"),
    ],
)
def test_what_may_stand_between_thousands_is_refused(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(DataError, match=place) as caught:
        load_data(write(tmp_path / "d.csv", text), 2, NAMES)
    assert "a point before the decimals" in caught.value.hint


def test_three_decimals_behind_a_comma_where_another_number_tells(tmp_path: Path) -> None:
    data = load_data(write(tmp_path / "d.csv", "a;b\n1,234;0,5\n9,812;0,25\n"), 2, NAMES)
    assert data.X.tolist() == [[1.234, 0.5], [9.812, 0.25]]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("inside", ["csv", "npy", "json"])
def test_compressed_files(tmp_path: Path, pack: Callable[[bytes], bytes], inside: str) -> None:
    buffer = io.BytesIO()
    np.save(buffer, ROWS)
    contents = {"csv": b"a,b\n1,2.5\n3,-4\n", "npy": buffer.getvalue(), "json": b"[[1,2.5],[3,-4]]"}
    path = tmp_path / f"d.{inside}.packed"
    path.write_bytes(pack(contents[inside]))
    assert np.array_equal(load_data(path, 2, NAMES).X, ROWS)


def test_a_zip_around_one_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.csv.zip", "w") as archive:
        archive.writestr("d.csv", "a,b\n1,2.5\n3,-4\n")
    assert np.array_equal(load_data(tmp_path / "d.csv.zip", 2, NAMES).X, ROWS)
    with zipfile.ZipFile(tmp_path / "d.csv.zip", "a") as archive:
        archive.writestr("e.csv", "a,b\n1,2.5\n3,-4\n")
    with pytest.raises(DataError, match="holds 2 files"):
        load_data(tmp_path / "d.csv.zip", 2, NAMES)


FRAME = pandas.DataFrame(
    {"b": [2.5, None], "a": [1, 3], "kind": ["u", "v"], "rings": [7, 8]}, index=["p", "q"]
)


@pytest.mark.parametrize("orient", ["records", "split", "columns", "index", "table"])
def test_json_of_pandas(tmp_path: Path, orient: Any) -> None:
    FRAME.to_json(tmp_path / "d.json", orient=orient)
    expected(load_data(tmp_path / "d.json", 2, NAMES))


def test_json_of_other_tools(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    FRAME.to_json(path, orient="records", lines=True)
    expected(load_data(path, 2, NAMES))
    lists = {
        key: [None if c != c else c for c in cells] for key, cells in FRAME.to_dict("list").items()
    }
    path.write_text(json.dumps(lists))
    expected(load_data(path, 2, NAMES))
    path.write_text(' [[1, "2.5"], [3.0, null]] ')
    assert np.array_equal(load_data(path, 2, NAMES).X, [[1, 2.5], [3, np.nan]], equal_nan=True)
    path.write_text("[1, 2.5]\n[3, -4]\n")
    assert np.array_equal(load_data(path, 2, NAMES).X, ROWS)
    path.write_text('{"a": 1, "b": 2.5}')
    assert np.array_equal(load_data(path, 2, NAMES).X, ROWS[:1])
    path.write_text('\ufeff[{"a": 1, "b": 2.5, "y": "u"}, {"b": -4, "a": 3, "y": "v"}]')
    data = load_data(path, 2, NAMES)
    assert np.array_equal(data.X, ROWS)
    assert data.y is not None
    assert data.y.tolist() == ["u", "v"]


def expected(data: Data) -> None:
    """The table of `FRAME`."""
    assert np.array_equal(data.X, [[1, 2.5], [3, np.nan]], equal_nan=True)
    assert data.columns["kind"].tolist() == ["u", "v"]
    assert data.columns["rings"].tolist() == [7, 8]
    assert data.columns["rings"].dtype == np.int64


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1, "b": "oops"}]', r"row 1, column 2 \(b\): 'oops'"),
        ('[{"a": 1, "b": 2}, {"a": 1, "b": [3]}]', r"row 2, column 2 \(b\): '\[3\]'"),
        ("[[1, 2], [3]]", "row 2 has another shape"),
        ("[[1, 2], 3]", "row 2 has another shape"),
        ('[[1, 2], {"a": 3}]', "row 2 has another shape"),
        ('[{"a": 1}]', "no column 'b'"),
        ("[[1, 2, 3]]", "3 columns, the model takes 2"),
        ("[]", "no rows"),
        ("{}", "row 1"),
        ('[{"a": 1,\n"b": }]', r"no valid JSON \(line 2\)"),
        ("[[1, 2]", "no valid JSON"),
        ("[" * 100_000, "no valid JSON"),
        (f"[[1, 1{'0' * 400}]]", "row 1, column 2"),
        ('{"columns": ["a", "b"], "data": [[1, 2], [3]]}', "row 2 has not one value"),
    ],
)
def test_json_errors_name_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_data(write(tmp_path / "d.json", text), 2, NAMES)


@pytest.mark.parametrize("write_to", ["to_parquet", "to_feather"])
def test_arrow_files(tmp_path: Path, write_to: str) -> None:
    frame = FRAME.reset_index(drop=True) if write_to == "to_feather" else FRAME
    frame = frame.assign(
        many=[[1], [2]],
        odd=pandas.array([1, None], dtype="Int64"),
        group=frame.kind.astype("category"),
    )
    getattr(frame, write_to)(tmp_path / "d.bin")
    data = load_data(tmp_path / "d.bin", 2, NAMES)
    expected(data)
    assert data.columns["group"].tolist() == ["u", "v"]
    assert np.array_equal(data.columns["odd"], [1, np.nan], equal_nan=True)
    assert "many" not in data.columns
    floats = pandas.DataFrame({"p": ROWS[:, 0], "q": ROWS[:, 1]}, dtype=np.float32)
    getattr(floats, write_to)(tmp_path / "d.bin")
    assert load_data(tmp_path / "d.bin", 2, ("x0", "x1")).X.dtype == np.float32


def test_without_pyarrow_the_rest_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FRAME.to_parquet(tmp_path / "d.parquet")
    FRAME.to_json(tmp_path / "d.json", orient="records")
    for name in ("pandas", "pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    expected(load_data(tmp_path / "d.json", 2, NAMES))
    with pytest.raises(MissingToolError, match="Parquet needs pyarrow") as caught:
        load_data(tmp_path / "d.parquet", 2, NAMES)
    assert "thumbling[data]" in caught.value.hint
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"rows": ROWS}, "holds rows, but no X"),
        ({"X": ROWS, "y": [1]}, r"y has shape \(1,\), X has 2 rows"),
        ({"X": ROWS, "y": 3}, r"y has shape \(\), X has 2 rows"),
        ({"X": ROWS[:, :1]}, "1 columns, the model takes 2"),
        ({"X": ROWS, "y": np.array(["u", None])}, "y.npy holds Python objects"),
    ],
)
def test_npz_that_does_not_fit(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(DataError, match=message):
        load_data(tmp_path / "d.npz", 2, NAMES)


@pytest.mark.parametrize(
    ("names", "message"),
    [(("a.csv", "b.csv"), "holds 2 files"), (("folder/",), "holds no file"), ((), "holds no file")],
)
def test_zip_without_one_table(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "1,2\n")
    with pytest.raises(DataError, match=message):
        load_data(tmp_path / "d.zip", 2, NAMES)


def test_zip_of_a_mac(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("rows/", "")
        archive.writestr("rows/d.csv", "1,2\n3,4\n")
        archive.writestr("__MACOSX/rows/._d.csv", b"\x00\x05\x16\x07")
    assert load_data(tmp_path / "d.zip", 2, NAMES).X.tolist() == [[1, 2], [3, 4]]


def test_other_arrays_of_an_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", X=ROWS, cost=[1, 2], note=["all"])
    data = load_data(tmp_path / "d.npz", 2, NAMES, target="cost")
    assert data.y is not None
    assert data.y.tolist() == [1, 2]
    assert set(data.columns) == {"cost"}


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
