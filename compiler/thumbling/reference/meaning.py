# SPDX-License-Identifier: MIT
"""What every op means: a function a class, registered at its definition."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.ir.ops import Op

Int64 = npt.NDArray[np.int64]
Meaning = Callable[..., Int64]
F = TypeVar("F", bound=Callable[..., Any])

_meanings: dict[type[Op], Meaning] = {}


@dataclass(slots=True)
class Evaluation:
    """What a meaning may say besides its result: rows that the C refuses with THB_ERR_NAN."""

    n_rows: int
    refused: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.refused = np.zeros(self.n_rows, dtype=np.bool_)

    def refuse(self, rows: npt.NDArray[np.bool_]) -> None:
        """Refuse the rows marked, of shape (n,)."""
        self.refused |= rows


def meaning(kind: type[Op]) -> Callable[[F], F]:
    """Register a function as the meaning of an op.

    It is called with the op, the `Evaluation` and one array a tensor that the op reads, of shape
    (n, length) and in the tensor's own type; it gives the integers of the result.
    """

    def keep(function: F) -> F:
        if kind in _meanings:
            raise InternalError(f"{kind.__name__} has two meanings")
        _meanings[kind] = function
        return function

    return keep


def load_meanings() -> None:
    """Import every file of this folder, so that meanings register."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"thumbling.reference.{module.name}")


def meaning_of(op: Op) -> Meaning:
    """The meaning of an op. Raises TypeError where it has none."""
    if type(op) not in _meanings:
        load_meanings()
    found = _meanings.get(type(op))
    if found is None:
        raise TypeError(f"the reference does not know {type(op).__name__}")
    return found
