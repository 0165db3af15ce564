# SPDX-License-Identifier: MIT
"""What every op is: the tensors it reads, the one it writes, and the range of what it writes.

Constants are read-only NumPy arrays of exactly the C type.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.ir.interval import Interval
from thumbling.ir.types import DType

Int32Array = npt.NDArray[np.int32]
SIGNED = (DType.INT8, DType.INT16, DType.INT32)
INTEGERS = (*SIGNED, DType.UINT8, DType.UINT16)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Op:
    """Base of all ops: the tensors it reads and the one it writes.

    `results` are the types of the arrays that it can write. Beside its arrays, the integers named
    in `learned` differ from model to model, so they are constants too.
    """

    results: ClassVar[tuple[DType, ...]] = (DType.INT32,)
    learned: ClassVar[tuple[str, ...]] = ()
    inputs: tuple[str, ...]
    output: str

    @property
    def rejects_nan(self) -> bool:
        """Whether it makes a prediction fail where its input holds a NaN."""
        return False

    @abstractmethod
    def infer(self, *x: Interval) -> Interval:
        """The range of each value of the result, for inputs in `x`, one a tensor that is read.

        Checks the op's own constants first: kinds, shapes, values. So an op whose range was
        inferred can be evaluated and emitted. Raises `InternalError` where it is ill-formed.
        """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """One of several alike that an op holds in a tuple: a tree. Columns of one length, read-only.

    `word` is what a printed graph calls it.
    """

    word: ClassVar[str]

    @abstractmethod
    def lines(self) -> list[str]:
        """The record as text, complete."""


Kind = TypeVar("Kind", bound=Op)

_ops: dict[str, type[Op]] = {}


def op(cls: type[Kind]) -> type[Kind]:
    """Register an op class under its name, once."""
    if cls.__name__ in _ops:
        raise InternalError(f"two ops are called {cls.__name__}")
    _ops[cls.__name__] = cls
    return cls


def ops() -> Mapping[str, type[Op]]:
    """All ops by name."""
    folder = Path(__file__).parent
    for module in pkgutil.iter_modules([str(folder)]):
        importlib.import_module(f"thumbling.ir.ops.{module.name}")
    return dict(sorted(_ops.items()))
