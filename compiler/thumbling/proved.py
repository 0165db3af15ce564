# SPDX-License-Identifier: MIT
"""What was measured is held against what was proved: a proof that fails is a bug of ours."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.ir.graph import Graph, Output

Rows = npt.NDArray[Any]
_SHOWN = 32


def proved_rows(graph: Graph, stored: Rows) -> npt.NDArray[np.bool_]:
    """Which stored rows the proofs are about."""
    if graph.domain is None:
        return np.ones(len(stored), dtype=np.bool_)
    return graph.domain.holds(stored)


def _holds(ours: int, scale: Fraction, theirs: float, bound: float) -> bool:
    return bool(np.isfinite(theirs)) and abs(ours * scale - Fraction(theirs)) <= Fraction(bound)


def _broken(row: int, stored: Rows, what: str) -> InternalError:
    values = ", ".join(str(value) for value in stored[row].tolist()[:_SHOWN])
    more = ", .." if stored.shape[1] > _SHOWN else ""
    return InternalError(
        f"a proof of the compiler does not hold: on row {row + 1} of those compared, stored"
        f" ({values}{more}), {what}",
        hint="please report this model with that row; its other figures cannot be trusted either",
    )


def require_numbers(graph: Graph, output: Output, stored: Rows, ours: Rows, theirs: Rows) -> None:
    """Hold the integers `ours` of an output and the source's numbers `theirs` against its bound.

    Shapes (n, n_features) and (n, length). An exact output must be the source's once rounded to
    float64; another is compared without any rounding. Raises `InternalError` naming the row.
    """
    if output.certificate.kind == "measured":
        return
    real, scales = graph.real(output, ours), graph.scales(output)
    bounds = output.certificate.bounds(len(scales))
    with np.errstate(all="ignore"):
        # Plain float64 clears what lies well within; the rest is decided in fractions.
        lost = 2.0**-51 * (np.abs(real) + np.abs(theirs))
        clear = np.abs(real - theirs) + lost <= np.array(bounds)
    clear |= real == theirs if output.certificate.kind == "exact" else False
    doubtful = np.argwhere(~clear & proved_rows(graph, stored)[:, None])
    for row, k in doubtful.tolist():
        if not _holds(int(ours[row, k]), scales[k], float(theirs[row, k]), bounds[k]):
            raise _broken(
                row,
                stored,
                f"{output.field} {k} is {float(real[row, k])!r} here and {float(theirs[row, k])!r}"
                f" in the source, proved to lie within {bounds[k]:.6g}",
            )


def require_labels(
    graph: Graph, output: Output, stored: Rows, labels: tuple[Rows, Rows], undecided: Rows
) -> None:
    """Hold `labels`, ours and the source's of shape (n, outputs), against the certificate.

    `undecided` are the rows, shape (n,), on which the proof leaves the label open. Raises
    `InternalError` naming the row.
    """
    if output.certificate.kind == "measured":
        return
    ours, theirs = labels
    wrong = (ours != theirs).any(axis=1) & proved_rows(graph, stored) & ~undecided
    for row in np.flatnonzero(wrong).tolist():
        raise _broken(
            row, stored, f"the label is {ours[row].tolist()} here and {theirs[row].tolist()} there"
        )
