# SPDX-License-Identifier: MIT
"""Stored numbers that an encoder knows: rows without them say little, or are refused."""

from __future__ import annotations

import numpy as np

from thumbling.ir.source import INPUT, SourceGraph
from thumbling.ir.source.arrays import FloatArray, Rows
from thumbling.ir.source.piecewise import Piecewise
from thumbling.ir.types import InputSpec
from thumbling.passes.fold_thresholds import Compared, InputAxis, fold_thresholds


def known_codes(source: SourceGraph, spec: InputSpec) -> dict[int, list[int]]:
    """The keys of all codes, sorted, of every column of the input that holds some."""
    found: dict[int, set[int]] = {}
    for op in source.ops:
        if not isinstance(op, Piecewise):
            continue
        for index in range(len(op.points)):
            value, column, falls = source.base(op.inputs[0], index)
            if value == INPUT:
                keys = _keys(op, index, column, falls, InputAxis(source=source, spec=spec))
                found.setdefault(column, set()).update(keys)
    return {column: sorted(keys) for column, keys in sorted(found.items()) if keys}


def _keys(op: Piecewise, index: int, column: int, falls: bool, axis: InputAxis) -> list[int]:
    """One key at each code of a column that is a number of its own there."""
    at = op.points[index].at[op.lone(index)]
    what = Compared(
        name=op.inputs[0],
        feature=np.full(len(at), index, dtype=np.int64),
        column=np.full(len(at), column, dtype=np.int64),
        threshold=at,
        falls=np.full(len(at), falls),
    )

    def not_above(seen: Rows, points: FloatArray) -> np.ndarray:
        read = op.seen(seen)
        return np.asarray(read <= op.points_for(read, points))

    keys = np.clip(fold_thresholds(axis, what, not_above), *axis.bounds)
    if falls != (axis.spec.scale[column] < 0):
        keys = np.clip(keys + 1, *axis.bounds)
    return [int(key) for key in keys]
