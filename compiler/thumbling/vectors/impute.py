# SPDX-License-Identifier: MIT
"""Edges of `Impute`: those of `Quantize`."""

from __future__ import annotations

import numpy as np

from thumbling.ir.ops.impute import Impute
from thumbling.vectors.edges import Edges, edges
from thumbling.vectors.quantize import rounding_points


@edges(Impute)
def rounding_points_of_numbers(op: Impute, rng: np.random.Generator) -> Edges:
    """Where numbers round the other way."""
    found: Edges = rounding_points(op.numbers, rng)
    return found
