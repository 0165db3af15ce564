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
from thumbling.ir.source.arrays import frozen
from thumbling.ir.source.concat import Concat
from thumbling.ir.source.elementwise import Elementwise
from thumbling.ir.source.fill import Fill
from thumbling.ir.source.floats import Floats
from thumbling.ir.source.linear import Linear
from thumbling.ir.source.select import Select
from thumbling.quantize.affine import Feature, carry
from thumbling.quantize.blending import rescaled
from thumbling.quantize.gathering import Number, gather
from thumbling.quantize.linear import quantize_linear
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import certified, where_all
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers


@quantizes(Elementwise)
def quantize_elementwise(op: Elementwise, at: Lowering) -> Integers:
    """The same integers, which mean something else."""
    read = at.integers(op.inputs[0])
    moved = _meaning(replace(read, features=_carried(op, [read], read.computed_in)), [read])
    # An answer has a unit of its own and no offset; it costs a product a number.
    return rescaled(moved, op.output, at, common=False) if at.asked(op.output) else moved


@quantizes(Fill)
def quantize_fill(op: Fill, at: Lowering) -> Integers:
    """The integers: what is computed is never missing."""
    return at.integers(op.inputs[0])


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
    """All integers side by side; those of linear models of the same numbers as one layer."""
    merged = _one_layer(op, at)
    if merged is not None:
        return quantize_linear(merged, at)
    numbers = [
        Number(value=name, column=j) for name in op.inputs for j in range(at.source.widths[name])
    ]
    return _joined(op, numbers, at)


def _one_layer(op: Concat, at: Lowering) -> Linear | None:
    """The rows of all linear models in one, where nobody else reads them."""
    rows = [at.source.producers.get(name) for name in op.inputs]
    layers = [row for row in rows if isinstance(row, Linear)]
    alike = {(row.inputs, row.compete, row.dtype) for row in layers}
    alone = all(at.readers(name) == [op] and not at.asked(name) for name in op.inputs)
    if len(layers) != len(rows) or len(alike) != 1 or not alone:
        return None
    return replace(
        layers[0],
        output=op.output,
        coef=frozen(np.concatenate([row.coef for row in layers])),
        intercept=frozen(np.concatenate([row.intercept for row in layers])),
    )


def _carried(op: SourceOp, read: Sequence[Integers], dtype: str) -> tuple[Feature, ...]:
    features = carry(op, [list(part.features) for part in read], dtype)
    assert features is not None
    return tuple(feature for feature in features if feature is not None)


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
    )
    joined = _meaning(whole, parts)
    return rescaled(joined, op.output, at, common=True) if at.asked(op.output) else joined


def _meaning(integers: Integers, parts: Sequence[Integers]) -> Integers:
    """With certificates from the features and what is proved of the parts."""

    def own() -> Certificate:
        return certified(parts, integers.errors, "it is computed in integers")

    return replace(
        integers,
        certify=partial(certified, parts),
        own=own,
        least_best=lambda: -np.inf,
        chosen=None,
    )
