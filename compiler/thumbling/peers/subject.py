# SPDX-License-Identifier: MIT
"""What every tool is asked, and what a tool hands over to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.peers.ruler import Contender

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """A trained model and rows of shape (n, n_features) in real numbers, as `predict` gets them.

    `expected`, of shape (n, outputs), is what the source framework says of them: indices of
    classes, or values where `n_classes` is 0.
    """

    model: Any
    rows: Rows
    expected: Rows
    n_classes: int

    @property
    def is_regression(self) -> bool:
        """Whether the outputs are values."""
        return self.n_classes == 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generated:
    """A tool's program, the rows in the type its code declares, and how to read its outputs.

    An output of the program begins with values of the NumPy type `dtype`; real value = stored *
    `scale`, which is one for all of them or one for each.
    """

    program: Contender
    rows: Rows
    dtype: str
    scale: tuple[float, ...] = (1.0,)

    def answers(self, outputs: Sequence[bytes], columns: int) -> Rows:
        """The first `columns` values of each output as float64, shape (n, columns)."""
        table = np.frombuffer(b"".join(outputs), self.dtype).reshape(len(outputs), -1)
        return np.asarray(table[:, :columns].astype(np.float64) * self.scale[:columns])


def cast(rows: Rows, dtype: str) -> Rows:
    """Rows as C's cast converts them: fractions cut off, saturated at an integer's limits."""
    if np.dtype(dtype).kind == "f":
        return rows.astype(dtype)
    limits = np.iinfo(dtype)
    # A NaN becomes zero, as Cortex-M's conversion has it.
    whole = np.trunc(np.nan_to_num(rows.astype(np.float64), posinf=np.inf, neginf=-np.inf))
    return np.asarray(np.clip(whole, limits.min, limits.max).astype(dtype))
