# SPDX-License-Identifier: MIT
"""Neural nets: all layers are planned together, and the cheapest way that is good enough is taken.

What that is, data say: each way is tried on them, with the reference, against the source's own
sums. Errors are propagated layer by layer all the same, and certified where they say something.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Certificate
from thumbling.ir.source.activation import Activation
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.linear import Linear
from thumbling.ir.source.link import Link
from thumbling.quantize.dense_layer import input_grids, layer_on, store_plan
from thumbling.quantize.draft import Draft
from thumbling.quantize.front import front
from thumbling.quantize.hidden_layer import Hidden, Read, hidden_layer
from thumbling.quantize.input_grid import InputGrid
from thumbling.quantize.linear_plan import choose_plan
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.net_level import levelled
from thumbling.quantize.net_recipe import RECIPES, Recipe
from thumbling.quantize.proof import unproved
from thumbling.quantize.stored import Integers

# Rows on which a way of storing is tried.
_MOST_ROWS = 4096
# Of labels as many may be others, and numbers off by such a part of how they vary.
_WRONG_LABELS: Final = 0.002
_NUMBERS_OFF: Final = 2.0**-7
# A single number may be off by eight times as much.
_OUTLIER: Final = 1 / 8
# What is off by more than so many times that is so in any range of hidden values.
_HOPELESS: Final = 8
_LEAST: Final = 1e-300
# A bound above this part of what a result moves by says nothing.
_USEFUL: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Layers with a function behind each, and the last one."""

    hidden: tuple[tuple[Linear, Activation], ...]
    last: Linear

    @property
    def n_weights(self) -> int:
        """Of all layers together."""
        return sum(op.coef.size for op in (*(op for op, _ in self.hidden), self.last))


