# SPDX-License-Identifier: MIT
"""What to warn of: options without effect, data that say little, what storing loses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.fidelity import RealRows, StoredInput, outside_range
from thumbling.ir import InputSpec
from thumbling.ir.source.linear import Linear
from thumbling.pipeline import AUTO, Compilation, Options
from thumbling.quantize.column_ranges import scaled_ranges
from thumbling.report import Report
from thumbling.report.words import first_rows, share, storing_changes, stuck

_FEW_ROWS = 10
_SHOWN_FEATURES = 5


def doubts(
    compilation: Compilation, options: Options, rows: npt.NDArray[Any] | None
) -> Iterator[str]:
    """Sentences about what has another effect than it seems to, or was left out."""
    release = compilation.source.release
    if release is not None and release.note:
        yield release.note
    if options.precision != "auto" and not _has_weights(compilation):
        yield f"--precision {options.precision} is of linear models' weights; trees have none"
    real = compilation.fidelity.on_real_rows
    if rows is None or real is None:
        return
    yield from _about_rows(compilation, options, rows)
    yield from _about_storing(compilation.input, len(rows))
    yield from _left_out(real)
    for index in compilation.fidelity.stuck_values:
        yield (
            f"{stuck(index, compilation.fidelity)}: its range was lost; fit on features of ordinary"
            " size (a scaler that divides by their deviation helps)"
        )


def _has_weights(compilation: Compilation) -> bool:
    return any(isinstance(op, Linear) for op in compilation.source.ops)


def _about_rows(
    compilation: Compilation, options: Options, rows: npt.NDArray[Any]
) -> Iterator[str]:
    """Data from which a range cannot be seen."""
    spec, linear = compilation.graph.input, _has_weights(compilation)
    ranged = linear or options.input_scale == AUTO
    if len(rows) < _FEW_ROWS:
        count = f"{len(rows)} row" + ("s" if len(rows) > 1 else "")
        yield f"the data have {count} only: fidelity figures" + (
            " and ranges taken from so few say little"
            if ranged
            else " measured on so few say little"
        )
    known = linear and scaled_ranges(compilation.source, spec) is not None
    if not ranged or known:
        return
    finite = np.isfinite(rows)
    low = np.where(finite, rows, np.inf).min(axis=0)
    high = np.where(finite, rows, -np.inf).max(axis=0)
    constant = [spec.names[j] for j in np.flatnonzero(low == high).tolist()]
    if constant and (spec.dtype.is_float or options.input_scale == AUTO):
        yield (
            f"constant in the data: {_listed(constant)}; nothing says which other values are"
            " possible, so they may saturate: give data with the whole range"
        )


def _about_storing(stored: StoredInput, n_rows: int) -> Iterator[str]:
    saturated = {f.name: f.rows_saturated for f in stored.features if f.rows_saturated}
    if saturated:
        worst = max(saturated, key=lambda name: saturated[name])
        yield (
            f"{share(saturated[worst], n_rows)} of the data's {worst} lie outside {stored.type}"
            " and are clipped: check --input-scale and --input-offset"
        )
    if (changes := storing_changes(stored)) is not None:
        yield changes


def _left_out(real: RealRows) -> Iterator[str]:
    if real.rows_dropped:
        yield (
            f"the source model itself refuses {first_rows(real.dropped, real.rows_dropped)} of the"
            " data: left out of the fidelity figures"
        )
    if real.rows_outside_range:
        yield outside_words(real.rows_outside_range, real.rows + real.rows_dropped)


def row_doubts(report: Report, spec: InputSpec, rows: npt.NDArray[Any]) -> Iterator[str]:
    """What to say of other real rows of shape (n, n_features) for a model that was compiled."""
    saturated = spec.saturates(rows).any(axis=1)
    if saturated.any():
        yield (
            f"{saturated.sum()} of {len(rows)} rows lie outside {spec.dtype.value} with this scale"
            " and offset and are clipped"
        )
    ends = [(f.low, f.high) for f in report.input.features]
    certified = [(low, high) for low, high in ends if low is not None and high is not None]
    if len(certified) == spec.n_features:
        outside = outside_range(spec.store(rows), certified)
        if outside.any():
            yield outside_words(int(outside.sum()), len(rows))


def outside_words(outside: int, rows: int) -> str:
    """A sentence on rows for which no error is proved."""
    return (
        f"{outside} of {rows} rows lie outside the range for which the error is proved (see the"
        " generated header): the chip equals the reference there, but not surely the source"
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN_FEATURES
    return ", ".join(names[:_SHOWN_FEATURES]) + (f" and {more} more" if more > 0 else "")
