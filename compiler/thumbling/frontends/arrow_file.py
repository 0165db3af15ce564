# SPDX-License-Identifier: MIT
"""Parquet and Feather, read in batches by pyarrow so that memory stays bounded."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError, MissingToolError
from thumbling.frontends.table import Table, Wanted, table_of
from thumbling.frontends.unpack import MAX_UNPACKED_BYTES, TooLargeError
from thumbling.ir.names import as_names

MAGICS = {b"PAR1": "Parquet", b"ARROW1": "Feather", b"FEA1": "Feather"}
_ROWS_AT_ONCE = 1 << 14


def arrow_kind(content: bytes) -> str | None:
    """`Parquet` or `Feather` by the first bytes, else None."""
    return next((kind for magic, kind in MAGICS.items() if content.startswith(magic)), None)


def read_arrow(wanted: Wanted, content: bytes, most: int = MAX_UNPACKED_BYTES) -> Table:
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
            names, batches = _feather(pyarrow, wanted.name, content)
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


def _feather(pyarrow: Any, name: str, content: bytes) -> tuple[list[str], Iterable[Any]]:
    if content.startswith(b"FEA1"):
        raise DataError(
            f"{name} is of Feather's first version", hint="save it again with pandas' to_feather"
        )
    file = pyarrow.ipc.open_file(io.BytesIO(content))
    names = [field.name for field in file.schema if not field.type.num_fields]
    return names, (file.get_batch(i).select(names) for i in range(file.num_record_batches))


def _columns(names: list[str], batches: Iterable[Any], most: int) -> list[npt.NDArray[Any]]:
    parts: list[list[npt.NDArray[Any]]] = [[] for _ in names]
    for batch in batches:
        for part, column in zip(parts, _arrays(batch), strict=True):
            part.append(column)
            most -= column.nbytes
        if most < 0:
            raise TooLargeError
    return [np.concatenate(part) if part else np.empty(0) for part in parts]


def _arrays(batch: Any) -> Iterator[npt.NDArray[Any]]:
    """NumPy arrays: integers with missing values as floats, text as objects that are shared."""
    for column in batch.columns:
        if hasattr(column, "dictionary"):
            words = np.array([*column.dictionary.to_pylist(), None], dtype=object)
            yield words[column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)]
        else:
            yield column.to_numpy(zero_copy_only=False)
