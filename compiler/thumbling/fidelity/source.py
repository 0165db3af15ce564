# SPDX-License-Identifier: MIT
"""What the source framework itself says of real rows, and which rows it refuses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError, ModelError
from thumbling.frontends.release import installed

Rows = npt.NDArray[Any]

_METHODS = {
    "label": "predict",
    "value": "predict",
    "score": "decision_function",
    "proba": "predict_proba",
}
SHOWN_ROWS = 5
"""So many row numbers are named in a message or a report."""


@contextmanager
def quiet_source() -> Iterator[None]:
    """Without the warnings of scikit-learn that our rows cause and nobody can act on."""
    # Its check for NaN adds up a row, which has both infinities in our vectors.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # We hand over columns in the order of training, which is what the names are for.
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        yield


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


def last_step(estimator: Any) -> Any:
    """The predictor of a pipeline, or the estimator itself."""
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator


def class_groups(estimator: Any) -> list[Rows]:
    """The classes of every output, in index order."""
    classes = last_step(estimator).classes_
    return [np.asarray(c) for c in (classes if isinstance(classes, list) else [classes])]


def _label_index(estimator: Any, predicted: Rows) -> Rows:
    table = predicted.reshape(len(predicted), -1)
    groups = class_groups(estimator)
    columns = [np.searchsorted(group, table[:, k]) for k, group in enumerate(groups)]
    return np.stack(columns, axis=1)


def _table(estimator: Any, field: str, answer: Any) -> Rows:
    """An answer as a table: class indices, or real numbers."""
    if field == "label":
        return _label_index(estimator, np.asarray(answer))
    if isinstance(answer, list):
        answer = np.concatenate(answer, axis=1)
    numbers = np.asarray(answer, dtype=np.float64)
    return numbers.reshape(len(numbers), -1)


@quiet_source()
def source_answers(estimator: Any, field: str, real: Rows) -> Rows:
    """What the framework says of real rows, shape (n, columns): class indices or real numbers.

    Raises `ModelError` where the model breaks the framework.
    """
    return _table(estimator, field, _ask(estimator, field, real))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """Real rows, which of them the framework predicts on, and what it predicts of those.

    `predicted` has a line per kept row: class indices, or the values of a regressor.
    """

    real: Rows
    kept: npt.NDArray[np.bool_]
    predicted: Rows

    def is_of(self, real: Rows) -> bool:
        """Whether these rows were asked: the same numbers of the same type."""
        same = self.real.dtype == real.dtype
        return same and np.array_equal(self.real, real, equal_nan=True)

    def answers(self, estimator: Any, field: str) -> Rows:
        """What the framework says of the kept rows, as `source_answers`."""
        if _METHODS[field] == "predict":
            return self.predicted
        return source_answers(estimator, field, self.real[self.kept])


@quiet_source()
def ask(
    estimator: Any, real: Rows, what: str = "the data", *, hopeless: Rows | None = None
) -> Asked:
    """Have the framework predict on real rows of shape (n, n_features), those it takes.

    Rows it refuses together are asked again in halves; `hopeless` ones, a mask, are not asked at
    all where it takes others. Raises `DataError` where it refuses all of
    `what`; `ModelError` where the model is at fault and not the rows.
    """
    field = "label" if hasattr(last_step(estimator), "classes_") else "value"
    finite = np.isfinite(real).all(axis=1)
    worth = ~hopeless if hopeless is not None and not hopeless.all() else np.ones_like(finite)
    parts = [np.flatnonzero(worth & ~finite), np.flatnonzero(worth & finite)]
    places, answers = [], []
    while parts:
        part = parts.pop()
        if not len(part):
            continue
        answer = _taken(estimator, field, real[part])
        if answer is not None:
            places.append(part)
            answers.append(answer)
        elif len(part) > 1:
            half = len(part) // 2
            parts += [part[half:], part[:half]]
    if not places:
        _refused(estimator, field, real, what)
    place = np.concatenate(places)
    kept = np.zeros(len(real), dtype=np.bool_)
    kept[place] = True
    return Asked(real=real, kept=kept, predicted=np.concatenate(answers)[np.argsort(place)])


def _taken(estimator: Any, field: str, real: Rows) -> Rows | None:
    """The answers, None where the framework refuses these rows together."""
    try:
        return _table(estimator, field, _ask(estimator, field, real))
    except ModelError as error:
        if isinstance(error.__cause__, ValueError):
            return None
        raise


def _refused(estimator: Any, field: str, real: Rows, what: str) -> NoReturn:
    # A model that cannot even take zeros is broken: this names what it raises.
    _ask(estimator, field, np.zeros((1, real.shape[1]), dtype=real.dtype))
    raise DataError(
        f"the source model refuses every row of {what}, {len(real)} in all, so there is nothing to"
        " compare",
        hint="call its own predict on these rows to see why: often NaN, or values that overflow in"
        " a scaler",
    )


def row_numbers(kept: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """The first rows that are not kept, counted from 1."""
    return tuple((np.flatnonzero(~kept)[:SHOWN_ROWS] + 1).tolist())
