# SPDX-License-Identifier: MIT
"""How far the integers are from the source model on stored rows, beside what is proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.fidelity.claims import claims
from thumbling.fidelity.open_labels import open_labels
from thumbling.fidelity.record import Fidelity
from thumbling.fidelity.source import Asked
from thumbling.ir.graph import Graph
from thumbling.ir.source import SourceGraph
from thumbling.proved import proved_rows, require_labels, require_numbers
from thumbling.reference import evaluate

Rows = npt.NDArray[Any]
# A source's values that move by a smaller part of their size do so by its own rounding.
_STILL = 2.0**-20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """The source's labels beside the chip's, shape (rows, outputs), and the worst error of numbers.

    `kept` says which of the given rows these are: those the source answers, and with finite
    numbers. `source` and `chip` have a table a field: class indices, or real numbers. `stored` are
    the chip's integers.
    """

    kept: npt.NDArray[np.bool_]
    source: Mapping[str, Rows]
    chip: Mapping[str, Rows]
    stored: Mapping[str, Rows]

    @property
    def label_agreement(self) -> float | None:
        """The share of rows on which all labels are equal."""
        if "label" not in self.source:
            return None
        return float((self.source["label"] == self.chip["label"]).all(axis=1).mean())

    @property
    def worst_error(self) -> float | None:
        """The worst error of all numbers."""
        numbers = [field for field in self.source if field != "label"]
        errors = [np.abs(self.chip[field] - self.source[field]).max() for field in numbers]
        return float(max(errors)) if errors else None

    @property
    def value_errors(self) -> tuple[float, ...]:
        """The worst error of each value where there are several, since one may hide another's."""
        if "value" not in self.source or self.source["value"].shape[1] == 1:
            return ()
        return tuple(np.abs(self.chip["value"] - self.source["value"]).max(axis=0).tolist())

    @property
    def stuck_values(self) -> tuple[int, ...]:
        """Values that are the same on all rows here, while the source's are not."""
        if "value" not in self.source:
            return ()
        theirs = self.source["value"]
        with np.errstate(all="ignore"):
            moves = np.ptp(theirs, axis=0) > _STILL * np.abs(theirs).max(axis=0)
        still = np.ptp(self.chip["value"], axis=0) == 0
        return tuple(np.flatnonzero(moves & still).tolist())

    def among(self, rows: npt.NDArray[np.bool_]) -> Comparison:
        """The same for some of the rows that were kept."""
        kept = self.kept.copy()
        kept[kept] = rows
        tables = (self.source, self.chip, self.stored)
        source, chip, stored = ({k: v[rows] for k, v in table.items()} for table in tables)
        return Comparison(kept=kept, source=source, chip=chip, stored=stored)


def compare(estimator: Any, graph: Graph, asked: Asked, stored: Rows) -> Comparison:
    """The source on the rows it was asked against the reference on stored ones, row by row.

    Raises `DataError` where the source answers none with finite numbers.
    """
    theirs = {o.field: asked.answers(estimator, o.field) for o in graph.outputs}
    # Arithmetic that overflows in the framework itself is no answer to compare with.
    finite = np.all([np.isfinite(answer).all(axis=1) for answer in theirs.values()], axis=0)
    kept = asked.kept.copy()
    kept[kept] = finite
    if not finite.any():
        raise DataError(
            f"the source's own arithmetic overflows on all {len(kept)} rows, so there is nothing to"
            " compare",
            hint="give rows of the size the model was trained on: --data",
        )
    theirs = {field: answer[finite] for field, answer in theirs.items()}
    outputs, _ = evaluate(graph, stored[kept])
    real = {
        o.field: outputs[o.field] if o.field == "label" else graph.real(o, outputs[o.field])
        for o in graph.outputs
    }
    return Comparison(kept=kept, source=theirs, chip=real, stored=outputs)


def _require_proofs(graph: Graph, found: Comparison, rows: Rows, undecided: Rows) -> None:
    """Hold what was measured on stored rows against what is proved of them.

    Raises `InternalError` with its row where a proof does not hold.
    """
    for output in graph.outputs:
        ours, theirs = found.stored[output.field], found.source[output.field]
        if output.field == "label":
            require_labels(graph, output, rows, (ours, theirs), undecided)
        else:
            require_numbers(graph, output, rows, ours, theirs)


def rows_inside_bound(estimator: Any, graph: Graph, source: SourceGraph, stored: Rows) -> Rows:
    """On which stored rows the proof does not decide the label; the source must answer them.

    Shape (n,), of booleans.
    """
    labels = [o.certificate for o in graph.outputs if o.field == "label"]
    if not labels or labels[0].kind != "bounded" or labels[0].epsilon is None:
        return np.zeros(len(stored), dtype=np.bool_)
    return open_labels(estimator, graph, source, stored, labels[0].epsilon)


def measure_fidelity(
    estimator: Any,
    source: SourceGraph,
    graph: Graph,
    asked: Asked,
    stored: Rows,
    *,
    made: bool = False,
) -> Fidelity:
    """Compare reference and source on stored rows; rows the source itself refuses are left out.

    `asked` is the source on the same rows; `made` says that they are not the user's, and may lie
    where nothing is proved: figures are of the others, where there are any. Raises
    `DataError` where none is left, `InternalError` where a proof does not hold on one of them.
    """
    found = compare(estimator, graph, asked, stored)
    rows = stored[found.kept]
    dropped = len(stored) - len(rows)
    undecided = rows_inside_bound(estimator, graph, source, rows)
    _require_proofs(graph, found, rows, undecided)
    inside = proved_rows(graph, rows)
    inside |= not inside.any()
    found, undecided = found.among(inside), undecided[inside]
    claimed = claims(graph)
    return Fidelity(
        certificate=claimed.certificate,
        epsilon=claimed.epsilon,
        rows=len(undecided),
        label_agreement=1.0 if found.label_agreement is None else found.label_agreement,
        max_abs_error=found.worst_error or 0.0,
        rows_inside_bound=int(undecided.sum()),
        outputs=claimed.outputs,
        rows_dropped=dropped,
        rows_outside_range=int((~inside).sum()),
        max_abs_errors=found.value_errors,
        stuck_values=found.stuck_values,
        made_rows=made,
    )
