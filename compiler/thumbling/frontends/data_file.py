# SPDX-License-Identifier: MIT
"""Reads the user's data in any usual format, recognised by content, never unpickled."""

from __future__ import annotations

import hashlib
import lzma
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

from thumbling.errors import DataError
from thumbling.frontends.archive import members
from thumbling.frontends.arrow_file import arrow_kind, read_arrow
from thumbling.frontends.csv_file import read_csv
from thumbling.frontends.file_content import file_content
from thumbling.frontends.json_rows import looks_like_json, read_json
from thumbling.frontends.numpy_file import MAGIC, read_npy, read_npz
from thumbling.frontends.table import Table, Wanted
from thumbling.frontends.unpack import (
    MAX_UNPACKED_BYTES,
    TooLargeError,
    compression,
    too_large,
    unpack,
)

FORMATS = "CSV, JSON, NPY, NPZ, Parquet or Feather"
# What NumPy's, zipfile's and pyarrow's readers raise on files that are cut off or changed.
DAMAGE = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, NotImplementedError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
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
    Raises `DataError` (with row and column) and `MissingToolError` for Parquet without pyarrow.
    """
    if len(feature_names) != n_features:
        raise ValueError("one name per feature")
    wanted = Wanted(name=path.name, feature_names=tuple(feature_names), target=target)
    content = file_content(
        path, most=MAX_UNPACKED_BYTES, error=DataError, hint="check the path of the data"
    )
    digest = hashlib.sha256(content).hexdigest()
    try:
        table = _table(wanted, content)
    except TooLargeError as problem:
        raise too_large(path.name, MAX_UNPACKED_BYTES, DataError) from problem
    except DAMAGE as problem:
        raise DataError(f"{path.name} is damaged or cut off", hint="save it again") from problem
    if len(table.X) == 0:
        raise DataError(f"{path.name} holds no rows", hint="give at least one row")
    return Data(X=table.X, y=table.y, columns=table.columns, sha256=digest)


def _table(wanted: Wanted, content: bytes) -> Table:
    """The table, out of its wrapping where it has one: a compressed file, or a zip around it."""
    kind = compression(content)
    if kind == "lz4":
        raise DataError(
            f"{wanted.name} is compressed by lz4", hint="compress it by gzip, bzip2 or xz"
        )
    if kind in ("gzip", "bz2", "xz"):
        content = unpack(content, kind, MAX_UNPACKED_BYTES)
    if content.startswith(b"PK"):
        files = members(content, MAX_UNPACKED_BYTES)
        if any(name.endswith(".npy") for name in files):
            return read_npz(wanted, files)
        content = _only_file(wanted.name, files)
    return _plain_table(wanted, content)


def _only_file(name: str, files: Mapping[str, bytes]) -> bytes:
    """The one table in a zip, beside folders and what macOS packs with it."""
    tables = [key for key in files if not key.endswith("/") and not key.startswith("__MACOSX/")]
    if len(tables) != 1:
        raise DataError(
            f"{name} holds {len(tables)} files, and which of them is the data nobody can tell"
            if tables
            else f"{name} holds no file",
            hint="pack one table alone, or save arrays with np.savez(path, X=X, y=y)",
        )
    return files[tables[0]]


def _plain_table(wanted: Wanted, content: bytes) -> Table:
    if not content.strip():
        raise DataError(f"{wanted.name} is empty", hint=f"give a {FORMATS} file")
    if content.startswith(MAGIC):
        return read_npy(wanted, content)
    if arrow_kind(content) is not None:
        return read_arrow(wanted, content, MAX_UNPACKED_BYTES)
    if looks_like_json(content):
        return read_json(wanted, content)
    return read_csv(wanted, content)


@np.errstate(all="ignore")
def refuse_unusable(
    x: _Array,
    feature_names: Sequence[str],
    *,
    nan: bool,
    name: str = "the data",
    input_type: str = "float32",
) -> None:
    """Raise `DataError` naming the first value that is no finite float32; NaN passes with `nan`.

    Integers of an `input_type` have no NaN, whatever the model says to it.
    """
    beyond = np.abs(x.astype(np.float64)) > np.finfo(np.float32).max
    bad = np.argwhere(beyond if nan else beyond | np.isnan(x))
    if len(bad):
        row, column = (int(i) for i in bad[0])
        value = x[row, column]
        what = "NaN" if np.isnan(value) else "infinite" if np.isinf(value) else f"{value:g}"
        why, hint = "which this model does not take", "drop or fill such values first"
        if np.isnan(value) and input_type != "float32":
            why = f"which {input_type} cannot hold"
            hint += ", or compile with --input-type float32 where the model takes missing values"
        where = f"row {row + 1}, column {column + 1} ({feature_names[column]})"
        raise DataError(f"{name}: {where} is {what}, {why}", hint=hint)
