# SPDX-License-Identifier: MIT
"""Probabilities from scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.base import SourceOp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Link(SourceOp):
    """`sigmoid`: of one score, both classes' probabilities. `softmax`: all scores compete.
    `ovr`: one sigmoid a class, over their sum; where all are zero, classes are all `alike`, or stay
    `zeros`.
    """

    kind: Literal["sigmoid", "softmax", "ovr"]
    empty: Literal["alike", "zeros"] = "alike"

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if (self.kind == "sigmoid") != (width == 1):
            raise ValueError(f"a {self.kind} of {width} scores")
        return max(2, width)

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Probabilities of shape (n, classes); no exponential here can overflow."""
        (score,) = x
        if self.kind == "softmax":
            power = np.exp(score - score.max(axis=1, keepdims=True))
            return np.asarray(power / power.sum(axis=1, keepdims=True))
        small = np.exp(-np.abs(score))
        second = np.where(score > 0, 1 / (1 + small), small / (1 + small))
        if self.kind == "sigmoid":
            return np.concatenate([1 - second, second], axis=1)
        total = second.sum(axis=1, keepdims=True)
        nothing = 1 / score.shape[1] if self.empty == "alike" else 0.0
        return np.where(total == 0, nothing, second / np.where(total == 0, 1, total))
