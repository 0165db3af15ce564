# SPDX-License-Identifier: MIT
"""Random models, input types and rows for which errors are proved, made to be hard on the proofs.

Coefficients are set, not fitted, so that sizes differ by many powers of two; features are counts,
huge, tiny or far from zero beside their range.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from thumbling.ir import DType, InputSpec

Rows = npt.NDArray[Any]
INPUTS = ("float32", "int8", "uint8", "int16", "uint16", "int32")
FITTED = (np.float32, np.float64)
SCALERS: tuple[Any, ...] = (
    None,
    StandardScaler,
    lambda: MinMaxScaler(clip=True),
    MaxAbsScaler,
    RobustScaler,
)
LINEAR = ("value", "values", "binary", "softmax", "ovr")
TREES = ("tree value", "forest value", "forest values", "tree", "binary forest", "forest")
N_ROWS = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProofCase:
    """A model, how its inputs are stored, and stored rows for calibration."""

    model: Any
    spec: InputSpec
    stored: Rows


def _spec(kind: str, n: int, rng: np.random.Generator) -> InputSpec:
    """Plain, a sensor's scale, or an offset far beyond the range."""
    scale, offset = np.ones(n), np.zeros(n)
    how = rng.integers(0, 4)
    if how == 1:
        scale = 10.0 ** rng.uniform(-4, 2, n)
    elif how == 2:
        scale, offset = rng.choice([0.1, 0.25, 3.0], n), rng.normal(size=n) * 10.0
    elif how == 3:
        scale = 10.0 ** rng.uniform(-6, 0, n)
        offset = scale * 2.0 ** rng.uniform(30, 60, n) * rng.choice([-1, 1], n)
    return InputSpec(
        dtype=DType(kind),
        scale=tuple(scale.tolist()),
        offset=tuple(offset.tolist()),
        names=tuple(f"x{j}" for j in range(n)),
    )


def _stored(spec: InputSpec, rng: np.random.Generator) -> Rows:
    """Rows within a random part of the type, which may be its edge."""
    n = spec.n_features
    if spec.dtype.is_float:
        size = 2.0 ** rng.choice([rng.uniform(-20, 20), rng.uniform(-145, 126)])
        center = rng.choice([0.0, 0.0, 1.0, 30.0]) * size
        rows = center + rng.uniform(-1, 1, (N_ROWS, n)) * size * 2.0 ** -rng.uniform(0, 8, n)
        return np.asarray(np.clip(rows, -3.4e38, 3.4e38).astype(np.float32))
    low, high = spec.dtype.bounds
    ends = np.sort(rng.integers(low, high + 1, (2, n)), axis=0)
    if rng.random() < 0.3:
        ends = np.array([[low] * n, [high] * n])
    return rng.integers(ends[0], ends[1] + 1, (N_ROWS, n)).astype(spec.dtype.numpy)


def _predictor(kind: str, real: Rows, rng: np.random.Generator) -> Any:
    """A linear model whose scores are of ordinary size where features are as in `real`."""
    n, count = real.shape[1], {"value": 1, "binary": 1}.get(kind, 3)
    makers = {
        "binary": lambda: LogisticRegression(),
        "softmax": lambda: LogisticRegression(),
        "ovr": lambda: SGDClassifier(loss="log_loss", random_state=0),
    }
    labels = np.arange(len(real)) % (2 if count == 1 else 3)
    x = np.arange(len(real) * n).reshape(-1, n) % 7 / 7
    model = makers.get(kind, LinearRegression)().fit(x, labels)
    size = np.abs(real.astype(np.float64)).max(axis=0) + 1e-300
    spread = np.ptp(real.astype(np.float64), axis=0) + 2.0**-30 * size
    relative = rng.choice([0, 1]) * spread + rng.choice([0, 1e-6]) * size
    part = np.where(relative > 0, relative, size) * 2.0 ** rng.uniform(0, 12, (count, n))
    coef = rng.normal(size=(count, n)) / np.maximum(part, 1e-45)
    bias = -coef @ real.astype(np.float64).mean(axis=0) + rng.normal(size=count)
    if kind == "values":
        units = np.array([5000.0, 1e-3, 1e3])
        coef, bias = coef * units[:, None], bias * units
    dtype = rng.choice(np.array(FITTED, dtype=object))
    with np.errstate(over="ignore"):
        coef, bias = coef.astype(dtype), bias.astype(dtype)
    single = kind == "value"
    model.coef_ = coef[0] if single else coef
    model.intercept_ = bias[0] if single else bias
    if single and rng.random() < 0.3:
        model.intercept_ = float(bias[0])
    model.n_features_in_ = n
    return model


