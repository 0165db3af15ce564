# SPDX-License-Identifier: MIT
"""Certificates of what is computed of parts that are proved for some inputs each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

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
        return unproved(
            "what it is computed of has no bound: where the range of float inputs is unknown,"
            " compile with data for one"
        )
    if not np.isfinite(error).all():
        return unproved(f"for {where} the source model's own arithmetic can overflow")
    return certify("bounded", error, f"for {where} {what}")


class Proved(Protocol):
    """Integers of which something is proved."""

    @property
    def where(self) -> str | None:
        """For which inputs, in words; None if for no stated range."""
        ...

    @property
    def certify(self) -> Callable[[FloatArray, str], Certificate]:
        """Makes the certificate of something computed of them."""
        ...


def certified(parts: Sequence[Proved], error: FloatArray, what: str) -> Certificate:
    """What is proved of something computed of several parts: nothing where one has no proof."""
    for part in parts:
        own = part.certify(np.zeros(1), what)
        if own.kind == "measured":
            return own
    return bounded(where_all(part.where for part in parts), error, what)
