# SPDX-License-Identifier: MIT
"""Pipelines that nobody would write, from a seed: steps, containers and models nested at random.

Only classes that are supported are drawn, by name, so a family that is added is drawn from then
on. Data have columns of every kind that people have: continuous, wide, small codes, almost
constant, and gaps where the first step takes them.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.frontends.registry import supported

Rows = npt.NDArray[Any]
_MOST_FEATURES = 12
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A fitted model, real rows of shape (n, n_features), and how its input is stored."""

    model: Any
    data: Rows
    input_type: str
    seed: int

    def __str__(self) -> str:
        return f"seed {self.seed} {self.input_type}: {' '.join(str(self.model).split())}"


def _class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"sklearn.{module}"), name)


def _known() -> frozenset[str]:
    models, steps = supported()
    return frozenset(name.partition(".")[2] for name in (*models, *steps))


@dataclass(slots=True, eq=False)
class _Draw:
    """Random choices among what is supported."""

    rng: np.random.Generator
    known: frozenset[str]

    def pick(self, makers: dict[str, Callable[[], Any]]) -> Any:
        """One of the makers whose class is known, called."""
        names = sorted(path for path in makers if path.rpartition(".")[2] in self.known)
        return makers[names[int(self.rng.integers(len(names)))]]()

    def chance(self, part: float) -> bool:
        """True in that part of all cases."""
        return bool(self.rng.random() < part)

    def new(self, path: str, *given: Any, **options: Any) -> Any:
        """An estimator of a class that scikit-learn has."""
        return _class(path)(*given, **options)

    def number(self, low: int, high: int) -> int:
        """An integer from `low` to `high`."""
        return int(self.rng.integers(low, high + 1))


def _data(draw: _Draw, *, gaps: bool) -> tuple[Rows, Rows]:
    """Rows, and a number per row that depends on them."""
    n, width = 160, draw.number(2, 7)
    kinds: dict[str, Callable[[], Rows]] = {
        "normal": lambda: draw.rng.normal(size=n),
        "wide": lambda: draw.rng.normal(size=n) * 300 + 40,
        "codes": lambda: draw.rng.integers(0, 5, n).astype(float),
        "still": lambda: np.where(draw.rng.random(n) < 0.05, 1.5, 1.0),
    }
    names = [sorted(kinds)[draw.number(0, 3)] for _ in range(width)]
    x = np.stack([kinds[name]() for name in names], axis=1)
    spread = np.ptp(x, axis=0) + 1e-9
    truth = (x / spread) @ draw.rng.normal(size=width) + 0.1 * draw.rng.normal(size=n)
    if gaps:
        x[draw.rng.random(x.shape) < 0.05] = np.nan
    return x, truth


def _plain_step(draw: _Draw, width: int) -> Any:
    """A transformer that has none inside."""
    new = draw.new
    return draw.pick(
        {
            "preprocessing.StandardScaler": lambda: new("preprocessing.StandardScaler"),
            "preprocessing.MinMaxScaler": lambda: new(
                "preprocessing.MinMaxScaler", clip=draw.chance(0.5)
            ),
            "preprocessing.MaxAbsScaler": lambda: new("preprocessing.MaxAbsScaler"),
            "preprocessing.RobustScaler": lambda: new("preprocessing.RobustScaler"),
            "preprocessing.Binarizer": lambda: new(
                "preprocessing.Binarizer", threshold=float(draw.rng.normal())
            ),
            "preprocessing.KBinsDiscretizer": lambda: new(
                "preprocessing.KBinsDiscretizer",
                n_bins=draw.number(2, 5),
                encode="ordinal" if draw.chance(0.5) else "onehot-dense",
                strategy="uniform",
            ),
            "preprocessing.PolynomialFeatures": lambda: new(
                "preprocessing.PolynomialFeatures", degree=2 if width <= 4 else 1
            ),
            "decomposition.PCA": lambda: new("decomposition.PCA", draw.number(1, width)),
            "feature_selection.SelectKBest": lambda: new(
                "feature_selection.SelectKBest", k=draw.number(1, width)
            ),
            "feature_selection.VarianceThreshold": lambda: new(
                "feature_selection.VarianceThreshold"
            ),
        }
    )


