# SPDX-License-Identifier: MIT
"""Trees as byte code for `thumbling/tree_code.h`, which describes the format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.types import DType

_ONE_LEAF, _TWO_LEAVES, _FAR, _NAN_LEFT = 0x40, 0x80, 0xC0, 0x20
_LEAF_IS_LEFT, _LONG_LEAF = 0x80, 0x40

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFormat:
    """Widths of the byte code of one model."""

    header_bytes: int
    threshold_bytes: int
    threshold_signed: bool
    leaf_bytes: int
    long_leaves: bool
    is_float: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeCode:
    """Byte code of all trees, and where each begins."""

    format: TreeFormat
    code: bytes
    start: tuple[int, ...]

    @property
    def n_bytes(self) -> int:
        """Flash of the tables; where one tree alone begins needs none."""
        return len(self.code) + (2 * len(self.start) if len(self.start) > 1 else 0)


def _threshold_form(op: TreeEnsemble) -> tuple[int, bool]:
    """Bytes of a threshold, and whether its top bit is a sign."""
    thresholds = np.concatenate([t.threshold[t.feature >= 0] for t in op.trees])
    low, high = int(thresholds.min(initial=0)), int(thresholds.max(initial=0))
    for bytes_, signed, least, most in (
        (1, False, 0, 255),
        (1, True, -128, 127),
        (2, True, -32768, 32767),
        (2, False, 0, 65535),
    ):
        if least <= low and high <= most:
            return bytes_, signed
    return 4, True


def choose_format(op: TreeEnsemble, dtype: DType, numbers: Numbers) -> TreeFormat:
    """The narrowest format that holds every feature, threshold and leaf number of an ensemble."""
    top = max(int(t.feature.max()) for t in op.trees)
    threshold_bytes, threshold_signed = _threshold_form(op)
    most = int(numbers.max())
    leaf_bytes = 1 if most < 1 << 14 else 2
    return TreeFormat(
        header_bytes=1 if top < (32 if dtype.is_float else 64) else 2,
        threshold_bytes=threshold_bytes,
        threshold_signed=threshold_signed,
        leaf_bytes=leaf_bytes,
        long_leaves=most >= 1 << (8 * leaf_bytes - 2),
        is_float=dtype.is_float,
    )


def fits(op: TreeEnsemble, dtype: DType) -> bool:
    """Whether the format has room for every feature and leaf number."""
    top = max(int(t.feature.max()) for t in op.trees)
    return top < (1 << (13 if dtype.is_float else 14)) and op.leaf.size <= 1 << 22


def _header(flags: int, low: int, width: int) -> bytes:
    if width == 1:
        return bytes([flags | low])
    return bytes([flags | low >> 8, low & 0xFF])


def _leaf(number: int, is_left: bool, width: int) -> bytes:
    side = _LEAF_IS_LEFT if is_left else 0
    if number < 1 << (8 * width - 2):
        return _header(side, number, width)
    return _header(side | _LONG_LEAF, number >> 8, width) + bytes([number & 0xFF])


def _split(kind: int, feature: int, threshold: int, nan_left: bool, form: TreeFormat) -> bytes:
    flags = kind | (_NAN_LEFT if form.is_float and nan_left else 0)
    stored = threshold & ((1 << 8 * form.threshold_bytes) - 1)
    return _header(flags, feature, form.header_bytes) + stored.to_bytes(
        form.threshold_bytes, "little"
    )


def _children(left: int | bytes, right: int | bytes, form: TreeFormat) -> tuple[int, bytes]:
    """Kind of a split and what follows its threshold; a child is a leaf number or code."""
    width = form.leaf_bytes
    match left, right:
        case int(), int():
            return _TWO_LEAVES, _leaf(left, False, width) + _leaf(right, False, width)
        case int(), bytes():
            return _ONE_LEAF, _leaf(left, True, width) + right
        case bytes(), int():
            return _ONE_LEAF, _leaf(right, False, width) + left
        case bytes(), bytes():
            far = len(left) > 255
            skip = len(left).to_bytes(3 if far else 1, "little")
            return _FAR if far else 0, skip + left + right
    raise AssertionError("a child is a leaf number or code")


def _encode_tree(tree: IntTree, form: TreeFormat, numbers: Numbers) -> bytes:
    """Children come after their parent, so going backwards every subtree is ready in time."""
    done: dict[int, int | bytes] = {}
    for i in range(tree.n_nodes - 1, -1, -1):
        if tree.feature[i] < 0:
            done[i] = int(numbers[tree.left[i]])
            continue
        left, right = done.pop(int(tree.left[i])), done.pop(int(tree.right[i]))
        kind, rest = _children(left, right, form)
        feature, threshold = int(tree.feature[i]), int(tree.threshold[i])
        done[i] = _split(kind, feature, threshold, bool(tree.nan_left[i]), form) + rest
    root = done[0]
    if isinstance(root, int):  # a walk ends at a split
        kind, rest = _children(root, root, form)
        return _split(kind, 0, 0, False, form) + rest
    return root


def encode(op: TreeEnsemble, dtype: DType, numbers: Numbers) -> TreeCode:
    """The byte code of an ensemble; `numbers[row]` is how it names a row of the leaf table."""
    form = choose_format(op, dtype, numbers)
    parts = [_encode_tree(tree, form, numbers) for tree in op.trees]
    start = np.cumsum([0] + [len(p) for p in parts[:-1]]).tolist()
    return TreeCode(format=form, code=b"".join(parts), start=tuple(start))
