# SPDX-License-Identifier: MIT
"""Edges of `Steps`: its thresholds, and the codes between neighbouring ones."""

from __future__ import annotations

import numpy as np

from thumbling.ir.interval import LOW
from thumbling.ir.ops.steps import Steps
from thumbling.vectors.edges import Edges, Pair, edges

# Zero is two floats.
_CODE_WIDTH = 2


@edges(Steps)
def thresholds(op: Steps, rng: np.random.Generator) -> Edges:
    """Every threshold. A code is a number that has a piece of its own: a row without one in each
    such column says little."""
    seen: dict[int, set[int]] = {}
    for column, (threshold, _) in zip(op.column.tolist(), op.pieces, strict=True):
        # NaN stands at the least key.
        seen.setdefault(column, set()).update(k for k in threshold.tolist() if k != LOW)
    pairs: set[Pair] = set()
    codes: set[Pair] = set()
    for column, keys in seen.items():
        ends = sorted(keys)
        pairs |= {(column, key) for key in ends}
        close = zip(ends, ends[1:], strict=False)
        codes |= {(column, high) for low, high in close if high - low <= _CODE_WIDTH}
    return Edges(pairs=frozenset(pairs), near_data=True, codes=frozenset(codes))
