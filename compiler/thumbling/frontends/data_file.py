# SPDX-License-Identifier: MIT
"""Reads the user's data: CSV, NPY, NPZ or Parquet, recognised by content, never unpickled."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError, MissingToolError
from thumbling.frontends.file_content import file_content

TARGET_NAMES = frozenset({"target", "label", "y", "class"})
_MOST = 4 << 30
# What NumPy's, zipfile's and pyarrow's readers raise on files that are cut off or changed.
DAMAGE = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, NotImplementedError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)
_Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Data:
    """Rows for a model: `X` is float32 or float64 of shape (rows, features), NaN allowed.

    `columns` are all other columns by name, one entry a row: int64 or float64 where every cell is
    a number, else text as it stands in the file. `y` is the target among them, None without one.
    `sha256` is over the file's bytes.
    """

    X: _Array
    y: _Array | None
    columns: Mapping[str, _Array]
    sha256: str


@np.errstate(all="ignore")
def load_data(
    path: Path, n_features: int, feature_names: Sequence[str], target: str | None = None
) -> Data:
    """The rows in the file `path` for a model of `n_features` features.

    Columns are matched by name where the file has names and the model knows them. `target` names
    the column of what the model should say; by default it is one called as in `TARGET_NAMES`.
    Raises `DataError` (with row and column) and `MissingToolError` for Parquet without pandas.
    """
    content = _read(path)
    columns: dict[str, _Array] = {}
    if content.startswith(b"\x93NUMPY"):
        x, y = _array(path.name, _load_numpy(path.name, content)), None
    elif content.startswith(b"PK"):
        x, y = _npz(path.name, content)
        columns = {} if y is None else {"y": y}
    else:
        read = _parquet if content.startswith(b"PAR1") else _csv
        header, cells, start = read(path.name, content)
        x, y, columns = _table(path.name, header, cells, start, n_features, feature_names, target)
    if target is not None:
        if target not in columns:
            raise _no_target(path.name, target, columns)
        y = columns[target]
    if x.shape[1] != n_features:
        raise _width(path.name, x.shape[1], n_features)
    if len(x) == 0:
        raise DataError(f"{path.name} holds no rows", hint="give at least one row")
    return Data(X=x, y=y, columns=columns, sha256=hashlib.sha256(content).hexdigest())


def _no_target(name: str, target: str, columns: Mapping[str, _Array]) -> DataError:
    known = ", ".join(columns) or "none"
    return DataError(
        f"{name} has no column {target!r} beside the features",
        hint=f"name one of its other columns: {known}",
    )


@np.errstate(all="ignore")
def refuse_unusable(
    x: _Array, feature_names: Sequence[str], *, nan: bool, name: str = "the data"
) -> None:
    """Raise `DataError` naming the first value that is no finite float32; NaN passes with `nan`."""
    beyond = np.abs(x.astype(np.float64)) > np.finfo(np.float32).max
    bad = np.argwhere(beyond if nan else beyond | np.isnan(x))
    if len(bad):
        row, column = (int(i) for i in bad[0])
        value = x[row, column]
        what = "NaN" if np.isnan(value) else "infinite" if np.isinf(value) else f"{value:g}"
        raise DataError(
            f"{name}: row {row + 1}, column {column + 1} ({feature_names[column]}) is {what},"
            " which this model does not take",
            hint="drop or fill such values first",
        )


def _read(path: Path) -> bytes:
    content = file_content(path, most=_MOST, error=DataError, hint="check --data")
    if not content.strip():
        raise DataError(f"{path.name} is empty", hint="give a CSV, NPY, NPZ or Parquet file")
    return content


def _width(name: str, given: int, wanted: int) -> DataError:
    return DataError(
        f"{name} has {given} columns, the model takes {wanted} features",
        hint="one column per feature, in the model's order or with its names in a header",
    )


def _load_numpy(name: str, content: bytes) -> Any:
    try:
        return np.load(io.BytesIO(content), allow_pickle=False)
    except DAMAGE as error:
        if "pickle" in str(error):
            raise DataError(
                f"{name} holds Python objects, which are never unpickled",
                hint="save a numeric array: np.save(path, X.astype(np.float32))",
            ) from error
        raise DataError(f"{name} is damaged or cut off", hint="save it again") from error


def _array(name: str, x: Any) -> _Array:
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} holds {array.dtype}, not numbers", hint="save a numeric array")
    if array.ndim == 1:
        array = array.reshape(1, -1)
    if array.ndim != 2:
        raise DataError(
            f"{name} has shape {array.shape}, expected (rows, features)", hint="reshape it first"
        )
    narrow = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    return np.ascontiguousarray(array, dtype=np.float32 if narrow else np.float64)


def _npz(name: str, content: bytes) -> tuple[_Array, _Array | None]:
    archive = _load_numpy(name, content)
    try:
        if sum(item.file_size for item in archive.zip.infolist()) > _MOST:
            raise DataError(
                f"{name} unpacks to more than {_MOST >> 30} GiB", hint="give fewer rows"
            )
        keys = sorted(archive.files)
        if "X" not in keys and len(keys) != 1:
            raise DataError(
                f"{name} holds {', '.join(keys) or 'nothing'}, but no X",
                hint="save it with np.savez(path, X=X, y=y)",
            )
        x = archive["X" if "X" in keys else keys[0]]
        return _array(name, x), (archive["y"] if "y" in keys else None)
    except DAMAGE as error:
        raise DataError(
            f"{name} cannot be read: damaged, or it holds Python objects",
            hint="save it again: np.savez(path, X=X, y=y)",
        ) from error


def _parquet(name: str, content: bytes) -> tuple[list[str], list[_Array], int]:
    try:
        import pandas
    except ModuleNotFoundError as error:
        raise _no_parquet() from error
    try:
        frame = pandas.read_parquet(io.BytesIO(content))
    except ImportError as error:
        raise _no_parquet() from error
    except DAMAGE as error:  # pyarrow's ArrowInvalid is a ValueError
        raise DataError(f"{name} is damaged or cut off", hint="save it again") from error
    return (
        [str(c) for c in frame.columns],
        [frame.iloc[:, i].to_numpy() for i in range(frame.shape[1])],
        1,
    )


def _no_parquet() -> MissingToolError:
    return MissingToolError(
        "reading Parquet needs pandas and pyarrow", hint='pip install "thumbling[data]"'
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_numbered(header: list[str]) -> bool:
    """Whether this is the header pandas writes for columns without names, with index or not."""
    names = header[1:] if header[0] == "" else header
    return names == [str(i) for i in range(len(names))] != []


def _csv(name: str, content: bytes) -> tuple[list[str] | None, list[_Array], int]:
    """Header (None without one), columns of text, and the line of the first row."""
    try:
        text = content.decode("utf-8-sig")
        first = text.lstrip().splitlines()[0]
        delimiter = max(",;\t", key=first.count)
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except (UnicodeDecodeError, csv.Error, IndexError) as error:
        raise DataError(
            f"{name} is no text, so no CSV", hint="give a CSV, NPY, NPZ or Parquet file"
        ) from error
    width = len(rows[0])
    words = sum(not _is_number(cell) for cell in rows[0])
    first_row = [cell.strip() for cell in rows[0]]
    header = first_row if 2 * words > width or _is_numbered(first_row) else None
    body = rows[1:] if header else rows
    start = 2 if header else 1
    for line, row in enumerate(body, start):
        if len(row) != width:
            raise DataError(
                f"{name}: row {line} has {len(row)} cells, the first row has {width}",
                hint="every row needs the same number of cells",
            )
    columns = [np.array([row[i] for row in body], dtype=object) for i in range(width)]
    return header, columns, start


def _table(
    name: str,
    header: list[str] | None,
    columns: list[_Array],
    start: int,
    n_features: int,
    feature_names: Sequence[str],
    target_name: str | None,
) -> tuple[_Array, _Array | None, dict[str, _Array]]:
    chosen, target = _choose(name, header, len(columns), n_features, feature_names, target_name)
    if len(chosen) != n_features:
        raise _width(name, len(columns), n_features)
    numbers = [_numbers(name, header, i, columns[i], start) for i in chosen]
    x = np.column_stack(numbers) if len(columns[0]) else np.empty((0, n_features))
    narrow = all(column.dtype == np.float32 for column in numbers)
    x = np.ascontiguousarray(x, dtype=np.float32 if narrow else np.float64)
    others = {
        key: _typed(columns[i]) for i, key in enumerate(header or ()) if i not in chosen and key
    }
    return x, None if target is None or header is None else others.get(header[target]), others


def _choose(
    name: str,
    header: list[str] | None,
    width: int,
    n_features: int,
    feature_names: Sequence[str],
    target_name: str | None,
) -> tuple[list[int], int | None]:
    """Indices of the feature columns in the model's order, and of the target column."""
    if header is None:
        return list(range(width)), None
    lower = [cell.lower() for cell in header]
    targets = [i for i, cell in enumerate(lower) if cell in TARGET_NAMES]
    target = targets[0] if len(targets) == 1 and width > n_features else None
    if target_name in header:
        target = header.index(target_name)
    # Names differ in case and blanks between tools; that is no reason to go by position.
    exact = set(feature_names) <= set(header)
    known = header if exact else [_plain(cell) for cell in header]
    wanted = list(feature_names) if exact else [_plain(f) for f in feature_names]
    missing = [f for f, w in zip(feature_names, wanted, strict=True) if w not in known]
    twice = [f for f, w in zip(feature_names, wanted, strict=True) if known.count(w) > 1]
    if twice:
        raise DataError(f"{name} has two columns {twice[0]!r}", hint="remove one of them")
    if not missing:
        return [known.index(w) for w in wanted], target
    nameless = list(feature_names) == [f"x{i}" for i in range(n_features)]
    if len(missing) < len(feature_names) or not (nameless or _is_numbered(header)):
        raise DataError(
            f"{name} has no column {missing[0]!r}"
            + (f" (and {len(missing) - 1} more are missing)" if len(missing) > 1 else ""),
            hint="name the columns as in training, or leave the header out to go by position",
        )
    rest = [i for i in range(width) if i != target and header[i]]
    return (rest if len(rest) == n_features else list(range(width))), target


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _numbers(name: str, header: list[str] | None, i: int, cells: _Array, start: int) -> _Array:
    if cells.dtype.kind in "fiub":
        return cells if cells.dtype == np.float32 else cells.astype(np.float64)
    out = np.empty(len(cells))
    for row, cell in enumerate(cells):
        try:
            out[row] = float(cell) if cell is not None and str(cell).strip() else np.nan
        except (TypeError, ValueError) as error:
            column = f"column {i + 1}" + (f" ({header[i]})" if header else "")
            raise DataError(
                f"{name}: row {row + start}, {column}: {str(cell)[:40]!r} is no number",
                hint="write decimals with a point"
                if re.fullmatch(r"[-+]?\d+,\d+", str(cell).strip())
                else "the model takes numbers only; encode text first",
            ) from error
    return out


def _typed(cells: _Array) -> _Array:
    """A column that is no feature: int64 or float64 where all cells are numbers, else text."""
    if cells.dtype != object:
        return cells
    text = [str(cell) for cell in cells]
    for number in (int, float):
        try:
            return np.array([number(cell) for cell in text])
        except (ValueError, OverflowError):
            continue
    return np.array(text)
