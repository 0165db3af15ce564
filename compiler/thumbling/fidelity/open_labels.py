# SPDX-License-Identifier: MIT
"""On which rows the source's own numbers lie so close together that a label is not proved."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.fidelity.source import source_answers
from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.ir.source import SourceGraph
from thumbling.ir.source.forest import Forest
from thumbling.quantize.row_bounds import open_votes

Rows = npt.NDArray[Any]


def open_labels(
    estimator: Any, graph: Graph, source: SourceGraph, stored: Rows, epsilon: float
) -> npt.NDArray[np.bool_]:
    """Stored rows, shape (n,), whose label a bound of `epsilon` on what it compares leaves open."""
    real = graph.input.real(stored)
    label = source.prediction.fields["label"].name
    compared = source.producers[label].inputs[-1]
    numbers = _compared(estimator, source, compared, real)
    forest, ensemble = source.producers.get(compared), _ensemble(graph)
    if isinstance(forest, Forest) and ensemble is not None:
        return open_votes(source, forest, graph, ensemble, stored, numbers)
    return _within(numbers, source, epsilon)


def _compared(estimator: Any, source: SourceGraph, name: str, real: Rows) -> Rows:
    """What the label is chosen from: asked of the framework where it answers that."""
    for field, value in source.prediction.fields.items():
        if value.name == name:
            return source_answers(estimator, field, real)
    return np.asarray(source.value(name, real), dtype=np.float64)


def _ensemble(graph: Graph) -> TreeEnsemble | None:
    """The trees whose sums the label is chosen from, if these are what is compared."""
    producers: dict[str, Op] = {op.output: op for op in graph.ops}
    (label,) = (output.tensor for output in graph.outputs if output.field == "label")
    behind = producers.get(producers[label].inputs[0])
    return behind if isinstance(behind, TreeEnsemble) else None


def _within(numbers: Rows, source: SourceGraph, epsilon: float) -> Rows:
    if numbers.shape[1] == 1:
        return np.asarray(np.abs(numbers[:, 0]) <= epsilon)
    found, start = np.zeros(len(numbers), dtype=np.bool_), 0
    for names in source.class_names:
        best = np.sort(numbers[:, start : start + len(names)], axis=1)
        found |= best[:, -1] - best[:, -2] <= 2 * epsilon
        start += len(names)
    return found
