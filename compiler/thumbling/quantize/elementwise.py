# SPDX-License-Identifier: MIT
"""Scalers and orders of columns behind something that is computed: no integer changes.

What they do is put into the meaning of the integers, or of those that are picked and joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from thumbling.ir.graph import Certificate
from thumbling.ir.source import SourceOp
from thumbling.ir.source.concat import Concat
from thumbling.ir.source.elementwise import Elementwise
from thumbling.ir.source.floats import Floats
from thumbling.ir.source.select import Select
from thumbling.quantize.affine import Feature, carry
from thumbling.quantize.gathering import Number, gather
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import bounded, where_all
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers


@quantizes(Elementwise)
def quantize_elementwise(op: Elementwise, at: Lowering) -> Integers:
    """The same integers, which mean something else."""
    read = at.integers(op.inputs[0])
    features = _carried(op, [read], read.computed_in)
    return _meaning(replace(read, features=features))


@quantizes(Floats)
def quantize_floats(op: Floats, at: Lowering) -> Integers:
    """The same integers; the source goes on in the wider type."""
    read = at.integers(op.inputs[0])
    return replace(read, computed_in=at.wider((read.computed_in, op.dtype)))


@quantizes(Select)
def quantize_select(op: Select, at: Lowering) -> Integers:
    """Some of the integers."""
    return _joined(op, [Number(value=op.inputs[0], column=j) for j in op.columns.tolist()], at)


@quantizes(Concat)
def quantize_concat(op: Concat, at: Lowering) -> Integers:
    """All integers side by side."""
    numbers = [
        Number(value=name, column=j) for name in op.inputs for j in range(at.source.widths[name])
    ]
    return _joined(op, numbers, at)


def _carried(op: SourceOp, read: Sequence[Integers], dtype: str) -> tuple[Feature, ...]:
    features = carry(op, [list(part.features) for part in read], dtype)
    assert features is not None
    return tuple(features)


def _joined(op: SourceOp, numbers: Sequence[Number], at: Lowering) -> Integers:
    made = {name: at.integers(name) for name in op.inputs}
    parts = [made[name] for name in op.inputs]
    dtype = at.wider(part.computed_in for part in parts)
    whole = replace(
        parts[0],
        tensor=gather(numbers, made, at).tensor,
        features=_carried(op, parts, dtype),
        where=where_all(part.where for part in parts),
        computed_in=dtype,
        least_best=lambda: -np.inf,
    )
    return _meaning(whole)


def _meaning(integers: Integers) -> Integers:
    """With certificates from the features alone."""

    def own() -> Certificate:
        return bounded(integers.where, integers.errors, "it is computed in integers")

    return replace(integers, certify=partial(bounded, integers.where), own=own)
