# SPDX-License-Identifier: MIT
"""Sums of integers times real factors, and votes by weights: bounds hold, orders are kept."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.source_graphs import linear_source

from thumbling.errors import InternalError
from thumbling.ir import DType, InputSpec
from thumbling.ir.interval import Interval
from thumbling.ir.ops.blend import Blend
from thumbling.ir.ops.tally import Tally as Count
from thumbling.ir.types import TensorType, quant
from thumbling.quantize.affine import Feature
from thumbling.quantize.blending import Term, blend, in_one_unit, rescaled
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import EVERYWHERE, bounded
from thumbling.quantize.stored import Integers
from thumbling.quantize.tally import weights_in_units
from thumbling.reference.evaluate import tensor_values

_FEW = settings(max_examples=150, deadline=None, derandomize=True)
_REAL = st.floats(-1e6, 1e6).map(lambda value: Fraction(value).limit_denominator(10**9))
_SLOPE = st.integers(-40, 20).map(lambda bits: Fraction(2) ** bits) | st.fractions(
    Fraction(1, 1000), 1000, max_denominator=1000
)


def _lowering(n: int) -> Lowering:
    """The beginning of a graph of `n` stored int32."""
    one = (1.0,) * n
    names = tuple(f"x{j}" for j in range(n))
    return Lowering(
        source=linear_source(np.ones((1, n)), np.zeros(1)),
        spec=InputSpec(dtype=DType.INT32, scale=one, offset=(0.0,) * n, names=names),
        fields=("value",),
        precision="auto",
        data=None,
    )


def _part(
    at: Lowering, name: str, features: list[tuple[Fraction, Fraction]], most: int
) -> Integers:
    """Integers of -most to most: each the input's, cut there."""
    from thumbling.ir.ops.clamp import Clamp

    n = len(features)
    limit = np.full(n, most, dtype=np.int32)
    kind = TensorType(shape=(n,), low=-most, high=most, quant=quant((Fraction(1),)))
    at.draft.add(Clamp(inputs=("x",), output=name, low=-limit, high=limit), kind)
    return Integers(
        tensor=name,
        features=tuple(
            Feature(
                slope=slope,
                offset=offset,
                low=-most,
                high=most,
                seen_low=-most,
                seen_high=most,
                error=0.0,
            )
            for slope, offset in features
        ),
        where=EVERYWHERE,
        computed_in="float64",
        certify=partial(bounded, EVERYWHERE),
        own=lambda: bounded(EVERYWHERE, np.zeros(1), "made by hand"),
        least_best=lambda: -np.inf,
    )


def _values(at: Lowering, made: Integers, rows: np.ndarray) -> list[list[Fraction]]:
    tensor = tensor_values(at.draft.ops, at.draft.tensors, rows)[made.tensor]
    return [
        [f.slope * int(q) + f.offset for f, q in zip(made.features, row, strict=True)]
        for row in tensor
    ]


@_FEW
@given(
    st.lists(st.tuples(_SLOPE, _REAL), min_size=1, max_size=3),
    st.lists(_REAL, min_size=2, max_size=2),
    st.lists(_REAL, min_size=3, max_size=3),
    st.integers(1, 31),
    st.booleans(),
)
def test_a_blend_is_within_its_bound_of_the_exact_sum(
    features: list[tuple[Fraction, Fraction]],
    factors: list[Fraction],
    added: list[Fraction],
    bits: int,
    common: bool,
) -> None:
    n, most = len(features), (1 << bits) - 1
    at = _lowering(n)
    parts = [_part(at, name, features, most) for name in ("a", "b")]
    terms = [
        Term(read=part, factor=(factor,) * n, place=tuple(range(n)))
        for part, factor in zip(parts, factors, strict=True)
    ]
    made = blend(terms, n, "y", at, added=added[:n], common=common)
    rng = np.random.default_rng(0)
    ends = np.array(list(product((-most, 0, most), repeat=n)), dtype=np.int32)
    rows = np.concatenate([ends, rng.integers(-most, most + 1, (40, n)).astype(np.int32)])
    for row, got in zip(rows.tolist(), _values(at, made, rows), strict=True):
        for k, (slope, offset) in enumerate(features):
            exact = sum(factors) * (slope * row[k] + offset) + added[k]
            assert abs(got[k] - exact) <= Fraction(made.features[k].error)
    units = {feature.slope for feature in made.features}
    assert len(units) == 1 or not common
    low, high = (np.array([getattr(f, end) for f in made.features]) for end in ("low", "high"))
    stored = tensor_values(at.draft.ops, at.draft.tensors, rows)["y"]
    assert (stored >= low).all()
    assert (stored <= high).all()