def _columns(draw: _Draw, width: int, depth: int) -> Any:
    """Columns apart, each part with a step of its own or none."""
    order = draw.rng.permutation(width).tolist()
    cut = draw.number(1, width)
    parts = [("a", _step(draw, cut, depth - 1), order[:cut])]
    if cut < width:
        other: Any = "passthrough" if draw.chance(0.5) else _step(draw, width - cut, depth - 1)
        parts.append(("b", other, order[cut:]))
    return draw.new("compose.ColumnTransformer", transformers=parts, sparse_threshold=0)


def _step(draw: _Draw, width: int, depth: int) -> Any:
    """A transformer of `width` features, nested at most so deep."""
    if depth <= 0 or draw.chance(0.4):
        return _plain_step(draw, width)
    return draw.pick(
        {
            "compose.ColumnTransformer": lambda: _columns(draw, width, depth),
            "pipeline.FeatureUnion": lambda: draw.new(
                "pipeline.FeatureUnion",
                transformer_list=[(k, _step(draw, width, depth - 1)) for k in "ab"],
            ),
            "pipeline.Pipeline": lambda: draw.new(
                "pipeline.Pipeline",
                steps=[("first", _plain_step(draw, width)), ("then", "passthrough")],
            ),
        }
    )


def _scaled(draw: _Draw, model: Any) -> Any:
    """A model that needs features of one size, behind a scaler."""
    scaler = draw.new("preprocessing.StandardScaler")
    return draw.new("pipeline.Pipeline", steps=[("scale", scaler), ("model", model)])


def _classifier(draw: _Draw, depth: int) -> Any:
    new, seed = draw.new, draw.number(0, 99)
    plain: dict[str, Callable[[], Any]] = {
        "tree.DecisionTreeClassifier": lambda: new(
            "tree.DecisionTreeClassifier", max_depth=4, random_state=seed
        ),
        "ensemble.RandomForestClassifier": lambda: new(
            "ensemble.RandomForestClassifier", draw.number(2, 6), max_depth=4, random_state=seed
        ),
        "linear_model.LogisticRegression": lambda: _scaled(
            draw, new("linear_model.LogisticRegression")
        ),
        "ensemble.GradientBoostingClassifier": lambda: new(
            "ensemble.GradientBoostingClassifier",
            n_estimators=draw.number(2, 6),
            random_state=seed,
        ),
        "neural_network.MLPClassifier": lambda: _scaled(
            draw, new("neural_network.MLPClassifier", (8,), max_iter=60, random_state=seed)
        ),
    }
    if depth <= 0 or draw.chance(0.5):
        return draw.pick(plain)

    def inner() -> Any:
        return _classifier(draw, depth - 1)

    nested: dict[str, Callable[[], Any]] = {
        "ensemble.VotingClassifier": lambda: new(
            "ensemble.VotingClassifier",
            [("a", inner()), ("b", inner())],
            voting="soft" if draw.chance(0.7) else "hard",
        ),
        "ensemble.BaggingClassifier": lambda: new(
            "ensemble.BaggingClassifier", inner(), n_estimators=3, random_state=seed
        ),
        "ensemble.StackingClassifier": lambda: new(
            "ensemble.StackingClassifier", [("a", inner()), ("b", inner())], cv=2
        ),
        "multiclass.OneVsRestClassifier": lambda: new(
            "multiclass.OneVsRestClassifier", _classifier(draw, 0)
        ),
        "calibration.CalibratedClassifierCV": lambda: new(
            "calibration.CalibratedClassifierCV", inner(), cv=2
        ),
        "model_selection.GridSearchCV": lambda: new(
            "model_selection.GridSearchCV", inner(), param_grid={}, cv=2
        ),
    }
    return draw.pick(nested | {"tree.DecisionTreeClassifier": plain["tree.DecisionTreeClassifier"]})


