# SPDX-License-Identifier: MIT
"""Who turns which source op into integers: a function a class, registered at its definition."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from thumbling.errors import InternalError
from thumbling.ir.source import SourceOp

Quantizer = Callable[[Any, Any], Any]
F = TypeVar("F", bound=Quantizer)

_quantizers: dict[type[SourceOp], Quantizer] = {}
_columns: list[Quantizer] = []


def quantizes(kind: type[SourceOp]) -> Callable[[F], F]:
    """Register `(op, at: Lowering) -> Stored`: the integers of an op's result."""

    def keep(function: F) -> F:
        if kind in _quantizers:
            raise InternalError(f"{kind.__name__} is quantised twice")
        _quantizers[kind] = function
        return function

    return keep


def quantizes_columns(function: F) -> F:
    """Register `(name, at: Lowering) -> Integers`: a value that is affine in the input."""
    _columns.append(function)
    return function


def columns_quantizer() -> Quantizer:
    """Who makes integers of columns of the input."""
    load_quantizers()
    (found,) = _columns
    return found


def load_quantizers() -> None:
    """Import every file of this folder, so that quantisers register."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"thumbling.quantize.{module.name}")


def quantizer_of(op: SourceOp) -> Quantizer:
    """The quantiser of an op. Raises InternalError where there is none."""
    if type(op) not in _quantizers:
        load_quantizers()
    found = _quantizers.get(type(op))
    if found is None:
        raise InternalError(f"nobody quantises {type(op).__name__}")
    return found
