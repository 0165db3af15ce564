# SPDX-License-Identifier: MIT
"""A whole pipeline as trained: source ops in order of evaluation, and what is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from thumbling.ir.answers import Answers
from thumbling.ir.source.arrays import Rows
from thumbling.ir.source.base import INPUT, SourceOp, Trace, along
from thumbling.ir.source.release import Release
from thumbling.ir.source.values import Prediction


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceGraph:
    """A model in real numbers.

    `source` names it as reports do (`sklearn.RandomForestClassifier`, steps joined by ` > `);
    `feature_names` are empty where training knew none. `release` is None where the installed
    release trained it. `frame` are the names as trained where the framework picks columns by them,
    so that it must be asked with frames; empty where it takes arrays.
    """

    source: str
    n_features: int
    feature_names: tuple[str, ...]
    ops: tuple[SourceOp, ...]
    prediction: Prediction
    release: Release | None = None
    frame: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[tuple[str, ...], ...]:
        """The labels of every output in index order, none for regressors."""
        return self.prediction.class_names

    @property
    def answers(self) -> Answers:
        """Of what types and shapes the source's own answers are."""
        found = self.prediction
        return Answers(label_types=found.label_types, matrix=found.matrix)

    @cached_property
    def widths(self) -> Mapping[str, int]:
        """The width of every value. Raises ValueError where an op does not fit what it reads."""
        found = {INPUT: self.n_features}
        for op in self.ops:
            if op.output in found or not all(name in found for name in op.inputs):
                raise ValueError(f"{op.output} is written twice, or reads what comes later")
            found[op.output] = op.width(*(found[name] for name in op.inputs))
        for value in self.prediction.fields.values():
            if found.get(value.name) != value.width:
                raise ValueError(f"{value.name} of {value.width} values is predicted, not computed")
        return found

    @cached_property
    def producers(self) -> Mapping[str, SourceOp]:
        """The op that writes each value."""
        return {op.output: op for op in self.ops}

    def readers(self, name: str) -> list[SourceOp]:
        """The ops that read a value."""
        return [op for op in self.ops if name in op.inputs]

    def ancestors(self, *names: str) -> tuple[SourceOp, ...]:
        """The ops that some values need, in order of evaluation."""
        needed = set(names)
        for op in reversed(self.ops):
            if op.output in needed:
                needed |= set(op.inputs)
        return tuple(op for op in self.ops if op.output in needed)

    @np.errstate(all="ignore")
    def run(
        self, rows: Rows, *names: str, given: Mapping[str, Rows] = MappingProxyType({})
    ) -> dict[str, Rows]:
        """The named values of real rows of shape (n, n_features), and all on the way to them.

        Values that are `given` are not computed.
        """
        values: dict[str, Rows] = {INPUT: rows, **given}
        for op in self.ancestors(*names):
            if op.output not in values:
                values[op.output] = op.run(*(values[name] for name in op.inputs))
        return values

    def value(self, name: str, rows: Rows) -> Rows:
        """One value of real rows, shape (n, width)."""
        return self.run(rows, name)[name]

    @np.errstate(all="ignore")
    def accepts(self, rows: Rows, *names: str) -> npt.NDArray[np.bool_]:
        """Which rows the source answers, for the values named: shape (n,)."""
        values, good = self.run(rows, *names), np.ones(len(rows), dtype=np.bool_)
        for op in self.ancestors(*names):
            good &= op.accepts(*(values[name] for name in op.inputs))
        return good

    @cached_property
    def takes_nan(self) -> bool:
        """Whether there are rows with a NaN that the source answers."""
        return any(self.answers_nan(INPUT, column) for column in range(self.n_features))

    def answers_nan(self, value: str, number: int) -> bool:
        """Whether the source answers rows in which one number of a value, and no other, is NaN."""
        masks = {name: np.zeros(width, dtype=np.bool_) for name, width in self.widths.items()}
        masks[value][number] = True
        for op in self.ops:
            if op.output == value or not any(masks[name].any() for name in op.inputs):
                continue
            widths = tuple(self.widths[name] for name in op.inputs)
            mask = op.nan_reaches(widths, *(masks[name] for name in op.inputs))
            if mask is None:
                return False
            masks[op.output] = mask
        return True

    def trace(self, name: str) -> Trace | None:
        """Which input column each number of a value depends on alone, and in which sense.

        None where some depend on several.
        """
        if name == INPUT:
            return along(self.n_features)
        op = self.producers[name]
        own = op.trace(*(self.widths[i] for i in op.inputs))
        if own is None:
            return None
        traces = [self.trace(i) for i in op.inputs]
        column, sense = np.zeros_like(own.column), np.zeros_like(own.sense)
        for index, behind in enumerate(traces):
            at = own.source == index
            if behind is None:
                if at.any():
                    return None
                continue
            column[at] = behind.column[own.column[at]]
            sense[at] = own.sense[at] * behind.sense[own.column[at]]
        return Trace(source=np.zeros_like(column), column=column, sense=sense)

    def base(self, name: str, j: int) -> tuple[str, int, bool]:
        """The farthest number on which number `j` of a value depends alone and monotonely.

        Returns its value, its index there, and whether one falls as the other rises. It is one of
        the input or of an op that mixes or is not monotone.
        """
        falls = False
        while name != INPUT:
            op = self.producers[name]
            trace = op.trace(*(self.widths[i] for i in op.inputs))
            if trace is None or trace.sense[j] == 0:
                break
            falls ^= bool(trace.sense[j] < 0)
            name, j = op.inputs[trace.source[j]], int(trace.column[j])
        return name, j, falls