def linear_case(seed: int) -> ProofCase:
    """A linear model with or without a scaler."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 5, 12, 40]))
    spec = _spec(str(rng.choice(INPUTS)), n, rng)
    stored = _stored(spec, rng)
    real = spec.real(stored)
    make_scaler = SCALERS[int(rng.integers(0, len(SCALERS)))]
    kind = LINEAR[seed % len(LINEAR)]
    if make_scaler is None:
        return ProofCase(model=_predictor(kind, real, rng), spec=spec, stored=stored)
    # Some rows only, so that others lie beyond the range of a clipping scaler.
    scaler = make_scaler().fit(real[:10])
    seen = scaler.transform(real)
    return ProofCase(
        model=make_pipeline(scaler, _predictor(kind, seen, rng)), spec=spec, stored=stored
    )


def _decomposition(real: Rows, rng: np.random.Generator) -> Any:
    """A projection on random directions, whose constants are of the type of one fit or another."""
    n = real.shape[1]
    k, kind = int(rng.integers(1, n + 1)), rng.choice(np.array(FITTED, dtype=object))
    x = rng.normal(size=(max(8, n + 1), n)).astype(kind)
    if n > 1 and rng.random() < 0.2:
        return TruncatedSVD(k).fit(x)
    model = (PCA if rng.random() < 0.7 else IncrementalPCA)(k, whiten=bool(rng.random() < 0.4))
    model.fit(x)
    with np.errstate(over="ignore"):
        model.mean_ = real.astype(np.float64).mean(axis=0).astype(model.mean_.dtype)
        spread = np.ptp(real.astype(np.float64), axis=0).max() / 2
        scale = np.clip(spread, 1e-15, 1e15) ** 2 * 2.0 ** -rng.uniform(0, 20, k)
    model.explained_variance_ = scale.astype(model.components_.dtype)
    return model


def decomposition_case(seed: int) -> ProofCase:
    """A projection in front of a linear model, with or without a scaler before it."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 5, 12]))
    spec = _spec(str(rng.choice(INPUTS)), n, rng)
    stored = _stored(spec, rng)
    real, steps = spec.real(stored), []
    if rng.random() < 0.3:
        steps.append(StandardScaler().fit(real[:10]))
        real = steps[0].transform(real)
    steps.append(_decomposition(real, rng))
    seen = steps[-1].transform(real)
    steps.append(_predictor(LINEAR[seed % len(LINEAR)], seen, rng))
    return ProofCase(model=make_pipeline(*steps), spec=spec, stored=stored)


