# SPDX-License-Identifier: MIT
"""Edges of `Quantize`: where it rounds the other way, and where it saturates."""

from __future__ import annotations

import numpy as np

from thumbling.fixedpoint import float_key
from thumbling.ir.ops.quantize import Quantize
from thumbling.vectors.edges import Edges, Pair, edges

_MOST_RESULT = 1 << 22


@edges(Quantize)
def rounding_points(op: Quantize, rng: np.random.Generator) -> Edges:
    """Of each feature the floats halfway between two results, a few at random, and the ends."""
    pairs: list[Pair] = []
    limit = (1 << (op.bits - 1)) - 1
    columns = range(len(op.shift)) if op.column is None else op.column.tolist()
    for feature, shift in zip(columns, op.shift.tolist(), strict=True):
        results = np.array([0, limit - 1, limit, *rng.integers(0, min(limit, _MOST_RESULT), 5)])
        signs = rng.choice([-1.0, 1.0], len(results))
        points = np.ldexp(signs * (results + 0.5), -shift).astype(np.float32)
        pairs += [(feature, key) for key in float_key(points).tolist()]
    return Edges(pairs=tuple(pairs))
