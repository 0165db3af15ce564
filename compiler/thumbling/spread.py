# SPDX-License-Identifier: MIT
"""Mean and greatest value of something that was measured several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean and greatest value over the samples."""

    mean: float
    max: float

    @classmethod
    def of(cls, values: Sequence[int]) -> Self:
        """Of at least one value."""
        return cls(mean=sum(values) / len(values), max=max(values))
