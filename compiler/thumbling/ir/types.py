# SPDX-License-Identifier: MIT
"""Types of the values in a graph: stored integers (or float32 inputs) with a scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

import numpy as np
import numpy.typing as npt


class DType(Enum):
    """A stored type; the value is its name in options, reports and headers."""

    FLOAT32 = "float32"
    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"

    @property
    def numpy(self) -> np.dtype[np.generic]:
        """The little-endian NumPy type of the same bits."""
        return np.dtype(self.value).newbyteorder("<")

    @property
    def c(self) -> str:
        """The C99 type."""
        return "float" if self is DType.FLOAT32 else f"{self.value}_t"

    @property
    def size(self) -> int:
        """Bytes of one value."""
        return int(np.dtype(self.value).itemsize)

    @property
    def is_float(self) -> bool:
        """Whether the stored value is a float32."""
        return self is DType.FLOAT32

    @property
    def bounds(self) -> tuple[int, int]:
        """Least and greatest stored integer. Only for integer types."""
        info = np.iinfo(self.value)
        return int(info.min), int(info.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """What the caller of the generated C hands over: `real = stored * scale + offset`.

    `scale` and `offset` have one float64 per feature. `names` are the feature names, made up as
    `x0, x1, ..` where the model has none.
    """

    dtype: DType
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.scale) == len(self.offset) == len(self.names) >= 1:
            raise ValueError("scale, offset and names need one entry per feature")
        if not all(np.isfinite(self.scale)) or not all(np.isfinite(self.offset)):
            raise ValueError("scale and offset must be finite")
        if any(s == 0 for s in self.scale):
            raise ValueError("scale must not be zero")

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.names)

    @property
    def is_plain(self) -> bool:
        """Whether the stored value is the real value."""
        return all(s == 1 for s in self.scale) and all(o == 0 for o in self.offset)

    @property
    def n_bytes(self) -> int:
        """Bytes of one input row."""
        return self.n_features * self.dtype.size

    @np.errstate(all="ignore")
    def real(self, stored: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """What the source model is given for stored rows of shape (n, n_features).

        Plain inputs are handed over in their own type, because scikit-learn computes on float32
        where it is given float32; others as float64.
        """
        if self.is_plain:
            return stored
        scaled = stored.astype(np.float64) * np.asarray(self.scale)
        return np.asarray(scaled + np.asarray(self.offset))

    @np.errstate(all="ignore")
    def store(self, real: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The stored rows nearest to real rows: rounded half to even and saturated.

        Shapes (n, n_features). For float32 the values are cast.
        """
        if self.dtype.is_float and self.is_plain:
            return np.ascontiguousarray(real, dtype=self.dtype.numpy)
        steps = self._steps(real)
        if self.dtype.is_float:
            greatest = float(np.finfo(np.float32).max)
            return np.asarray(np.clip(steps, -greatest, greatest).astype(self.dtype.numpy))
        low, high = self.dtype.bounds
        return np.asarray(np.clip(np.rint(steps), low, high).astype(self.dtype.numpy))

    @np.errstate(all="ignore")
    def saturates(self, real: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """Where `store` clips real rows to the least or greatest stored value."""
        if self.dtype.is_float:
            return np.asarray(np.abs(self._steps(real)) > np.finfo(np.float32).max)
        steps, (low, high) = np.rint(self._steps(real)), self.dtype.bounds
        return np.asarray((steps < low) | (steps > high))

    def _steps(self, real: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """The stored values before rounding."""
        return np.asarray(
            (real.astype(np.float64) - np.asarray(self.offset)) / np.asarray(self.scale)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quant:
    """What stored integers mean: `real = (stored - zero_point) * scale`.

    There is one scale and one zero point for all values, or one for each index of `axis`.
    """

    scale: tuple[Fraction, ...] = (Fraction(1),)
    zero_point: tuple[int, ...] = (0,)
    axis: int | None = None

    def __post_init__(self) -> None:
        if (self.axis is None and len(self.scale) != 1) or not self.scale or min(self.scale) <= 0:
            raise ValueError("a tensor needs one positive scale, or one for each index of an axis")
        if len(self.zero_point) not in (1, len(self.scale)):
            raise ValueError("a tensor needs one zero point, or one for each scale")


def quant(scales: Sequence[Fraction]) -> Quant:
    """Scales of the values of a vector: one for all where they do not differ."""
    if len(set(scales)) == 1:
        return Quant(scale=(scales[0],))
    return Quant(scale=tuple(scales), axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorType:
    """Integers computed by an op: what they mean, and bounds proved by the compiler.

    `shape` is that of one sample, without a batch axis. `dtype` is the type of the array they lie
    in, in the reference and in C.
    """

    shape: tuple[int, ...]
    low: int
    high: int
    quant: Quant = Quant()
    dtype: DType = DType.INT32

    def __post_init__(self) -> None:
        if not self.shape or min(self.shape) < 1 or self.low > self.high:
            raise ValueError("a tensor needs a shape and an ordered range")
        low, high = self.dtype.bounds
        if self.low < low or self.high > high:
            raise ValueError(f"range {self.low}..{self.high} does not fit {self.dtype.value}")
        axis = self.quant.axis
        if axis is not None and self.shape[axis] != len(self.quant.scale):
            raise ValueError(f"{len(self.quant.scale)} scales for a tensor of shape {self.shape}")

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def scales(self) -> tuple[Fraction, ...]:
        """One scale for each value of a vector."""
        if self.quant.axis is not None:
            return self.quant.scale
        return self.quant.scale * self.size

    @property
    def zero_points(self) -> tuple[int, ...]:
        """One zero point for each value of a vector."""
        each = self.quant.zero_point
        return each if len(each) > 1 else each * self.size

    @property
    def n_bytes(self) -> int:
        """Bytes of the whole tensor."""
        return self.size * self.dtype.size

    def holding(self, low: int, high: int) -> TensorType:
        """The same with a range that these integers lie in too.

        Raises `ValueError` where the stored type has no room for them.
        """
        return replace(self, low=min(self.low, low), high=max(self.high, high))
