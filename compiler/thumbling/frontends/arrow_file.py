# SPDX-License-Identifier: MIT
"""Parquet and Feather, read in batches by pyarrow so that memory stays bounded."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError, MissingToolError
from thumbling.frontends.arrow_messages import unpacked_bytes
from thumbling.frontends.table import Table, Wanted, table_of
from thumbling.frontends.unpack import TooLargeError
from thumbling.ir.names import as_names

MAGICS = {b"PAR1": "Parquet", b"ARROW1": "Feather", b"FEA1": "Feather"}
_ROWS_AT_ONCE = 1 << 14
_FEATHER_START = 8  # bytes: the magic word and its padding
_OBJECT_BYTES = 64  # of a Python object beside the reference to it


def arrow_kind(content: bytes) -> str | None:
    """`Parquet` or `Feather` by the first bytes, else None."""
    return next((kind for magic, kind in MAGICS.items() if content.startswith(magic)), None)


def read_arrow(wanted: Wanted, content: bytes, most: int) -> Table:
    """The table in a Parquet or Feather file.

    Raises `MissingToolError` without pyarrow, `TooLargeError` beyond `most` bytes of memory,
    `DataError`, and what pyarrow raises on damage.
    """
    kind = arrow_kind(content)
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingToolError(
            f"reading {kind} needs pyarrow",
            hint='pip install "thumbling[data]", or save the rows as CSV',
        ) from error
    try:
        if kind == "Parquet":
            names, batches = _parquet(pyarrow.parquet, content, most)
        else:
            names, batches = _feather(pyarrow, wanted.name, content, most)
        columns = _columns(names, batches, most)
    except pyarrow.ArrowException as error:
        raise ValueError(f"pyarrow cannot read the {kind} file") from error
    return table_of(
        wanted, as_names(names), columns, range(1, 1 + len(columns[0]) if columns else 1)
    )


def _parquet(parquet: Any, content: bytes, most: int) -> tuple[list[str], Iterable[Any]]:
    """Names of the flat columns and batches of them.

    Text stays a dictionary and its indices, so that a long text in many rows is there once.
    """
    schema = parquet.read_schema(io.BytesIO(content))
    names = [field.name for field in schema if not field.type.num_fields]
    text = [f.name for f in schema if str(f.type) in ("string", "large_string", "string_view")]
    file = parquet.ParquetFile(io.BytesIO(content), read_dictionary=text)
    groups = range(file.metadata.num_row_groups)
    if sum(file.metadata.row_group(i).total_byte_size for i in groups) > most:
        raise TooLargeError
    return names, file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=names)


def _feather(pyarrow: Any, name: str, content: bytes, most: int) -> tuple[list[str], Iterable[Any]]:
    """Names of the flat columns and batches of them, each checked for offsets that lead astray."""
    if content.startswith(b"FEA1"):
        raise DataError(
            f"{name} is of Feather's first version", hint="save it again with pandas' to_feather"
        )
    if not content.endswith(b"ARROW1"):
        raise EOFError("the file is cut off")
    # Behind its first words the file is a stream, which is read as such: the index at its end
    # could lead elsewhere than what was looked at here.
    stream = pyarrow.py_buffer(content).slice(_FEATHER_START)
    if unpacked_bytes(pyarrow.ipc.MessageReader.open_stream(stream)) > most:
        raise TooLargeError
    reader = pyarrow.ipc.open_stream(stream)
    names = [field.name for field in reader.schema if not field.type.num_fields]
    return names, _checked(reader, names)


def _checked(reader: Any, names: list[str]) -> Iterator[Any]:
    for batch in reader:
        batch.validate(full=True)
        yield batch.select(names)


def _columns(names: list[str], batches: Iterable[Any], most: int) -> list[npt.NDArray[Any]]:
    parts: list[list[npt.NDArray[Any]]] = [[] for _ in names]
    for batch in batches:
        for part, (column, size) in zip(parts, _arrays(batch), strict=True):
            part.append(column)
            most -= size
        if most < 0:
            raise TooLargeError
    return [np.concatenate(part) if part else np.empty(0) for part in parts]


def _arrays(batch: Any) -> Iterator[tuple[npt.NDArray[Any], int]]:
    """NumPy arrays and the bytes they take; integers with missing values become floats."""
    for column in batch.columns:
        if hasattr(column, "dictionary"):
            yield _shared_texts(column)
        else:
            array = column.to_numpy(zero_copy_only=False)
            objects = _OBJECT_BYTES * len(array) if array.dtype == object else 0
            yield array, array.nbytes + objects


def _shared_texts(column: Any) -> tuple[npt.NDArray[Any], int]:
    """A dictionary's column as objects, each of the texts it uses there once."""
    missing = len(column.dictionary)
    indices = column.indices.fill_null(missing).to_numpy(zero_copy_only=False)
    used, at = np.unique(indices, return_inverse=True)
    words = [None if i == missing else column.dictionary[i].as_py() for i in used.tolist()]
    array = np.array([*words, None], dtype=object)[at.ravel()]
    return array, array.nbytes + sum(_OBJECT_BYTES + len(str(word)) for word in words)
