# SPDX-License-Identifier: MIT
"""Features of a net brought to one size: where each has its own unit, few bits of weights do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.types import DType, TensorType
from thumbling.quantize.affine import Feature
from thumbling.quantize.hidden_layer import Read
from thumbling.quantize.integer_rows import WORD, seen
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.net_rows import interval
from thumbling.quantize.upward import above, upward

_MOST = DType.INT16.bounds[1]
# So many times as far as was seen, features do not saturate.
_HEADROOM = 2


def _shift(feature: Feature) -> int:
    """By how much a feature is shifted to the left, or if negative to the right: what was seen
    gets near the greatest int16, and nothing leaves int32."""
    top = max(map(abs, seen(feature)))
    if not top:
        return 0
    shift = (_MOST // _HEADROOM).bit_length() - top.bit_length()
    room = WORD.bit_length() - max(abs(feature.low), abs(feature.high)).bit_length()
    return min(shift, max(room, 0))


def _moved(feature: Feature, shift: int) -> Feature:
    """What the shifted integers of a feature mean."""

    def end(q: int) -> int:
        moved = q << shift if shift >= 0 else (q + (1 << -shift >> 1)) >> -shift
        return min(max(moved, -_MOST), _MOST)

    rounded = above(abs(feature.slope)) * 2.0 ** (-shift - 1) if shift < 0 else 0.0
    return replace(
        feature,
        slope=feature.slope / Fraction(2) ** shift,
        low=end(feature.low),
        high=end(feature.high),
        seen_low=end(seen(feature)[0]),
        seen_high=end(seen(feature)[1]),
        error=upward(feature.error + rounded),
    )


def levelled(read: Read, at: Lowering) -> Read:
    """The same features as int16; themselves where that moves none of them against another."""
    shifts = [_shift(feature) for feature in read.features]
    if len(set(shifts)) == 1 and shifts[0] >= 0:
        return read
    op = Requantize(
        inputs=(read.tensor,),
        output=at.draft.name("level"),
        multiplier=np.array([1 << max(shift, 0) for shift in shifts], dtype=np.int32),
        shift=np.array([max(-shift, 0) for shift in shifts], dtype=np.int32),
        low=-_MOST,
        high=_MOST,
    )
    held = op.infer(interval([(f.low, f.high) for f in read.features]))
    low, high = int(held.low.min()), int(held.high.max())
    kind = TensorType(shape=(held.size,), low=low, high=high, dtype=DType.INT16)
    pairs = zip(read.features, shifts, strict=True)
    return Read(
        tensor=at.draft.add(op, kind),
        features=tuple(_moved(feature, shift) for feature, shift in pairs),
        computed_in=read.computed_in,
    )
