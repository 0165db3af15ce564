# SPDX-License-Identifier: MIT
"""The cheapest way to cover a graph with kernels, within the stack that the goal allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from thumbling.errors import InternalError, OptionError
from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op
from thumbling.schedule.goal import Goal
from thumbling.schedule.kernel import Offer, Request
from thumbling.schedule.match import match
from thumbling.schedule.program import Program
from thumbling.schedule.registry import kernels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cover:
    """Kernels for the ops so far; `covered` are those of them that stand further on."""

    calls: tuple[Offer, ...]
    covered: frozenset[int]
    flash: float
    cycles: float
    arrays: int
    deepest: int

    @property
    def figures(self) -> tuple[float, float, int, int]:
        return self.flash, self.cycles, self.arrays, self.deepest

    def rank(self, goal: Goal) -> tuple[int, tuple[int, float, float]]:
        """Within the goal's stack all are equal; beyond it, less is better than anything."""
        excess = max(self.arrays + self.deepest - goal.stack, 0)
        return excess, goal.cost(self.flash, self.cycles)


def _offers(graph: Graph, goal: Goal, op: Op) -> list[Offer]:
    """Every way to begin with `op`."""
    found: list[Offer] = []
    for kernel in kernels():
        for pattern in kernel.covers:
            ops = match(graph, op, pattern)
            if ops is not None:
                found += kernel.offers(Request(graph=graph, goal=goal, ops=ops))
    if not found:
        raise InternalError(f"no kernel computes {op.output} ({type(op).__name__})")
    kept = [offer for offer in found if goal.inline or offer.updatable]
    if not kept:
        raise OptionError(
            f"--constants block: {op.output} ({type(op).__name__}) is too large for tables, and"
            " other code has its constants in it",
            hint="leave --constants out, or use a smaller model",
        )
    return kept


def _extend(cover: _Cover, offer: Offer, graph: Graph, at: dict[str, int]) -> _Cover:
    kept = any(output.tensor == offer.writes for output in graph.outputs)
    return _Cover(
        calls=(*cover.calls, offer),
        covered=cover.covered | {at[op.output] for op in offer.ops[1:]},
        flash=cover.flash + offer.flash,
        cycles=cover.cycles + offer.cycles,
        arrays=cover.arrays + (0 if kept else graph.tensors[offer.writes].n_bytes),
        deepest=max(cover.deepest, offer.stack),
    )


def _best(covers: Iterable[_Cover], goal: Goal) -> list[_Cover]:
    """Of covers of the same ops those that no other beats in all figures."""
    kept: list[_Cover] = []
    for cover in sorted(covers, key=lambda c: c.rank(goal)):
        beaten = (all(a <= b for a, b in zip(k.figures, cover.figures, strict=True)) for k in kept)
        if not any(beaten):
            kept.append(cover)
    return kept


def select(graph: Graph, goal: Goal) -> Program:
    """Cover the ops of a graph, in order of evaluation, at least cost.

    Where nothing stays within the goal's stack, what takes least of it is chosen. Raises
    InternalError where no kernel computes an op.
    """
    at = {op.output: index for index, op in enumerate(graph.ops)}
    nothing = _Cover(calls=(), covered=frozenset(), flash=0.0, cycles=0.0, arrays=0, deepest=0)
    covers = [nothing]
    for index, op in enumerate(graph.ops):
        offers = None
        states: dict[frozenset[int], list[_Cover]] = {}
        for cover in covers:
            if index in cover.covered:
                # Behind this op nothing is left to say about it.
                new = [cover]
            else:
                offers = _offers(graph, goal, op) if offers is None else offers
                new = [_extend(cover, offer, graph, at) for offer in offers]
            for item in new:
                states.setdefault(frozenset(i for i in item.covered if i > index), []).append(item)
        covers = [cover for group in states.values() for cover in _best(group, goal)]
    programs = (Program(graph=graph, goal=goal, calls=cover.calls) for cover in covers)
    return min(programs, key=lambda program: program.rank)
