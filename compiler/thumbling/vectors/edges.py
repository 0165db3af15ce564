# SPDX-License-Identifier: MIT
"""Stored inputs at which an op changes its mind: a function a class, registered where it is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from thumbling.errors import InternalError
from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op
from thumbling.ir.origin import origin
from thumbling.passes.fold_thresholds import grid_bounds

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


def edges_of(graph: Graph, port: str, rng: np.random.Generator) -> tuple[list[Pair], list[Pair]]:
    """The edges of all ops on the columns of an input: those near the data, each once and sorted,
    and the others.
    """
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"thumbling.vectors.{module.name}")
    near: set[Pair] = set()
    others: list[Pair] = []
    for op in graph.ops:
        find = _found.get(type(op))
        if find is None:
            continue
        found = find(op, rng)
        pairs = _on_input(graph, port, op.inputs[0], found.pairs)
        if found.near_data:
            near |= set(pairs)
        else:
            others += pairs
    return sorted(near), others


def _on_input(graph: Graph, port: str, tensor: str, pairs: Collection[Pair]) -> list[Pair]:
    """Edges of a tensor as edges of an input: those of numbers that are columns of it."""
    if tensor == port:
        return list(pairs)
    producers = {op.output: op for op in graph.ops}
    found = {number: origin(producers, tensor, number) for number in {n for n, _ in pairs}}
    columns = {number: column for number, (name, column) in found.items() if name == port}
    placed = ((columns.get(number), key) for number, key in pairs)
    low, high = grid_bounds(graph.spec(port))
    # Beyond the order of floats stand NaNs.
    return [(at, key) for at, key in placed if at is not None and low <= key <= high]
