# SPDX-License-Identifier: MIT
"""Where the outputs of a graph lie on given rows: what a bound is to be measured by."""

from __future__ import annotations

import numpy as np

from thumbling.ir.graph import Graph
from thumbling.ir.ports import Rows
from thumbling.reference.evaluate import evaluate

Ranges = tuple[tuple[float, float], ...]


def output_ranges(graph: Graph, stored: Rows) -> dict[str, Ranges]:
    """Least and greatest real value of each number of every output but the label, by field.

    `stored` are rows in any form of `ir/ports.py`. Those that the C refuses do
    not count; without any other the result is empty.
    """
    outputs, refused = evaluate(graph, stored)
    found: dict[str, Ranges] = {}
    for output in graph.outputs:
        rows = outputs[output.field][~refused]
        if output.field != "label" and len(rows):
            low, high = graph.real(output, np.stack([rows.min(axis=0), rows.max(axis=0)])).tolist()
            found[output.field] = tuple(zip(low, high, strict=True))
    return found