def _regressor(draw: _Draw, depth: int) -> Any:
    new, seed = draw.new, draw.number(0, 99)
    plain: dict[str, Callable[[], Any]] = {
        "tree.DecisionTreeRegressor": lambda: new(
            "tree.DecisionTreeRegressor", max_depth=4, random_state=seed
        ),
        "ensemble.RandomForestRegressor": lambda: new(
            "ensemble.RandomForestRegressor", draw.number(2, 6), max_depth=4, random_state=seed
        ),
        "linear_model.Ridge": lambda: _scaled(draw, new("linear_model.Ridge")),
        "ensemble.GradientBoostingRegressor": lambda: new(
            "ensemble.GradientBoostingRegressor", n_estimators=draw.number(2, 6), random_state=seed
        ),
        "neural_network.MLPRegressor": lambda: _scaled(
            draw,
            new(
                "neural_network.MLPRegressor",
                hidden_layer_sizes=(8,),
                max_iter=60,
                random_state=seed,
            ),
        ),
    }
    if depth <= 0 or draw.chance(0.5):
        return draw.pick(plain)

    def inner() -> Any:
        return _regressor(draw, depth - 1)

    nested: dict[str, Callable[[], Any]] = {
        "ensemble.VotingRegressor": lambda: new(
            "ensemble.VotingRegressor", [("a", inner()), ("b", inner())]
        ),
        "ensemble.BaggingRegressor": lambda: new(
            "ensemble.BaggingRegressor", inner(), n_estimators=3, random_state=seed
        ),
        "compose.TransformedTargetRegressor": lambda: new(
            "compose.TransformedTargetRegressor",
            inner(),
            transformer=draw.new("preprocessing.StandardScaler"),
        ),
    }
    return draw.pick(nested | {"tree.DecisionTreeRegressor": plain["tree.DecisionTreeRegressor"]})


def random_case(seed: int) -> Case:
    """A fitted pipeline; the same seed, the same case. Depth is at most five."""
    for attempt in range(_ATTEMPTS):
        case = _drawn(seed, attempt)
        if case is not None:
            return case
    raise ValueError(f"scikit-learn refuses all pipelines drawn for seed {seed}")


def _drawn(seed: int, attempt: int) -> Case | None:
    """One that scikit-learn fits and asks for an answer; None where it refuses, as it does
    ensembles that want probabilities of members without."""
    rng = np.random.default_rng([seed, 9] if not attempt else [seed, 9, attempt])
    draw = _Draw(rng=rng, known=_known())
    depth = draw.number(0, 4)
    impute = "SimpleImputer" in draw.known and draw.chance(0.3)
    x, truth = _data(draw, gaps=impute)
    steps: list[tuple[str, Any]] = []
    if impute:
        steps.append(("impute", draw.new("impute.SimpleImputer", strategy="median")))
    if draw.chance(0.8):
        steps.append(("features", _step(draw, x.shape[1], depth)))
    classify = draw.chance(0.6)
    if classify:
        y: Any = np.digitize(truth, np.quantile(truth, [0.5] if draw.chance(0.5) else [0.3, 0.7]))
        steps.append(("model", _classifier(draw, depth)))
    else:
        y = truth * 10
        steps.append(("model", _regressor(draw, depth)))
    kinds = ["float32"] if impute else ["float32", "int8", "int16", "uint16", "int32"]
    model = draw.new("pipeline.Pipeline", steps=steps)
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        try:
            model.fit(x, y).predict(x[:2])
        except (AttributeError, ValueError):
            return None
    return Case(model=model, data=x, input_type=kinds[draw.number(0, len(kinds) - 1)], seed=seed)
