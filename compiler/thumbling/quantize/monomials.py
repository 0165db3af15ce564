# SPDX-License-Identifier: MIT
"""Products of features: exact where they fit, else rounded to what was seen and some more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.ir.graph import Certificate
from thumbling.ir.ops.gather import Gather
from thumbling.ir.ops.monomials import Monomials as Products
from thumbling.ir.source.monomials import Factors, Monomials
from thumbling.ir.types import TensorType
from thumbling.quantize.affine import Feature
from thumbling.quantize.dense_layer import input_grids
from thumbling.quantize.front import front
from thumbling.quantize.input_grid import InputGrid
from thumbling.quantize.integer_rows import WORD, seen
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.net_rows import interval
from thumbling.quantize.proof import bounded
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers
from thumbling.quantize.upward import GREATEST, ROUNDOFF, TINIEST, above, upward

# Products of inputs so many times as far out as was seen do not saturate.
_HEADROOM_BITS = 4
# Factors with an offset are made so fine.
_FACTOR_BITS = 24
_LEAST = -WORD - 1
_MOST_LIFT = 30


def _word(value: int) -> int:
    return min(max(value, _LEAST), WORD)


def _shifted(value: int, shift: int) -> int:
    return _word((value + ((1 << shift) >> 1)) >> shift)


@dataclass(slots=True, kw_only=True, eq=False)
class _Chain:
    """Factors and products so far, in the order of the op's results."""

    dtype: str
    features: list[Feature] = field(default_factory=list)
    places: dict[Factors, int] = field(default_factory=dict)
    column: list[int] = field(default_factory=list)
    lift: list[int] = field(default_factory=list)
    bias: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    shift: list[int] = field(default_factory=list)

    def factor(self, factors: Factors, column: int, feature: Feature) -> None:
        """A feature, whose offset becomes part of its integer."""
        lift = 0
        if feature.offset:
            size = max(map(abs, seen(feature))) + abs(feature.offset / feature.slope)
            lift = max(0, min(_FACTOR_BITS - int(size).bit_length(), _MOST_LIFT))
        unit = feature.slope / 2**lift
        bias = _word(round(feature.offset / unit))

        def moved(q: int) -> int:
            return _word((q << lift) + bias)

        # Whatever is rounded or saturates on the way, at the ends of what was seen.
        lost = max(abs(feature.slope * q + feature.offset - unit * moved(q)) for q in seen(feature))
        self._add(
            factors,
            Feature(
                slope=unit,
                offset=Fraction(0),
                low=moved(feature.low),
                high=moved(feature.high),
                seen_low=moved(seen(feature)[0]),
                seen_high=moved(seen(feature)[1]),
                error=upward(feature.error + above(lost)),
            ),
        )
        self.column.append(column)
        self.lift.append(lift)
        self.bias.append(bias)

    def _add(self, factors: Factors, feature: Feature) -> None:
        self.places[factors] = len(self.features)
        self.features.append(feature)

    def product(self, factors: Factors) -> None:
        """A factor times what its others are."""
        a, b = self.places[factors[:1]], self.places[factors[1:]]
        one, other = self.features[a], self.features[b]
        corners = [p * q for p in seen(one) for q in seen(other)]
        most = max(map(abs, corners))
        shift = max(0, most.bit_length() + _HEADROOM_BITS - 31)
        self._add(factors, self._product(one, other, shift))
        self.left.append(a)
        self.right.append(b)
        self.shift.append(shift)

    def _product(self, one: Feature, other: Feature, shift: int) -> Feature:
        near = [_shifted(p * q, shift) for p in seen(one) for q in seen(other)]
        ends = (one.low, one.high), (other.low, other.high)
        far = [_shifted(p * q, shift) for p in ends[0] for q in ends[1]]
        slope = one.slope * other.slope * 2**shift
        feature = Feature(
            slope=slope,
            offset=Fraction(0),
            low=min(far),
            high=max(far),
            seen_low=min(near),
            seen_high=max(near),
            error=0.0,
        )
        sizes = one.magnitude, other.magnitude
        theirs = ROUNDOFF[self.dtype] * sizes[0] * sizes[1] + TINIEST[self.dtype]
        apart = sizes[0] * other.error + sizes[1] * one.error
        ours = above(abs(slope)) / 2 if shift else 0.0
        feature.error = upward(theirs + apart + ours, 8)
        if feature.magnitude > GREATEST[self.dtype]:
            feature.error = np.inf
        return feature

    def op(self, reads: str, output: str) -> Products:
        """What computes all of them."""
        arrays = {
            name: np.array(getattr(self, name), dtype=np.int32)
            for name in ("column", "lift", "bias", "left", "right", "shift")
        }
        return Products(inputs=(reads,), output=output, **arrays)


def _chain(op: Monomials, features: tuple[Feature, ...], dtype: str) -> _Chain:
    chain = _Chain(dtype=dtype)
    if () in op.factors:
        # A number that stands for one whatever it is, so that the others keep their places.
        chain.factor((), 0, features[0])
        chain.features[0] = replace(
            chain.features[0], slope=Fraction(0), offset=Fraction(1), error=0.0
        )
    for factors in op.needed:
        if len(factors) == 1:
            chain.factor(factors, factors[0], features[factors[0]])
        else:
            chain.product(factors)
    return chain


@quantizes(Monomials)
def quantize_monomials(op: Monomials, at: Lowering) -> Integers:
    """Factors and products in one tensor."""
    grid = input_grids(op, at)[-1]
    if not all(feature.slope for feature in grid.features):
        raise UnsupportedModelError(
            "a feature is the same for every input before products are made of it",
            hint="leave that feature out, or drop the scaler that makes it so",
        )
    at.draft.within(grid.domain)
    dtype = str(
        at.source.value(
            op.inputs[0], at.spec.real(np.empty((0, at.spec.n_features), at.spec.dtype.numpy))
        ).dtype
    )
    chain = _chain(op, grid.features, dtype)
    features = tuple(chain.features[chain.places[factors]] for factors in op.factors)
    error = np.array([feature.error for feature in features])

    def own() -> Certificate:
        return bounded(grid.range_text, error, "products are rounded to int32")

    return Integers(
        tensor=_tensor(op, chain, grid, at),
        features=features,
        where=grid.range_text,
        computed_in=dtype,
        certify=partial(bounded, grid.range_text),
        own=own,
        least_best=lambda: -np.inf,
    )


def _tensor(op: Monomials, chain: _Chain, grid: InputGrid, at: Lowering) -> str:
    """The tensor that holds the products asked for, in order."""
    products = chain.op(front(grid, at), at.draft.name("products"))
    held = products.infer(interval([(f.low, f.high) for f in grid.features]))
    low, high = int(held.low.min()), int(held.high.max())
    tensor = at.draft.add(products, TensorType(shape=(held.size,), low=low, high=high))
    places = [chain.places[factors] for factors in op.factors]
    if places == list(range(held.size)):
        return tensor
    column = np.array(places, dtype=np.int32)
    gather = Gather(
        inputs=(tensor,),
        output=at.draft.name("picked"),
        source=np.zeros_like(column),
        column=column,
    )
    return at.draft.add(gather, TensorType(shape=(len(places),), low=low, high=high))
