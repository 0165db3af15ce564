# SPDX-License-Identifier: MIT
"""Edges of `TreeEnsemble`: its thresholds."""

from __future__ import annotations

import numpy as np

from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.vectors.edges import Edges, Pair, edges


@edges(TreeEnsemble)
def thresholds(op: TreeEnsemble, rng: np.random.Generator) -> Edges:
    """Every threshold of every split."""
    pairs: set[Pair] = set()
    for tree in op.trees:
        split = tree.feature >= 0
        pairs |= set(zip(tree.feature[split].tolist(), tree.threshold[split].tolist(), strict=True))
    return Edges(pairs=frozenset(pairs), near_data=True)
