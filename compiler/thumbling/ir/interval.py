# SPDX-License-Identifier: MIT
"""Which integers a tensor can hold, value by value, and how ops check what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.ir.types import DType, InputSpec, TensorType

Int64Array = npt.NDArray[np.int64]
LOW, HIGH = DType.INT32.bounds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interval:
    """Least and greatest integer of every value of a tensor, int64 of shape (size,).

    `dtype` is the type of the array they lie in. `is_input` marks the input row itself.
    """

    low: Int64Array
    high: Int64Array
    dtype: DType = DType.INT32
    is_input: bool = False

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.low)


def require(holds: bool, what: str) -> None:
    """Raise `InternalError` saying what is wrong with the graph, unless `holds`."""
    if not holds:
        raise InternalError(f"invalid graph: {what}", hint="please report this model")


def sole(x: tuple[Interval, ...]) -> Interval:
    """The range of the one tensor that an op reads. Raises `InternalError` for other counts."""
    require(len(x) == 1, f"an op of one tensor reads {len(x)}")
    return x[0]


def input_interval(spec: InputSpec) -> Interval:
    """The stored input row; for float32 the keys of its bits."""
    low, high = (DType.INT32 if spec.dtype.is_float else spec.dtype).bounds
    n = spec.n_features
    return Interval(low=np.full(n, low), high=np.full(n, high), dtype=spec.dtype, is_input=True)


def state_interval(kind: TensorType) -> Interval:
    """A state as it is before a row: anywhere in its range."""
    return Interval(low=np.full(kind.size, kind.low), high=np.full(kind.size, kind.high))


def computed(low: Int64Array, high: Int64Array, what: str) -> Interval:
    """The range of what an op computes. Raises `InternalError` where that is no int32."""
    fits = bool((low >= LOW).all()) and bool((high <= HIGH).all())
    require(fits, f"{what} does not fit int32")
    return Interval(low=low.astype(np.int64), high=high.astype(np.int64))


def require_array(value: Any, dtype: type[np.generic], n_axes: int, what: str) -> None:
    """Raise `InternalError` unless a constant is an array of that type, axes and some values."""
    ok = isinstance(value, np.ndarray) and value.dtype == np.dtype(dtype) and value.ndim == n_axes
    require(ok, f"{what} is no {np.dtype(dtype).name} array of {n_axes} axes")
    require(value.size > 0, f"{what} is empty")


def require_integers(x: Interval, op: str) -> None:
    """Raise `InternalError` where an op reads floats."""
    require(not x.dtype.is_float, f"{op} reads floats")


def require_computed(x: Interval, op: str) -> None:
    """Raise `InternalError` where an op of int32 reads the stored input itself, or another type."""
    require(not x.is_input, f"{op} reads the input, which is no int32 that an op has computed")
    require(x.dtype is DType.INT32, f"{op} reads {x.dtype.value}, where it takes int32")


def is_int(value: object) -> bool:
    """Whether a value is an integer, and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def all_ints(values: Sequence[object]) -> bool:
    """Whether every item is an integer, truth values left out."""
    return all(map(is_int, values))
