# SPDX-License-Identifier: MIT
"""Decompositions of scikit-learn: projections on components, in the order of its own arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.frontends.attributes import LEAST, flag, float_type, inconsistent, reals
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import transformer
from thumbling.frontends.sklearn_release import centres_first
from thumbling.ir.source import Value
from thumbling.ir.source.arrays import FloatArray, frozen
from thumbling.ir.source.elementwise import Elementwise, Step
from thumbling.ir.source.floats import Floats
from thumbling.ir.source.linear import Linear


def _components(model: Any, x: Value) -> FloatArray:
    components = reals(model, "components_")
    if components.ndim != 2 or components.shape[1] != x.width or not len(components):
        raise inconsistent(
            model, f"components_ has shape {components.shape} for {x.width} features, one row each"
        )
    return frozen(components)


def _projected(model: Any, x: Value, components: FloatArray, build: SourceBuilder) -> Value:
    return build.add(
        Linear,
        "projected",
        x,
        coef=components,
        intercept=frozen(np.zeros(len(components))),
        compete=False,
        dtype=float_type(model, "components_", model.components_),
    )


def _mean(model: Any, x: Value) -> FloatArray:
    mean = reals(model, "mean_")
    if mean.shape != (x.width,):
        raise inconsistent(model, f"mean_ has shape {mean.shape} for {x.width} features")
    return frozen(mean)


def _offset(model: Any) -> FloatArray:
    """What is taken from a projection: the mean's own, by the very call of scikit-learn."""
    with np.errstate(all="ignore"):
        return frozen(
            (np.reshape(model.mean_, (1, -1)) @ model.components_.T)[0].astype(np.float64)
        )


def _spreads(model: Any, n_components: int) -> FloatArray:
    """What whitening divides by; from 1.5 on at least the epsilon of the type."""
    variance = reals(model, "explained_variance_")
    if variance.shape != (n_components,) or (variance < 0).any():
        raise inconsistent(model, f"explained_variance_ is no {n_components} numbers from 0 on")
    kind = np.dtype(float_type(model, "explained_variance_", model.explained_variance_))
    scale = np.sqrt(variance.astype(kind))
    if not centres_first(model):
        scale = np.maximum(scale, np.finfo(kind).eps)
    if (scale < LEAST).any():
        raise inconsistent(model, "explained_variance_ holds a zero, and whitening divides by it")
    return frozen(scale.astype(np.float64))


@transformer("sklearn", "PCA", "IncrementalPCA")
def lower_pca(model: Any, x: Value, build: SourceBuilder) -> Value:
    """`x @ components_.T - mean_ @ components_.T`, divided by the standard deviations if whitened.

    Releases before 1.5 took the mean from `x` first.
    """
    components, mean = _components(model, x), _mean(model, x)
    steps = []
    if centres_first(model):
        floats = build.add(Floats, "floats", x, dtype=float_type(model, "mean_", model.mean_))
        centred = Step(kind="sub", values=mean)
        seen = build.add(Elementwise, "centred", floats, steps=(centred,))
    else:
        seen = build.add(Floats, "floats", x)
        steps.append(Step(kind="sub", values=_offset(model)))
    projected = _projected(model, seen, components, build)
    if flag(model, "whiten"):
        steps.append(Step(kind="div", values=_spreads(model, len(components))))
    return (
        build.add(Elementwise, "components", projected, steps=tuple(steps)) if steps else projected
    )


@transformer("sklearn", "TruncatedSVD")
def lower_svd(model: Any, x: Value, build: SourceBuilder) -> Value:
    """`x @ components_.T`, in the type that NumPy takes for integers as they are."""
    return _projected(model, x, _components(model, x), build)
