# SPDX-License-Identifier: MIT
"""The integer ops a graph is made of: one frozen dataclass each, meaning in `thumbling.reference`.

Every op reads named tensors (the stored input is `x`) and writes one int32 vector. Constants are
read-only NumPy arrays of exactly the C type.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Op:
    """Base of all ops: the tensors it reads and the one it writes."""

    inputs: tuple[str, ...]
    output: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntTree:
    """A tree on stored inputs: node i goes to `left[i]` where `key(x[feature[i]]) <= threshold[i]`.

    `key` is the stored integer itself, for float32 the order-preserving integer of its bits
    (`fixedpoint.float_key`). A float32 NaN goes left where `nan_left[i]`. At leaves `feature` is
    -1 and `left` is the row of the ensemble's leaf table. Node 0 is the root; children come after
    their parent.
    """

    feature: Int32Array
    threshold: Int32Array
    left: Int32Array
    right: Int32Array
    nan_left: npt.NDArray[np.bool_]

    @property
    def n_nodes(self) -> int:
        """Splits and leaves."""
        return len(self.feature)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeEnsemble(Op):
    """`output = base + sum over trees of leaf[row reached]`, in int32.

    `leaf` has shape (rows, width). The sum is proved not to overflow (`TensorType` of the output).
    """

    trees: tuple[IntTree, ...]
    leaf: Int32Array
    base: Int32Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantize(Op):
    """Float32 to fixed point: `x * 2**shift` to nearest, halves away from zero, saturated.

    The range is symmetric: -limit to limit with `limit = 2**(bits - 1) - 1`, `bits` 16 or 32.
    `shift` has one int per feature, -97 to 125. NaN makes the whole prediction fail with
    THB_ERR_NAN.
    """

    shift: Int32Array
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clamp(Op):
    """`output[j] = min(max(input[j], low[j]), high[j])`."""

    low: Int32Array
    high: Int32Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dense(Op):
    """`output[k] = (bias[k] + sum over j of weight[k, j] * input[j]) >> shift`.

    `weight` is int8, int16 or int32 of shape (n_out, n_in); `bias` int64. The accumulator has
    `accumulator_bits` (32 or 64) bits and is proved not to overflow; the shift is arithmetic,
    after adding half a unit where it is not zero. The result is proved to fit int32, unless
    `saturate` says that it is brought there: to the least or greatest int32.
    """

    weight: npt.NDArray[np.signedinteger]
    bias: npt.NDArray[np.int64]
    shift: int
    accumulator_bits: int
    saturate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArgMax(Op):
    """For each group of `groups[k]` neighbouring inputs the index of the first greatest one."""

    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Above(Op):
    """`output[k] = 1 if input[k] > cut[k] else 0`: the label of a binary classifier."""

    cut: Int32Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Complement(Op):
    """`output = [total - input[0], input[0]]`: both probabilities of a binary classifier."""

    total: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Softmax(Op):
    """Probabilities in units of 2**-15 from scores in units of 2**-`fraction_bits`.

    `mode` is `softmax` (all inputs compete), `sigmoid` (one input, two outputs) or `ovr` (one
    sigmoid each, normalised to a sum of one).
    """

    fraction_bits: int
    mode: str
