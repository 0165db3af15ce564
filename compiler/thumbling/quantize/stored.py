# SPDX-License-Identifier: MIT
"""What a source value has become on the integer side."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from thumbling.errors import InternalError
from thumbling.ir.graph import Certificate
from thumbling.ir.source import Trace
from thumbling.ir.source.arrays import FloatArray
from thumbling.quantize.affine import Feature
from thumbling.quantize.upward import above


class Stored(Protocol):
    """The integers of a value, made when they are first asked for."""

    def emitted(self) -> tuple[str, Certificate]:
        """The tensor that holds the value, and what is proved of it, for an output."""
        ...

    def integers(self) -> Integers:
        """The value as a tensor to compute with."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Numbers that are functions of one input column each: nothing is computed yet.

    A consumer that compares them with constants compares the stored input instead; one that adds
    them up puts what is affine into its weights.
    """

    name: str
    trace: Trace

    def emitted(self) -> tuple[str, Certificate]:
        """None: no model answers its input. Raises InternalError."""
        raise InternalError(f"{self.name} is predicted, but only a column of the input")

    def integers(self) -> Integers:
        """None: `Lowering.integers` computes them. Raises InternalError."""
        raise InternalError(f"{self.name} has not been computed")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Integers:
    """A tensor of the graph. Number j of the value is `features[j]` of its integer j.

    `where` says for which inputs the features' errors are proved, None if for no stated range;
    `computed_in` is the type of the source's own numbers. `certify` makes the certificate of
    something computed of these integers, from its bounds and what is to be said; `own` that of the
    integers as an output. `least_best` is a number that the greatest of them is never below, and
    `chosen` what is proved of which one that is, where more is known than follows from bounds.
    """

    tensor: str
    features: tuple[Feature, ...]
    where: str | None
    computed_in: str
    certify: Callable[[FloatArray, str], Certificate]
    own: Callable[[], Certificate]
    least_best: Callable[[], float]
    chosen: Callable[[], Certificate] | None = None

    def integers(self) -> Integers:
        """These."""
        return self

    def emitted(self) -> tuple[str, Certificate]:
        """The tensor itself. Raises InternalError where its numbers are no plain multiples."""
        if any(f.offset or f.slope <= 0 for f in self.features):
            raise InternalError(f"{self.tensor} is predicted, but its integers have an offset")
        return self.tensor, self.own()

    @property
    def errors(self) -> FloatArray:
        """Bound on |the source's number - ours|, one for each; infinite where it may overflow."""
        return np.array([feature.error for feature in self.features])

    @property
    def least_greatest(self) -> float:
        """A number that the greatest of the source's numbers is never below, where q is as seen."""
        known = [f for f in self.features if f.error < math.inf]
        ends = [min(f.at(f.seen_low), f.at(f.seen_high)) - Fraction(f.error) for f in known]
        return -above(-max(ends)) if ends else -math.inf

    @property
    def worst(self) -> float:
        """The greatest of these bounds."""
        return float(self.errors.max())

    def require_one_unit(self, what: str) -> Fraction:
        """The unit that all numbers share. Raises InternalError where they have several."""
        units = {feature.slope for feature in self.features}
        if len(units) != 1 or any(feature.offset for feature in self.features):
            raise InternalError(f"{what} of numbers in several units")
        return units.pop()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """A tensor that is an answer and nothing else, as labels are."""

    tensor: str
    own: Callable[[], Certificate]

    def emitted(self) -> tuple[str, Certificate]:
        """The tensor itself."""
        return self.tensor, self.own()

    def integers(self) -> Integers:
        """None: labels are no numbers to compute with. Raises InternalError."""
        raise InternalError(f"{self.tensor} holds labels, which nobody computes with")
