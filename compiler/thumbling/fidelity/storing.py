# SPDX-License-Identifier: MIT
"""What storing the user's rows loses: per feature, and in the answers of the source itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.fidelity.record import TELLING_PART, FeatureLoss, StoredInput, Suggestion
from thumbling.fidelity.source import Asked, ask
from thumbling.ir.source import SourceGraph
from thumbling.ir.types import InputSpec
from thumbling.quantize.auto_scale import auto_scale
from thumbling.quantize.column_ranges import scaled_ranges

Rows = npt.NDArray[Any]
Ranges = Sequence[tuple[float, float]]
# Neighbours of float32 are so many steps apart from zero, wherever they lie.
_FLOAT_STEPS = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What the source says otherwise of stored rows: labels, or how far its values move.

    `worst` is the greatest move of all values, `part` the greatest as a part of a value's range.
    """

    labels: int | None
    worst: float | None
    part: float | None

    @property
    def matters(self) -> bool:
        return bool(self.labels) or (self.part or 0.0) > TELLING_PART

    def exceeds(self, other: _Change) -> bool:
        """Whether more is lost here."""
        return self._sizes > other._sizes

    @property
    def _sizes(self) -> tuple[float, ...]:
        return self.labels or 0, self.part or 0.0, self.worst or 0.0


def best_input(source: SourceGraph, spec: InputSpec, real: Rows) -> InputSpec:
    """The input of the same type whose scale and offset lose least on the given rows."""
    plain = replace(spec, scale=(1.0,) * spec.n_features, offset=(0.0,) * spec.n_features)
    scale, offset = auto_scale(spec.dtype, real, scaled_ranges(source, plain))
    return replace(spec, scale=scale, offset=offset)


def measure_storing(
    estimator: Any,
    source: SourceGraph,
    spec: InputSpec,
    *,
    before: Asked | None = None,
    after: Asked | None = None,
    certified: Ranges | None = None,
) -> StoredInput:
    """The loss by storing rows as `spec` says, from what the source said `before` and `after`.

    Nothing is measured without rows. `certified` is the stored range per feature for which an
    error is proved, if one is. Where the loss changes answers, scale and offset that lose less are
    suggested.
    """
    real = None if before is None else before.real
    found = StoredInput(
        type=spec.dtype.value,
        scale=spec.scale,
        offset=spec.offset,
        features=tuple(_feature(spec, j, real, certified) for j in range(spec.n_features)),
    )
    if before is None or after is None:
        return found
    change = _changed(source, before, after)
    return replace(
        found,
        labels_changed=change.labels,
        max_abs_change=change.worst,
        part_of_range=change.part,
        suggestion=_suggestion(estimator, source, spec, before, change) if change.matters else None,
    )


def _changed(source: SourceGraph, before: Asked, after: Asked) -> _Change:
    both = before.kept & after.kept
    old, new = (asked.predicted[both[asked.kept]] for asked in (before, after))
    if source.class_names:
        return _Change(labels=int((old != new).any(axis=1).sum()), worst=None, part=None)
    old, new = old.reshape(len(old), -1), new.reshape(len(new), -1)
    moved = np.abs(new - old).max(axis=0, initial=0.0)
    spread = np.ptp(old, axis=0) if len(old) else np.zeros_like(moved)
    parts = moved[spread > 0] / spread[spread > 0]
    return _Change(
        labels=None,
        worst=float(moved.max(initial=0.0)),
        part=float(parts.max()) if len(parts) else None,
    )


def _suggestion(
    estimator: Any, source: SourceGraph, spec: InputSpec, before: Asked, change: _Change
) -> Suggestion | None:
    best = best_input(source, spec, before.real)
    again = ask(estimator, best.real(best.store(before.real)))
    after = _changed(source, before, again)
    if not change.exceeds(after):
        return None
    return Suggestion(
        scale=best.scale,
        offset=best.offset,
        labels_changed=after.labels,
        max_abs_change=after.worst,
    )


def _feature(spec: InputSpec, j: int, real: Rows | None, certified: Ranges | None) -> FeatureLoss:
    low, high = (None, None) if certified is None else certified[j]
    loss = FeatureLoss(name=spec.names[j], low=low, high=high)
    at = slice(j, j + 1)
    one = replace(spec, scale=spec.scale[at], offset=spec.offset[at], names=spec.names[at])
    column = None if real is None else real[np.isfinite(real[:, j])][:, at]
    if column is None or not len(column):
        return loss
    stored = one.store(column)
    again = one.real(stored).astype(np.float64)
    spacing = float(np.spacing(np.abs(stored).max())) if spec.dtype.is_float else 1.0
    steps = int(np.ptp(stored.astype(np.float64)) / spacing) + 1
    return replace(
        loss,
        used_of_range=min(1.0, steps / _all_steps(spec)),
        steps=steps,
        rows_saturated=int(one.saturates(column).sum()),
        worst_step=abs(one.scale[0]) * spacing,
        worst_error=float(np.abs(again - column.astype(np.float64)).max()),
    )


def _all_steps(spec: InputSpec) -> int:
    if spec.dtype.is_float:
        return _FLOAT_STEPS
    low, high = spec.dtype.bounds
    return high - low + 1
