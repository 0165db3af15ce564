# SPDX-License-Identifier: MIT
"""Trees as byte code for `thumbling/tree_code.h`, which describes the format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thumbling.ir.ops import IntTree, TreeEnsemble
from thumbling.ir.types import DType

_LEAF, _LONG, _NAN_LEFT = 0x80, 0x40, 0x20


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFormat:
    """Widths of the byte code of one model."""

    header_bytes: int
    threshold_bytes: int
    threshold_signed: bool
    is_float: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeCode:
    """Byte code of all trees, and where each begins."""

    format: TreeFormat
    code: bytes
    start: tuple[int, ...]


def choose_format(op: TreeEnsemble, dtype: DType) -> TreeFormat:
    """The narrowest format that holds every feature, threshold and row of an ensemble."""
    splits = [t.feature >= 0 for t in op.trees]
    thresholds = np.concatenate([t.threshold[s] for t, s in zip(op.trees, splits, strict=True)])
    features = np.concatenate([t.feature[s] for t, s in zip(op.trees, splits, strict=True)])
    top = int(features.max(initial=0))
    low, high = int(thresholds.min(initial=0)), int(thresholds.max(initial=0))
    width, signed = 4, True
    for bytes_, is_signed, least, most in (
        (1, False, 0, 255),
        (1, True, -128, 127),
        (2, True, -32768, 32767),
        (2, False, 0, 65535),
    ):
        if least <= low and high <= most:
            width, signed = bytes_, is_signed
            break
    narrow = 31 if dtype.is_float else 63
    return TreeFormat(
        header_bytes=1 if top <= narrow and len(op.leaf) <= 1 << 14 else 2,
        threshold_bytes=width,
        threshold_signed=signed,
        is_float=dtype.is_float,
    )


def fits(op: TreeEnsemble, dtype: DType) -> bool:
    """Whether the format has room for every feature and row."""
    top = max(int(t.feature.max()) for t in op.trees)
    return top < (1 << (13 if dtype.is_float else 14)) and len(op.leaf) <= 1 << 22


def _header(flags: int, low: int, width: int) -> bytes:
    if width == 1:
        return bytes([flags | low])
    return bytes([flags | low >> 8, low & 0xFF])


def _leaf(row: int, width: int) -> bytes:
    room = 6 if width == 1 else 14
    if row < 1 << room:
        return _header(_LEAF, row, width)
    return _header(_LEAF | _LONG, row >> 8, width) + bytes([row & 0xFF])


def _encode_tree(tree: IntTree, form: TreeFormat) -> bytes:
    """Children come after their parent, so going backwards every subtree is ready in time."""
    done: dict[int, bytes] = {}
    for i in range(tree.n_nodes - 1, -1, -1):
        if tree.feature[i] < 0:
            done[i] = _leaf(int(tree.left[i]), form.header_bytes)
            continue
        left, right = done.pop(int(tree.left[i])), done.pop(int(tree.right[i]))
        long = len(left) > 255
        flags = (_LONG if long else 0) | (_NAN_LEFT if form.is_float and tree.nan_left[i] else 0)
        threshold = int(tree.threshold[i]) & ((1 << 8 * form.threshold_bytes) - 1)
        done[i] = b"".join(
            (
                _header(flags, int(tree.feature[i]), form.header_bytes),
                threshold.to_bytes(form.threshold_bytes, "little"),
                len(left).to_bytes(3 if long else 1, "little"),
                left,
                right,
            )
        )
    return done[0]


def encode(op: TreeEnsemble, dtype: DType) -> TreeCode:
    """The byte code of an ensemble."""
    form = choose_format(op, dtype)
    parts = [_encode_tree(tree, form) for tree in op.trees]
    start = np.cumsum([0] + [len(p) for p in parts[:-1]]).tolist()
    return TreeCode(format=form, code=b"".join(parts), start=tuple(start))
