# SPDX-License-Identifier: MIT
"""Certificates of what is computed of parts that are proved for some inputs each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from thumbling.ir.graph import Certificate, certify
from thumbling.ir.source.arrays import FloatArray

EVERYWHERE = "every stored input"
"""Where something is proved that needs no range."""


def unproved(reason: str) -> Certificate:
    """A certificate of nothing but what was measured."""
    return Certificate(kind="measured", epsilon=None, reason=reason)


def where_all(parts: Iterable[str | None]) -> str | None:
    """For which inputs all parts are proved, in words; None where one has no stated range.

    The graph's domain has the ranges themselves, which is where all ranges of the parts meet.
    """
    said = list(dict.fromkeys(parts))
    if None in said:
        return None
    ranges = [str(part) for part in said if part != EVERYWHERE]
    return " and ".join(ranges) if ranges else EVERYWHERE


def bounded(where: str | None, error: FloatArray, what: str) -> Certificate:
    """A bound on something computed of integers whose errors are proved `where`.

    An infinite bound says that the source may overflow.
    """
    if where is None:
        return unproved("the range of the float inputs is unknown; compile with data for a bound")
    if not np.isfinite(error).all():
        return unproved(f"for {where} the source model's own arithmetic can overflow")
    return certify("bounded", error, f"for {where} {what}")
