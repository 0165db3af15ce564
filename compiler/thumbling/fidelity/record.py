# SPDX-License-Identifier: MIT
"""What is measured against the source model, as `report.json` holds it.

Row numbers count from 1. A figure that may be None is so where it means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TELLING_PART: Final = 0.01
"""A regressor's answers that move by this part of their range are worth a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputInfo:
    """One field of the output struct.

    `scale` is the exact real value of one unit, a list of them where the field's values differ.
    `epsilon` is the proved bound; where values have bounds of their own, `epsilons` are these and
    `epsilon` is the greatest.
    """

    field: str
    length: int
    scale: str | list[str]
    certificate: str
    epsilon: float | None
    reason: str
    epsilons: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same figure of the source model and of the chip."""

    source: float
    chip: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Rows by true class (line) and answered class (column), of the source and of the chip."""

    source: tuple[tuple[int, ...], ...]
    chip: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChange:
    """On so many `rows` the source says one class and the chip another."""

    source: str
    chip: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RealRows:
    """What the user gets: the source on his rows as they are, against the chip on the stored ones.

    `rows_dropped` were refused by the source itself, `dropped` numbers the first of them.
    `rows_outside_range` lie where no error is proved. `max_abs_errors` are those of each value of a
    regressor that has several. `label_changes` are the most frequent ones.
    Where the truth is given on `rows_with_truth`: accuracy and confusion of a classifier, with the
    rows that are right on one side only; RMSE and R2 of a regressor, means over its outputs.
    """

    rows: int
    label_agreement: float | None
    max_abs_error: float | None
    rows_dropped: int = 0
    dropped: tuple[int, ...] = ()
    rows_outside_range: int = 0
    max_abs_errors: tuple[float, ...] = ()
    label_changes: tuple[LabelChange, ...] = ()
    rows_with_truth: int = 0
    accuracy: Pair | None = None
    right_by_source_alone: int | None = None
    right_by_chip_alone: int | None = None
    confusion: Confusion | None = None
    rmse: Pair | None = None
    r2: Pair | None = None

    @property
    def figures(self) -> tuple[float | None, float | None]:
        """Agreement of labels and worst error, None where no output has them."""
        return self.label_agreement, self.max_abs_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """Agreement of the chip with the source framework on `rows` stored rows, and what is proved.

    `certificate` is the weakest of all outputs, `epsilon` their greatest bound.
    `rows_inside_bound` counts rows on which the source's own margin is too small for the proof
    that the label is equal: for a forest the rounding errors of the leaves that the row reaches,
    otherwise the certificate's epsilon. `made_rows` says that the rows are the compiler's own.
    The agreement is 1 where no output is a label, the error 0 where all are. `rows_outside_range`
    more rows lie where no error is proved and are left out of all figures, unless there are no
    others: then none is. `max_abs_errors` are those of each value of a regressor that has several;
    `stuck_values` are one constant on the chip, but not in the source.
    """

    certificate: str
    epsilon: float | None
    rows: int
    label_agreement: float
    max_abs_error: float
    rows_inside_bound: int
    outputs: tuple[OutputInfo, ...]
    rows_dropped: int = 0
    rows_outside_range: int = 0
    max_abs_errors: tuple[float, ...] = ()
    stuck_values: tuple[int, ...] = ()
    made_rows: bool = False
    on_real_rows: RealRows | None = None

    @property
    def figures(self) -> tuple[float | None, float | None]:
        """Agreement of labels and worst error, None where no output has them."""
        labels = [output.field == "label" for output in self.outputs]
        agreement = self.label_agreement if any(labels) else None
        return agreement, None if all(labels) else self.max_abs_error


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureLoss:
    """What storing does to one feature of the user's rows.

    `worst_step` is the greatest real distance between stored values that are neighbours where the
    data lie; of such `steps` the data span so many, `used_of_range` as a share of all the type
    has (float32: of the 2**24 that it resolves). `worst_error` is how far a stored value is from
    the real one at most, saturated ones included. `low` and `high` are the stored range for which
    an error is proved.
    """

    name: str
    used_of_range: float | None = None
    steps: int | None = None
    rows_saturated: int | None = None
    worst_step: float | None = None
    worst_error: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Scale and offset per feature that lose least on the data, and what they still change."""

    scale: tuple[float, ...]
    offset: tuple[float, ...]
    labels_changed: int | None
    max_abs_change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInput:
    """How real rows become stored ones, and what the source model makes of that.

    `labels_changed` counts rows of the data on which the source itself says another class once
    they are stored; `max_abs_change` is how far the values of a regressor move at
    most, `part_of_range` the same as a part of a value's range. `suggestion` is there where
    another scale and offset of the same type would lose less.
    """

    type: str
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    features: tuple[FeatureLoss, ...]
    labels_changed: int | None = None
    max_abs_change: float | None = None
    part_of_range: float | None = None
    suggestion: Suggestion | None = None

    @property
    def moves_values(self) -> bool:
        """Whether a regressor's answers move by more than can be passed over."""
        return (self.part_of_range or 0.0) > TELLING_PART