def test_a_blend_loses_little() -> None:
    """Thirty bits of a mean of probabilities in 2**-15."""
    at = _lowering(2)
    parts = [_part(at, name, [(Fraction(1, 2**15), Fraction(0))] * 2, 2**15) for name in "ab"]
    terms = [Term(read=part, factor=(Fraction(1, 2),) * 2, place=(0, 1)) for part in parts]
    made = blend(terms, 2, "y", at)
    assert made.worst < 1.001 * 2.0**-29
    assert made.features[0].slope == Fraction(1, 2**28)


def test_units_are_changed_only_where_they_differ() -> None:
    at = _lowering(2)
    third, half = (Fraction(1, 3), Fraction(0)), (Fraction(1, 2), Fraction(0))
    alike = _part(at, "alike", [third, third], 9)
    assert in_one_unit(alike, at) is alike
    assert in_one_unit(alike, at, binary=True) is not alike
    plain = _part(at, "plain", [half, half], 9)
    assert in_one_unit(plain, at, binary=True) is plain
    mixed = in_one_unit(_part(at, "mixed", [third, half], 9), at)
    assert len({feature.slope for feature in mixed.features}) == 1
    moved = _part(at, "moved", [(Fraction(1, 2), Fraction(1))] * 2, 9)
    assert not any(f.offset for f in rescaled(moved, "y", at, common=False).features)


def _range(*ends: tuple[int, int]) -> Interval:
    low, high = np.array(ends, dtype=np.int64).T
    return Interval(low=low, high=high)


def _blend(**changes: object) -> Blend:
    fields: dict[str, object] = {
        "multiplier": np.array([1, 2], dtype=np.int32),
        "place": np.array([0, 0], dtype=np.int32),
        "bias": np.array([5], dtype=np.int64),
        "shift": 1,
    }
    return Blend(inputs=("a",), output="y", **{**fields, **changes})  # type: ignore[arg-type]


def test_a_blend_knows_its_range() -> None:
    found = _blend().infer(_range((-3, 4), (0, 10)))
    assert (found.low.tolist(), found.high.tolist()) == ([1], [14])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"multiplier": np.ones(3, dtype=np.int32)}, "a place for each value"),
        ({"place": np.array([0, 1], dtype=np.int32)}, "beyond its results"),
        ({"shift": 63}, "a shift by 63"),
        ({"shift": True}, "a shift by True"),
        ({"bias": np.array([2**63 - 1], dtype=np.int64)}, "may leave 64 bits"),
        ({"bias": np.array([2**40], dtype=np.int64)}, "does not fit int32"),
        ({"bias": np.ones(1)}, "no int64 array"),
    ],
)
def test_an_ill_formed_blend_is_refused(changes: dict[str, object], match: str) -> None:
    with pytest.raises(InternalError, match=match):
        _blend(**changes).infer(_range((-3, 4), (0, 10)))


@pytest.mark.parametrize(
    ("weight", "label", "match"),
    [
        ([1], (0, 1), "a weight for each input"),
        ([1, -1], (0, 1), "is negative"),
        ([1, 1], (0, 2), "is no class"),
        ([2**31 - 1, 2], (0, 1), "does not fit int32"),
    ],
)
def test_an_ill_formed_tally_is_refused(
    weight: list[int], label: tuple[int, int], match: str
) -> None:
    op = Count(inputs=("a", "b"), output="y", weight=np.array(weight, dtype=np.int32), n_classes=2)
    with pytest.raises(InternalError, match=match):
        op.infer(_range(label), _range(label))


@_FEW
@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.5, 3.0]), min_size=1, max_size=6)
)
def test_integer_votes_choose_as_float64_sums_do(weights: list[float]) -> None:
    """All ways in which members can vote for three classes, ties and rounding included."""
    units, ordered = weights_in_units(np.array(weights))
    for votes in product(range(3), repeat=len(weights)):
        theirs = np.bincount(votes, weights=weights, minlength=3)
        ours = np.bincount(votes, weights=units, minlength=3)
        if ordered:
            assert theirs.argmax() == ours.argmax()
    assert ordered or len(set(weights)) > 1


def test_many_odd_weights_are_bounded_only() -> None:
    weights = np.random.default_rng(0).random(14)
    units, ordered = weights_in_units(weights)
    assert not ordered
    assert units.max() == 2**20 - 1
