# SPDX-License-Identifier: MIT
"""Numbers from several places in one tensor: columns of the input, and integers of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from thumbling.ir.interval import HIGH, LOW
from thumbling.ir.ops.gather import Gather
from thumbling.ir.ops.key import Key
from thumbling.ir.source import INPUT
from thumbling.ir.types import TensorType
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.stored import Integers


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Number:
    """Number `column` of a value. A NaN of a float input, which has no place in the order of
    integers, stands at its upper end where `nan_high`, else at its lower end."""

    value: str
    column: int
    nan_high: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A tensor with all numbers in order, and its bounds."""

    tensor: str
    bounds: tuple[int, int]


def gather(numbers: Sequence[Number], made: Mapping[str, Integers], at: Lowering) -> Gathered:
    """One tensor of all numbers; a value that is read whole and in order is that itself.

    Columns of the input that nobody `made` integers of are taken as they are stored.
    """
    tensors = {value: integers.tensor for value, integers in made.items()}
    column = [number.column for number in numbers]
    own = [k for k, n in enumerate(numbers) if n.value == INPUT and INPUT not in made]
    if own:
        tensors[INPUT] = INPUT
    if own and at.spec.dtype.is_float:
        tensors[INPUT] = _keys([numbers[k] for k in own], at)
        for position, k in enumerate(own):
            column[k] = position
    order = sorted({number.value for number in numbers})
    ends = [at.bounds_of(tensors[value]) for value in order]
    bounds = min(low for low, _ in ends), max(high for _, high in ends)
    if len(order) == 1 and column == list(range(at.width_of(tensors[order[0]]))):
        return Gathered(tensor=tensors[order[0]], bounds=bounds)
    op = Gather(
        inputs=tuple(tensors[value] for value in order),
        output=at.draft.name("seen"),
        source=np.array([order.index(number.value) for number in numbers], dtype=np.int32),
        column=np.array(column, dtype=np.int32),
    )
    kind = TensorType(shape=(len(numbers),), low=bounds[0], high=bounds[1])
    return Gathered(tensor=at.draft.add(op, kind), bounds=bounds)


def _keys(numbers: Sequence[Number], at: Lowering) -> str:
    """Columns of a float input as ordered integers."""
    op = Key(
        inputs=(INPUT,),
        output=at.draft.name("key"),
        column=np.array([number.column for number in numbers], dtype=np.int32),
        nan_high=np.array([number.nan_high for number in numbers], dtype=np.bool_),
    )
    return at.draft.add(op, TensorType(shape=(len(numbers),), low=LOW, high=HIGH))
