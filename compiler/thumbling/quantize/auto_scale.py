# SPDX-License-Identifier: MIT
"""Scale and offset per feature that lose least when given rows are stored: `--input-scale auto`.

`real = stored * scale + offset`. Scales have few decimals where that costs nothing, and offsets
are whole multiples of them, so that a real zero stays zero: all can be typed as they are printed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from thumbling.ir.types import DType

Rows = npt.NDArray[np.float64]
Grid = tuple[float, float]
# As fine as float32, and with room for values far beyond the data where the type has it.
_MOST_STEPS = 1 << 24
# A float32 feature is stored as it is where its data have so many steps, or none is lost.
_ENOUGH_STEPS = 1 << 17
_LEAST_SCALE = 1e-30
_DIGITS = 4
# Of a step: 4.3 is no multiple of 0.1 in float32 and float64, but was meant to be one.
_ROUNDING = 1e-3


def auto_scale(
    dtype: DType, real: npt.NDArray[np.generic], reach: Sequence[tuple[float, float] | None] | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Scales and offsets for real rows of shape (n, n_features); NaN are passed over.

    `reach` is where features may lie by the model's own scaler; it counts where the data are
    constant, and so say nothing about a range.
    """
    columns = real.astype(np.float64).T
    scales, offsets = [], []
    for j, column in enumerate(columns):
        values = column[np.isfinite(column)]
        near = None if reach is None else reach[j]
        scale, offset = _float_grid(values) if dtype.is_float else _grid(dtype, values, near)
        scales.append(scale)
        offsets.append(offset)
    return tuple(scales), tuple(offsets)


def _float_grid(values: Rows) -> Grid:
    """Float32 needs an offset where values lie far from zero and near to each other."""
    if (values == values.astype(np.float32)).all():
        return 1.0, 0.0
    low, high = float(values.min()), float(values.max())
    if low == high:
        return 1.0, low
    step = float(np.spacing(np.float32(max(abs(low), abs(high)))))
    if step * _ENOUGH_STEPS <= high - low:
        return 1.0, 0.0
    unit = 10.0 ** math.floor(math.log10(high - low))
    return 1.0, _times(round((low + high) / 2 / unit), unit)


def _times(whole: int, unit: float) -> float:
    return whole * unit if unit >= 1 else whole / round(1 / unit)


def _grid(dtype: DType, values: Rows, reach: tuple[float, float] | None) -> Grid:
    """The first grid that loses nothing, else the finest one."""
    if not len(values):
        return 1.0, 0.0
    low, high = float(values.min()), float(values.max())
    if low == high:
        if reach is None:
            whole = low.is_integer() and abs(low) < 2.0**53
            return 1.0, _offset(dtype, 1.0, low, high) if whole else low
        low, high = min(low, reach[0]), max(high, reach[1])
        values = np.array([low, high])
    grid = 1.0, 0.0
    for scale in _scales(dtype, values, low, high):
        grid = scale, _offset(dtype, scale, low, high)
        if _is_lossless(values, *grid):
            break
    return grid


def _scales(dtype: DType, values: Rows, low: float, high: float) -> Iterator[float]:
    """Whole numbers as they are; steps of 1, 2 or 5 tenths; the finest step, which loses least."""
    least, greatest = dtype.bounds
    if (values == np.rint(values)).all() and high - low <= greatest - least:
        yield 1.0
    # Two steps are left for the rounding of the offset.
    steps = min(greatest - least, _MOST_STEPS) - 2
    # No finer than the real numbers themselves lie.
    finest = max((high - low) / steps, float(np.spacing(max(abs(low), abs(high)))), _LEAST_SCALE)
    exponent = math.floor(math.log10(finest))
    for digit in (1, 2, 5, 10):
        scale = float(f"{digit}e{exponent}")
        if scale >= finest:
            yield scale
            break
    shift = _DIGITS - 1 - exponent
    yield max(float(f"{math.ceil(finest * 10.0**shift)}e{-shift}"), finest)


def _offset(dtype: DType, scale: float, low: float, high: float) -> float:
    """None where the range fits without, else a multiple of the scale that centres it."""
    least, greatest = dtype.bounds
    if low / scale >= least and high / scale <= greatest:
        return 0.0
    middle = (low / scale + high / scale) / 2 - (least + greatest) / 2
    return round(middle) * scale


def _is_lossless(values: Rows, scale: float, offset: float) -> bool:
    """Whether all values are points of the grid, but for what their decimals round to."""
    steps = (values - offset) / scale
    return bool((np.abs(steps - np.rint(steps)) <= _ROUNDING).all())
