# SPDX-License-Identifier: MIT
"""What every graph must satisfy before and after each pass."""

from __future__ import annotations

import numpy as np

from thumbling.errors import InternalError
from thumbling.ir.graph import INPUT, Graph
from thumbling.ir.ops import IntTree, Quantize, TreeEnsemble

FIELDS = ("label", "proba", "score", "value")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise InternalError(f"invalid graph: {what}", hint="please report this model")


def _verify_tree(tree: IntTree, n_features: int, n_rows: int) -> None:
    split = tree.feature >= 0
    index = np.arange(tree.n_nodes)
    _require(bool((tree.feature < n_features).all()), "a split reads a feature that is not there")
    for child in (tree.left, tree.right):
        ok = (child[split] > index[split]) & (child[split] < tree.n_nodes)
        _require(bool(ok.all()), "a child does not come after its parent")
    rows = tree.left[~split]
    _require(bool(((rows >= 0) & (rows < n_rows)).all()), "a leaf has no row")


def verify(graph: Graph) -> None:
    """Raise InternalError unless the graph is well formed."""
    known = {INPUT}
    for op in graph.ops:
        missing = set(op.inputs) - known
        _require(not missing, f"{op.output} reads {sorted(missing)} before they are computed")
        _require(op.output not in known, f"{op.output} is computed twice")
        _require(op.output in graph.tensors, f"{op.output} has no type")
        known.add(op.output)
        if isinstance(op, Quantize):
            _require(op.bits in (16, 32), "fixed point has 16 or 32 bits")
            _require(bool((abs(op.shift - 14) <= 111).all()), "a shift is beyond -97..125")
        if isinstance(op, TreeEnsemble):
            _require(op.leaf.ndim == 2, "the leaf table is a matrix")
            _require(op.leaf.shape[1] == graph.tensors[op.output].size, "leaf width")
            for tree in op.trees:
                _verify_tree(tree, graph.input.n_features, len(op.leaf))
    _require(bool(graph.outputs), "no output")
    for output in graph.outputs:
        _require(output.field in FIELDS, f"no field is called {output.field}")
        _require(output.tensor in graph.tensors, f"{output.field} is never computed")
