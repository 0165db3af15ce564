# SPDX-License-Identifier: MIT
"""Read-only arrays of real numbers and indices, and the first greatest of groups."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]
Scalar = TypeVar("Scalar", bound=np.generic)


def frozen(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """A read-only contiguous copy, in the order in memory that the array has: sums that BLAS
    makes of rows are rounded otherwise than those of columns."""
    copy = np.array(array, order="K", copy=True)
    copy.flags.writeable = False
    return copy


def greatest(shares: npt.NDArray[np.generic], groups: tuple[int, ...]) -> IntArray:
    """The first greatest column of each group; shapes (n, sum of groups) -> (n, len(groups))."""
    ends = np.cumsum((0, *groups)).tolist()
    columns = [shares[:, a:b].argmax(axis=1) for a, b in pairwise(ends)]
    return np.stack(columns, axis=1).astype(np.int64)
