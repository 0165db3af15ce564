# SPDX-License-Identifier: MIT
"""NumPy's own files: an array, or an archive with `X` and perhaps `y`. Never unpickled."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.frontends.table import Table, Wanted, real_type, require_room

MAGIC = b"\x93NUMPY"
_Array = npt.NDArray[Any]


def read_npy(wanted: Wanted, content: bytes) -> Table:
    """The rows in an NPY file. Raises `DataError`, and what NumPy raises on damage."""
    if wanted.target is not None:
        raise wanted.no_target(())
    x = _rows(wanted.name, array(wanted.name, content))
    if x.shape[1] != wanted.n_features:
        raise wanted.width_error(x.shape[1])
    return Table(X=x, y=None, columns={})


def read_npz(wanted: Wanted, files: dict[str, bytes]) -> Table:
    """The rows in the files of an NPZ archive, other arrays as columns.

    Raises `DataError`, and what NumPy raises on damage.
    """
    name = wanted.name
    others = arrays(name, files)
    if "X" not in others:
        raise DataError(
            f"{name} holds {', '.join(others) or 'nothing'}, but no X",
            hint="save it with np.savez(path, X=X, y=y)",
        )
    x = _rows(name, others.pop("X"))
    if x.shape[1] != wanted.n_features:
        raise wanted.width_error(x.shape[1])
    target = wanted.target or ("y" if "y" in others else None)
    if target is not None and target not in others:
        raise wanted.no_target(tuple(others))
    if target is not None and others[target].shape[:1] != (len(x),):
        raise DataError(
            f"{name}: {target} has shape {others[target].shape}, X has {len(x)} rows",
            hint="save both with one entry per row",
        )
    columns = {key: a for key, a in others.items() if a.shape[:1] == (len(x),)}
    return Table(X=x, y=None if target is None else columns[target], columns=columns)


def arrays(name: str, files: dict[str, bytes]) -> dict[str, _Array]:
    """The arrays in the files of an NPZ archive, by their names without `.npy`, sorted.

    Takes them out of `files`, so that no array is in memory twice. Raises as `array` does.
    """
    return {
        key.removesuffix(".npy"): array(f"{name}: {key}", files.pop(key))
        for key in sorted(files)
        if key.endswith(".npy")
    }


def array(name: str, content: bytes) -> _Array:
    """The array in an NPY file whose header promises no more than the file holds.

    Raises `DataError` for Python objects, and what NumPy raises on damage.
    """
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects, which are never unpickled",
            hint="save a numeric array: np.save(path, X.astype(np.float32))",
        )
    if math.prod(shape) * dtype.itemsize > len(content) - stream.tell():
        raise EOFError("the array is cut off")
    loaded: _Array = np.load(io.BytesIO(content), allow_pickle=False)
    return loaded


def _rows(name: str, x: _Array) -> _Array:
    if x.dtype.kind not in "fiub":
        raise DataError(f"{name} holds {x.dtype}, not numbers", hint="save a numeric array")
    require_room(x.shape, real_type([x]))
    if x.ndim == 1:
        x = x.reshape(1, -1)
    if x.ndim != 2:
        raise DataError(
            f"{name} has shape {x.shape}, expected (rows, features)", hint="reshape it first"
        )
    return np.ascontiguousarray(x, dtype=real_type([x]))