def _net(real: Rows, kind: str, rng: np.random.Generator) -> Any:
    """A net with random weights, so that sums are of ordinary size where features are as in
    `real`."""
    n = real.shape[1]
    labels = np.arange(24) % (2 if kind == "binary" else 3)
    values = rng.normal(size=(24, 1 if kind == "value" else 2))
    hidden = tuple(rng.integers(1, 9, int(rng.integers(1, 4))).tolist())
    classifies = kind in ("binary", "softmax")
    maker = MLPClassifier if classifies else MLPRegressor
    function = str(rng.choice(["relu", "tanh", "logistic", "identity"]))
    model = maker(hidden_layer_sizes=hidden, activation=function, max_iter=1, random_state=0)
    x = rng.normal(size=(24, n)).astype(rng.choice(np.array(FITTED, dtype=object)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x, labels if classifies else values if values.shape[1] > 1 else values[:, 0])
    first = model.coefs_[0]
    size = np.clip(np.abs(real.astype(np.float64)).max(axis=0), 1e-30, 1e30)
    model.coefs_[0] = (rng.normal(size=first.shape) / size[:, None]).astype(first.dtype)
    for k, coef in enumerate(model.coefs_[1:], 1):
        model.coefs_[k] = rng.normal(size=coef.shape).astype(coef.dtype)
    return model


def product_case(seed: int) -> ProofCase:
    """Products of features in front of a linear model, with or without a scaler before them."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    spec = _spec(str(rng.choice(INPUTS)), n, rng)
    stored = _stored(spec, rng)
    real, steps = spec.real(stored), []
    if rng.random() < 0.6:
        maker = StandardScaler if rng.random() < 0.5 else lambda: MinMaxScaler(clip=True)
        steps.append(maker().fit(real[:10]))
        real = steps[0].transform(real)
    once = bool(rng.random() < 0.3)
    step = PolynomialFeatures(int(rng.integers(1, 4)), interaction_only=once)
    steps.append(step.fit(np.zeros((1, n))))
    with np.errstate(over="ignore"):
        seen = np.nan_to_num(steps[-1].transform(real), posinf=3e38, neginf=-3e38)
    steps.append(_predictor(LINEAR[seed % len(LINEAR)], seen, rng))
    return ProofCase(model=make_pipeline(*steps), spec=spec, stored=stored)


NETS = ("value", "values", "binary", "softmax")


def net_case(seed: int) -> ProofCase:
    """A net, with or without a scaler before it."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 5, 12]))
    spec = _spec(str(rng.choice(INPUTS)), n, rng)
    stored = _stored(spec, rng)
    real, steps = spec.real(stored), []
    if rng.random() < 0.3:
        steps.append(StandardScaler().fit(real[:10]))
        real = steps[0].transform(real)
    steps.append(_net(real, NETS[seed % len(NETS)], rng))
    return ProofCase(model=make_pipeline(*steps), spec=spec, stored=stored)


_TREE_MODELS: dict[str, Any] = {
    "tree value": lambda: DecisionTreeRegressor(max_leaf_nodes=9, random_state=0),
    "forest value": lambda: RandomForestRegressor(7, max_leaf_nodes=9, random_state=0),
    "forest values": lambda: RandomForestRegressor(6, max_leaf_nodes=9, random_state=0),
    "tree": lambda: DecisionTreeClassifier(max_leaf_nodes=5, random_state=0),
    "binary forest": lambda: RandomForestClassifier(9, max_leaf_nodes=5, random_state=0),
    "forest": lambda: RandomForestClassifier(9, max_leaf_nodes=5, random_state=0),
}


def tree_case(seed: int) -> ProofCase:
    """A tree or forest; weights of samples make shares that do not add up to one."""
    rng = np.random.default_rng(seed)
    n, kind = int(rng.integers(1, 5)), TREES[seed % len(TREES)]
    spec = _spec(str(rng.choice(INPUTS)), n, rng)
    stored = _stored(spec, rng)
    real = spec.real(stored)
    target: Rows = np.arange(N_ROWS) % (2 if kind == "binary forest" else 4)
    if kind.endswith("value"):
        target = rng.normal(size=N_ROWS) * 10.0 ** rng.uniform(-6, 6)
        target = np.round(target) if rng.random() < 0.3 else target
    elif kind.endswith("values"):
        target = rng.normal(size=(N_ROWS, 3)) * [5000.0, 1e-3, 1e3]
    weights = (None, rng.uniform(0.1, 3, N_ROWS), rng.integers(1, 4, N_ROWS) / 4)
    weight = weights[int(rng.integers(0, 3))]
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore")
        model = _TREE_MODELS[kind]().fit(real, target, sample_weight=weight)
    return ProofCase(model=model, spec=spec, stored=stored)


def hard_rows(case: ProofCase, seed: int) -> Rows:
    """The case's rows, the ends of their ranges in random corners, rows between and around."""
    rng = np.random.default_rng(seed)
    stored = case.stored.astype(np.float64)
    low, high = stored.min(axis=0), stored.max(axis=0)
    corners = np.where(rng.random((40, stored.shape[1])) < 0.5, low, high)
    between = rng.uniform(0, 1, (20, stored.shape[1])) * (high - low) + low
    kind = case.spec.dtype
    if not kind.is_float:
        between = np.rint(between)
    return np.concatenate([stored, corners, between]).astype(kind.numpy)
