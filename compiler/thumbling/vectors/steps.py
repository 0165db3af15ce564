# SPDX-License-Identifier: MIT
"""Edges of `Steps`: its thresholds."""

from __future__ import annotations

import numpy as np

from thumbling.ir.interval import LOW
from thumbling.ir.ops.steps import Steps
from thumbling.vectors.edges import Edges, Pair, edges


@edges(Steps)
def thresholds(op: Steps, rng: np.random.Generator) -> Edges:
    """Every threshold but those that tell NaN apart, which stands at the least key."""
    pairs: set[Pair] = set()
    for column, (threshold, _) in zip(op.column.tolist(), op.pieces, strict=True):
        pairs |= {(column, key) for key in threshold.tolist() if key != LOW}
    return Edges(pairs=frozenset(pairs), near_data=True)
