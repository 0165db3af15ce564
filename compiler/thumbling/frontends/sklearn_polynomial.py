# SPDX-License-Identifier: MIT
"""Products of features as scikit-learn makes them."""

from __future__ import annotations

from itertools import chain, combinations, combinations_with_replacement
from math import comb
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute, count, flag, inconsistent, setting
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import transformer
from thumbling.ir.source import Value
from thumbling.ir.source.floats import Floats
from thumbling.ir.source.monomials import Monomials

# Each is a product on the chip and a weight for every score; trees and vectors grow with them.
_MOST_PRODUCTS = 4096


def _degrees(model: Any) -> tuple[int, int]:
    """Least and greatest number of factors, which fitting has kept."""
    ends = attribute(model, "_min_degree"), attribute(model, "_max_degree")
    if not all(isinstance(end, int | np.integer) and not isinstance(end, bool) for end in ends):
        raise inconsistent(model, "its least and greatest degree are no integers")
    low, high = int(ends[0]), int(ends[1])
    if not 0 <= low <= high:
        raise inconsistent(model, f"its degrees go from {low} to {high}")
    return low, high


def _n_products(n: int, low: int, high: int, *, once: bool) -> int:
    """How many products of n features there are."""
    degrees = range(max(low, 1), min(high, n if once else high) + 1)
    found = 0
    for degree in degrees:
        found += comb(n, degree) if once else comb(n + degree - 1, degree)
        if found > _MOST_PRODUCTS:
            break
    return found


@transformer("sklearn", "PolynomialFeatures")
def lower_polynomial(model: Any, x: Value, build: SourceBuilder) -> Value:
    """One, the features, and their products, in lexicographic order for each degree."""
    (low, high), once = _degrees(model), flag(model, "interaction_only")
    bias = flag(model, "include_bias")
    order = setting(model, "order")
    if order not in ("C", "F"):
        raise inconsistent(model, f"order is {order!r}")
    if _n_products(x.width, low, high, once=once) > _MOST_PRODUCTS:
        raise UnsupportedModelError(
            f"PolynomialFeatures makes more than {_MOST_PRODUCTS} products of {x.width} features",
            hint="use a lower degree, interaction_only=True or fewer features",
        )
    pick = combinations if once else combinations_with_replacement
    last = min(high, x.width) if once else high
    degrees = range(max(low, 1), last + 1)
    factors = list(chain.from_iterable(pick(range(x.width), degree) for degree in degrees))
    factors = [(), *factors] if bias else factors
    if count(model, "n_output_features_") != len(factors):
        raise inconsistent(model, f"n_output_features_ is not {len(factors)}, as its degrees say")
    floats = build.add(Floats, "floats", x)
    return build.add(Monomials, "products", floats, factors=tuple(factors), order=order)
