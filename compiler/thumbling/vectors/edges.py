# SPDX-License-Identifier: MIT
"""Stored inputs at which an op changes its mind: a function a class, registered where it is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from thumbling.errors import InternalError
from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op

Pair = tuple[int, int]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Pairs of feature and key (a stored integer, the ordered bits of a float) of an op.

    `near_data` says that training put them where the data lie, so that they tell a range.
    """

    pairs: frozenset[Pair] | tuple[Pair, ...]
    near_data: bool = False


Find = Callable[[Any, np.random.Generator], Edges]

_found: dict[type[Op], Find] = {}


def edges(kind: type[Op]) -> Callable[[F], F]:
    """Register the edges of an op that reads the stored input.

    The function is called with the op and a random generator, for ops that have too many.
    """

    def keep(function: F) -> F:
        if kind in _found:
            raise InternalError(f"the edges of {kind.__name__} are registered twice")
        _found[kind] = function
        return function

    return keep


def edges_of(graph: Graph, rng: np.random.Generator) -> tuple[list[Pair], list[Pair]]:
    """The edges of all ops: those near the data, each once and sorted, and the others."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"thumbling.vectors.{module.name}")
    near: set[Pair] = set()
    others: list[Pair] = []
    for op in graph.ops:
        find = _found.get(type(op))
        if find is None:
            continue
        found = find(op, rng)
        if found.near_data:
            near |= set(found.pairs)
        else:
            others += found.pairs
    return sorted(near), others
