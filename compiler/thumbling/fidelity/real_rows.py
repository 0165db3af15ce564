# SPDX-License-Identifier: MIT
"""What the user gets: the source on his real rows against the chip on the rows it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.fidelity.measure import Comparison, compare
from thumbling.fidelity.record import LabelChange, RealRows
from thumbling.fidelity.source import Asked, row_numbers
from thumbling.fidelity.truth import Truth, classifier_figures, regressor_figures
from thumbling.ir.graph import Graph

Rows = npt.NDArray[Any]
_SHOWN_CHANGES = 5


def outside_range(
    stored: npt.NDArray[np.generic], certified: Sequence[tuple[float, float]] | None
) -> npt.NDArray[np.bool_]:
    """Stored rows with a feature outside the range for which the error is proved."""
    if certified is None:
        return np.zeros(len(stored), dtype=np.bool_)
    low, high = np.array(certified).T
    return np.asarray(((stored < low) | (stored > high)).any(axis=1))


def measure_real_rows(
    estimator: Any,
    graph: Graph,
    asked: Asked,
    stored: Rows,
    *,
    truth: Truth | None = None,
    outside: npt.NDArray[np.bool_] | None = None,
) -> RealRows:
    """Compare the source on the real rows, as its own predict takes them, with the chip.

    `stored` are the same rows as the chip is given them; `outside` marks those for which no error
    is proved. Raises `DataError` where the source answers none.
    """
    found = compare(estimator, graph, asked, stored)
    kept = found.kept
    return RealRows(
        rows=int(kept.sum()),
        label_agreement=found.label_agreement,
        max_abs_error=found.worst_error,
        max_abs_errors=found.value_errors,
        rows_dropped=int((~kept).sum()),
        dropped=row_numbers(kept),
        rows_outside_range=0 if outside is None else int(outside.sum()),
        label_changes=_changes(graph, found),
        **({} if truth is None else _against_truth(graph, found, truth)),
    )


def _changes(graph: Graph, found: Comparison) -> tuple[LabelChange, ...]:
    """The most frequent pairs of unequal labels; outputs apart by a slash."""
    if "label" not in found.source:
        return ()
    source, chip = found.source["label"], found.chip["label"]
    differ = (source != chip).any(axis=1)
    pairs = zip(source[differ], chip[differ], strict=True)
    counted = Counter((_named(graph, a), _named(graph, b)) for a, b in pairs)
    # Equal counts stand in the order of their names, so that the report is the same each time.
    order = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(LabelChange(source=a, chip=b, rows=n) for (a, b), n in order[:_SHOWN_CHANGES])


def _named(graph: Graph, labels: Rows) -> str:
    names = zip(graph.class_names, labels.tolist(), strict=True)
    return " / ".join(classes[index] for classes, index in names)


def _against_truth(graph: Graph, found: Comparison, truth: Truth) -> dict[str, Any]:
    known = truth.known[found.kept]
    right = truth.values[found.kept][known]
    if not len(right):
        raise DataError("the target is empty on every row", hint="name another column: --target")
    figures: dict[str, Any] = {"rows_with_truth": len(right)}
    if "label" in found.source:
        source, chip = found.source["label"][known], found.chip["label"][known]
        figures |= classifier_figures(source, chip, right, len(graph.class_names[0]))
    if "value" in found.source:
        source, chip = found.source["value"][known], found.chip["value"][known]
        if source.shape != right.shape:
            raise DataError(
                f"the target has {right.shape[1]} columns, the model {source.shape[1]} outputs",
                hint="give one column per output",
            )
        figures |= regressor_figures(source, chip, right)
    return figures