def net_behind(last: Linear, at: Lowering) -> Net | None:
    """The net that ends in a layer; None where there is nothing but that layer."""
    hidden: list[tuple[Linear, Activation]] = []
    first = last
    while isinstance(function := at.source.producers.get(first.inputs[0]), Activation):
        before = at.source.producers.get(function.inputs[0])
        if not isinstance(before, Linear):
            break
        first = before
        hidden.insert(0, (first, function))
    return Net(hidden=tuple(hidden), last=last) if hidden else None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Task:
    """A net, the grid it reads, and the source's sums of every layer where the data lie."""

    net: Net
    at: Lowering
    grid: InputGrid

    @cached_property
    def rows(self) -> npt.NDArray[Any]:
        """Some of the stored rows, with finite sums."""
        spec, data = self.at.spec, self.at.data
        if data is None:
            return np.empty((0, spec.n_features), spec.dtype.numpy)
        rows = data[:: -(-len(data) // _MOST_ROWS)].astype(spec.dtype.numpy)
        real = self.at.source.value(self.net.last.output, spec.real(rows))
        return np.asarray(rows[np.isfinite(real.astype(np.float64)).all(axis=1)])

    @cached_property
    def values(self) -> dict[str, npt.NDArray[Any]]:
        """The source's values on these rows."""
        return self.at.source.run(self.at.spec.real(self.rows), self.net.last.output)

    def sums(self, op: Linear) -> FloatArray:
        """What a layer sums up to in the source."""
        return self.values[op.output].astype(np.float64)

    @property
    def asks_numbers(self) -> bool:
        """Whether more than a label is made of the results."""
        last = self.net.last
        readers = self.at.readers(last.output)
        return not last.compete or any(isinstance(op, Link) for op in readers)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Trial:
    """A net as stored in one way: `wrong` labels and numbers `off`, as parts; None without data.
    `worst` is the proved bound, `spread` how far results move."""

    draft: Draft
    made: Integers
    recipe: Recipe
    wrong: float
    off: float
    worst: float
    spread: float

    def good(self, *, numbers: bool) -> bool:
        """Whether nothing finer need be tried."""
        return self.wrong <= _WRONG_LABELS and (self.off <= _NUMBERS_OFF or not numbers)

    def hopeless(self, *, numbers: bool) -> bool:
        """Whether another range of hidden values cannot help."""
        far = self.off > _HOPELESS * _NUMBERS_OFF
        return self.wrong > _HOPELESS * _WRONG_LABELS or (numbers and far)

    def badness(self, *, numbers: bool) -> tuple[float, float]:
        """What the best has least of."""
        return (
            (0.0, self.off) if numbers and self.wrong <= _WRONG_LABELS else (self.wrong, self.off)
        )


def _build(task: _Task, recipe: Recipe) -> tuple[Integers, float]:
    """The ops of the net; the integers of its results and the proved bound on all of them."""
    at, net, grid = task.at, task.net, task.grid
    at.draft.within(grid.domain)
    computed_in = str(net.hidden[0][0].computes_in(task.values[net.hidden[0][0].inputs[0]]))
    read = Read(tensor=front(grid, at), features=grid.features, computed_in=computed_in)
    if recipe.level:
        read = levelled(read, at)
    for number, (op, function) in enumerate(net.hidden):
        layer = Hidden(op=op, function=function.function, sums=task.sums(op))
        width = recipe.weights if number else recipe.first
        read = hidden_layer(layer, read, recipe, width, at)
    last = InputGrid(
        features=read.features,
        shift=(),
        bits=0,
        range_text=grid.range_text,
        domain=None,
        columns=tuple(range(len(read.features))),
        tensor=read.tensor,
    )
    layer_at = layer_on(net.last, (last,), at)
    plan = choose_plan(layer_at, ((recipe.weights, recipe.sums),))
    return store_plan(net.last, layer_at, plan, at), plan.worst


def _labels(numbers: FloatArray) -> npt.NDArray[Any]:
    return numbers.argmax(axis=1) if numbers.shape[1] > 1 else numbers[:, 0] > 0


def _off(ours: FloatArray, theirs: FloatArray, *, together: bool) -> float:
    """The typical error of the numbers that are worst off, or a part of the greatest one, against
    how these vary: each of its own, or all `together`."""
    axis = None if together else 0
    errors = np.abs(ours - theirs)
    typical = np.sqrt((errors**2).mean(axis=axis))
    varies = np.maximum(theirs.std(axis=axis), _LEAST)
    return float((np.maximum(typical, _OUTLIER * errors.max(axis=axis)) / varies).max())


def _try(task: _Task, recipe: Recipe, base: Draft) -> _Trial:
    at = task.at
    at.draft = base.copy()
    made, worst = _build(task, recipe)
    theirs = task.sums(task.net.last)
    wrong = off = 0.0
    spread = 2 * max(f.magnitude for f in made.features)
    if len(theirs):
        scale = np.array([float(f.slope) for f in made.features])
        ours = at.rows_of(made.tensor, task.rows).astype(np.float64) * scale
        if task.net.last.compete:
            wrong = float((_labels(ours) != _labels(theirs)).mean())
        off = _off(ours, theirs, together=task.net.last.compete)
        spread = float(np.ptp(theirs, axis=0).min())
    return _Trial(
        draft=at.draft,
        made=made,
        recipe=recipe,
        wrong=wrong,
        off=off,
        worst=worst,
        spread=spread,
    )


def _best(task: _Task) -> _Trial:
    """The first way that is good enough, else the best; without data the one with least error."""
    base, numbers = task.at.draft, task.asks_numbers
    recipes = RECIPES[task.at.precision]
    if not len(task.rows):
        found = [
            _try(task, recipe, base) for recipe in recipes if recipe.hidden == recipes[-1].hidden
        ]
        return min(found, key=lambda trial: trial.worst)
    tried = []
    for recipe in recipes:
        first, *others = replace(recipe, proved=False).calibrated(task.net.n_weights)
        best = _try(task, first, base)
        if not best.hopeless(numbers=numbers):
            ranges = [best, *(_try(task, one, base) for one in others)]
            best = min(ranges, key=lambda trial: trial.badness(numbers=numbers))
        if best.good(numbers=numbers):
            return best
        tried.append(best)
    return min(tried, key=lambda trial: trial.badness(numbers=numbers))


def quantize_net(net: Net, at: Lowering) -> Integers:
    """The results of a net, whose certificate is a bound only where that says something."""
    task = _Task(net=net, at=at, grid=input_grids(net.hidden[0][0], at)[0])
    base = at.draft
    best = _best(task)
    if not best.recipe.proved:
        best = _try(task, replace(best.recipe, proved=True), base)
    at.draft = best.draft
    if best.worst <= _USEFUL * best.spread:
        return best.made
    reason = (
        f"in the worst case the errors of {len(net.hidden) + 1} layers with hidden values of"
        f" {best.recipe.hidden} bits add up to {best.worst:.3g}, beside results that move by"
        f" {best.spread:.3g}: a bound that says nothing"
    )

    def certify(error: FloatArray, what: str) -> Certificate:
        return unproved(reason)

    return replace(best.made, certify=certify, own=lambda: unproved(reason))
