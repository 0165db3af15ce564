# SPDX-License-Identifier: MIT
"""How far the integers are from the source model: measured on rows, beside what is proved."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import ModelError
from thumbling.frontends.release import installed
from thumbling.ir.graph import Graph
from thumbling.ir.source import Forest, SourceModel
from thumbling.proved import require_labels, require_numbers
from thumbling.quantize.row_bounds import gap_errors, least_gap
from thumbling.reference import evaluate

Rows = npt.NDArray[Any]
_ORDER = ("exact", "bounded", "measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """Agreement with the source framework on `rows` rows.

    `certificate` is the weakest of all outputs. `rows_inside_bound` counts rows on which the
    source's own margin is too small for the proof that the label is equal: for a forest the
    rounding errors of the leaves that the row reaches, otherwise the certificate's epsilon.
    """

    certificate: str
    epsilon: float | None
    rows: int
    label_agreement: float
    max_abs_error: float
    rows_inside_bound: int


def _label_index(estimator: Any, predicted: Rows) -> Rows:
    classes = estimator.classes_
    table = predicted.reshape(len(predicted), -1)
    groups = classes if isinstance(classes, list) else [classes]
    columns = [np.searchsorted(group, table[:, k]) for k, group in enumerate(groups)]
    return np.stack(columns, axis=1)


def _last(estimator: Any) -> Any:
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator


_METHODS = {
    "label": "predict",
    "value": "predict",
    "score": "decision_function",
    "proba": "predict_proba",
}


def _ask(estimator: Any, field: str, real: Rows) -> Any:
    """What the framework itself answers. Raises `ModelError` where the model breaks it."""
    try:
        return getattr(estimator, _METHODS[field])(real)
    # What a model of another release, or a damaged one, makes a framework raise.
    except (
        ArithmeticError,
        AttributeError,
        ImportError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        words = str(error).strip().splitlines() or ["no details"]
        raise ModelError(
            f"{type(estimator).__name__}.{_METHODS[field]} fails on this model"
            f" ({type(error).__name__}: {words[0][:200]})",
            hint=f"it may come from another release: fit and save it with {installed()}, which is"
            " installed here",
        ) from error


def _numbers(estimator: Any, field: str, real: Rows) -> Rows:
    answer = _ask(estimator, field, real)
    if isinstance(answer, list):
        answer = np.concatenate(answer, axis=1)
    return np.asarray(answer, dtype=np.float64).reshape(len(real), -1)


def source_answers(estimator: Any, field: str, real: Rows) -> Rows:
    """What the framework says of real rows, shape (n, columns): class indices or real numbers."""
    if field == "label":
        return _label_index(_last(estimator), np.asarray(_ask(estimator, field, real)))
    return _numbers(estimator, field, real)


def _open_votes(numbers: Rows, source: SourceModel, graph: Graph, stored: Rows) -> Rows:
    """Rows of a forest whose first greatest share might be another one here.

    Our gaps are whole units. So where the source has an exact tie and less than a unit can have
    been lost, there is a tie here too, and both take the first of its classes.
    """
    forest, start = source.predictor, 0
    assert isinstance(forest, Forest)
    rows, unit = np.arange(len(numbers)), least_gap(graph)
    open_ = np.zeros(len(numbers), dtype=np.bool_)
    for width in forest.n_classes:
        part = slice(start, start + width)
        best = start + numbers[:, part].argmax(axis=1)
        gap = numbers[rows, best][:, None] - numbers
        reach = gap_errors(source, graph, stored, best)
        decided = (gap > reach) | ((gap == 0) & (reach < unit))
        open_ |= ~decided[:, part].all(axis=1)
        start += width
    return open_


def _inside_bound(
    estimator: Any, graph: Graph, source: SourceModel, stored: Rows, real: Rows
) -> Rows:
    """Which rows the proof of the label leaves open."""
    labels = [o.certificate for o in graph.outputs if o.field == "label"]
    if not labels or labels[0].kind != "bounded" or labels[0].epsilon is None:
        return np.zeros(len(stored), dtype=np.bool_)
    if isinstance(source.predictor, Forest):
        return _open_votes(_numbers(estimator, "proba", real), source, graph, stored)
    numbers = _numbers(estimator, "score", real)
    if numbers.shape[1] == 1:
        return np.asarray(np.abs(numbers[:, 0]) <= labels[0].epsilon)
    best = np.sort(numbers, axis=1)
    return np.asarray(best[:, -1] - best[:, -2] <= 2 * labels[0].epsilon)


def accepted(source: SourceModel, graph: Graph, stored: Rows) -> npt.NDArray[np.bool_]:
    """Which stored rows the framework predicts on: no NaN, no infinity, also behind its scalers."""
    return source.accepts(graph.input.real(stored))


@contextmanager
def _quiet_source() -> Iterator[None]:
    """Without the warnings of scikit-learn that our rows cause and nobody can act on."""
    # Its check for NaN adds up a row, which has both infinities in our vectors.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # We hand over columns in the order of training, which is what the names are for.
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        yield


def _finite(estimator: Any, graph: Graph, rows: Rows) -> npt.NDArray[np.bool_]:
    """The rows on which every number of the source is finite."""
    kept, real = np.ones(len(rows), dtype=np.bool_), graph.input.real(rows)
    for output in graph.outputs if len(rows) else ():
        kept &= np.isfinite(source_answers(estimator, output.field, real)).all(axis=1)
    return kept


@_quiet_source()
def measure_fidelity(estimator: Any, source: SourceModel, graph: Graph, stored: Rows) -> Fidelity:
    """Compare reference and source on stored rows; rows the source refuses are left out.

    So are rows on which its own arithmetic overflows: that is no answer to compare with.
    Raises `InternalError` with its row where a proof does not hold.
    """
    rows = stored[accepted(source, graph, stored)]
    rows = rows[_finite(estimator, graph, rows)]
    kinds = [o.certificate.kind for o in graph.outputs]
    epsilons = [o.certificate.epsilon for o in graph.outputs]
    proved = [e for e in epsilons if e is not None]
    agreement, worst, inside = 1.0, 0.0, 0
    if len(rows):
        real = graph.input.real(rows)
        outputs, _ = evaluate(graph, rows)
        open_ = _inside_bound(estimator, graph, source, rows, real)
        inside = int(open_.sum())
        for output in graph.outputs:
            ours = outputs[output.field]
            theirs = source_answers(estimator, output.field, real)
            if output.field == "label":
                agreement = float((ours == theirs).all(axis=1).mean())
                require_labels(graph, output, rows, (ours, theirs), open_)
            else:
                error = np.abs(graph.real(output, ours) - theirs)
                worst = max(worst, float(error.max(initial=0.0)))
                require_numbers(graph, output, rows, ours, theirs)
    return Fidelity(
        certificate=max(kinds, key=_ORDER.index),
        epsilon=max(proved) if len(proved) == len(epsilons) else None,
        rows=len(rows),
        label_agreement=agreement,
        max_abs_error=worst,
        rows_inside_bound=inside,
    )
