# SPDX-License-Identifier: MIT
"""For every representable input the integer tree ends in the leaf that scikit-learn reaches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier
from tests.unit.source_graphs import forest_of, seen_by

from thumbling.fixedpoint import float_key
from thumbling.frontends import lower
from thumbling.ir import DType, InputSpec
from thumbling.ir.interval import input_interval
from thumbling.passes.fold_thresholds import grid_bounds, stored_from_key
from thumbling.passes.prune_trees import Row, prune_tree
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.tree_input import tree_input
from thumbling.reference.trees import keys_of, reached_leaves

SCALERS = (None, StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler)
SPECIAL = np.array(
    [0.0, -0.0, 1e-45, -1e-45, 1e-39, -1e-39, 3.4028235e38, -3.4028235e38, np.inf, -np.inf, np.nan],
    dtype=np.float32,
)
NEGATIVE_NAN = np.array([0xFFC00000, 0xFF800001, 0x7F800001], dtype=np.uint32).view(np.float32)


def _train(kind: Any, scaler: Any, seed: int, n_features: int, missing: bool) -> Any:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(120, n_features)) * rng.choice([0.01, 1.0, 50.0], n_features)
    x[:, 0] = np.rint(x[:, 0])
    if missing:
        x[rng.random(x.shape) < 0.1] = np.nan
    y = rng.integers(0, 4, 120)
    model = kind(random_state=seed, max_depth=7)
    return (make_pipeline(scaler(), model) if scaler else model).fit(x, y)


def _probes(spec: InputSpec, keys: np.ndarray, features: np.ndarray, seed: int) -> np.ndarray:
    """Rows on and one step either side of every folded threshold, and at the type's limits."""
    rng = np.random.default_rng(seed)
    low, high = grid_bounds(spec)
    if spec.dtype.is_float:
        pool = np.concatenate([float_key(SPECIAL[:-1]), keys, rng.integers(low, high, 64)])
    else:
        pool = np.concatenate([[low, low + 1, -1, 0, 1, high - 1, high], keys])
    pool = np.clip(pool, low, high)
    rows = rng.choice(pool, size=(3 * len(keys) + 200, spec.n_features))
    for i, (key, feature) in enumerate(zip(keys, features, strict=True)):
        rows[3 * i : 3 * i + 3, feature] = np.clip(key + np.array([-1, 0, 1]), low, high)
    stored = stored_from_key(spec, rows)
    if spec.dtype.is_float:
        nans = rng.random(stored.shape) < 0.05
        stored[nans] = rng.choice(np.concatenate([SPECIAL[-1:], NEGATIVE_NAN]), nans.sum())
    return np.asarray(stored)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier]),
    scaler=st.sampled_from(SCALERS),
    dtype=st.sampled_from(list(DType)),
    seed=st.integers(0, 10_000),
    n_features=st.integers(1, 6),
    scale=st.sampled_from([1.0, 0.1, 0.25, -0.5, 1 / 3]),
    missing=st.booleans(),
)
def test_leaves_are_those_of_the_source(
    kind: Any,
    scaler: Any,
    dtype: DType,
    seed: int,
    n_features: int,
    scale: float,
    missing: bool,
) -> None:
    model = _train(kind, scaler, seed, n_features, missing)
    source = lower(model)
    spec = InputSpec(
        dtype=dtype,
        scale=(scale,) * n_features,
        offset=(0.0,) * n_features,
        names=tuple(f"x{i}" for i in range(n_features)),
    )
    forest = forest_of(source)
    at = Lowering(source=source, spec=spec, fields=(), precision="auto", data=None)
    reads = tree_input(forest.inputs[0], forest.trees, at)
    ((tree, keys),) = reads.trees
    nodes = np.arange(len(keys))
    whole = reads.ensemble((nodes[:, None],), np.zeros(1, dtype=np.int64), "node")
    pruned = prune_tree(whole.trees[0], Row.of(input_interval(spec)))
    split = tree.left >= 0
    stored = _probes(spec, keys[split], tree.feature[split], seed)
    with np.errstate(all="ignore"):
        real = spec.real(stored)
        seen = seen_by(forest, source, real).astype(np.float32)
    estimator = model.steps[-1][1] if scaler else model
    expected = estimator.tree_.apply(np.ascontiguousarray(seen))
    reached = whole.leaf[pruned.left[reached_leaves(pruned, *keys_of(stored))], 0]
    np.testing.assert_array_equal(reached, expected)


@pytest.mark.parametrize("dtype", [DType.INT8, DType.UINT8])
def test_every_input_of_a_byte_is_right(dtype: DType) -> None:
    rng = np.random.default_rng(3)
    low, high = dtype.bounds
    x = rng.integers(low, high + 1, size=(200, 1)).astype(np.float64)
    model = DecisionTreeClassifier(random_state=0).fit(x, rng.integers(0, 3, 200))
    source = lower(model)
    spec = InputSpec(dtype=dtype, scale=(1.0,), offset=(0.0,), names=("x",))
    forest = forest_of(source)
    at = Lowering(source=source, spec=spec, fields=(), precision="auto", data=None)
    reads = tree_input(forest.inputs[0], forest.trees, at)
    ((_, keys),) = reads.trees
    nodes = np.arange(len(keys))[:, None]
    whole = reads.ensemble((nodes,), np.zeros(1, dtype=np.int64), "node")
    pruned = prune_tree(whole.trees[0], Row.of(input_interval(spec)))
    stored = np.arange(low, high + 1)[:, None].astype(dtype.numpy)
    reached = whole.leaf[pruned.left[reached_leaves(pruned, *keys_of(stored))], 0]
    np.testing.assert_array_equal(reached, model.tree_.apply(stored.astype(np.float32)))
