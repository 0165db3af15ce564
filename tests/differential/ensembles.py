# SPDX-License-Identifier: MIT
"""Fitted ensembles of every family, and the rows they were fitted on."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tests.differential.meta_cases import CANCER, DIGITS, NAMES, SUGAR, WINE, Rows

Models = dict[str, tuple[Any, Rows]]
PAIR = np.column_stack([SUGAR[1], SUGAR[1] * 0.01 + 5])


def scaled(model: Any) -> Any:
    """A linear model behind a scaler."""
    return make_pipeline(StandardScaler(), model)


def logistic() -> Any:
    """Probabilities of scores."""
    return scaled(LogisticRegression())


def forest(**options: Any) -> Any:
    """A few small trees."""
    return RandomForestClassifier(4, **{"max_depth": 4, "random_state": 0, **options})


def trees(n: int) -> list[tuple[str, Any]]:
    """Trees of growing depth."""
    return [(str(k), DecisionTreeClassifier(max_depth=k, random_state=0)) for k in range(1, n + 1)]


def boosted() -> Any:
    """A few stages."""
    return GradientBoostingClassifier(n_estimators=4, random_state=0)


def _voting() -> Models:
    three = [("a", logistic()), ("b", forest()), ("c", boosted())]
    values = [("a", Ridge()), ("b", RandomForestRegressor(4, max_depth=4, random_state=0))]
    dropped = [*three[:1], ("x", "drop"), *three[1:]]
    return {
        "soft": (VotingClassifier(three, voting="soft").fit(WINE[0], NAMES), WINE[0]),
        "soft digits": (
            VotingClassifier(dropped, voting="soft", weights=[1, 7, 2.5, 0.3]).fit(*DIGITS),
            DIGITS[0],
        ),
        "soft trees": (VotingClassifier(trees(11), voting="soft").fit(WINE[0], NAMES), WINE[0]),
        "hard": (VotingClassifier(three).fit(WINE[0], NAMES), WINE[0]),
        "hard trees": (
            VotingClassifier(trees(4), weights=[0.1, 0.2, 0.3, 0.4]).fit(WINE[0], NAMES),
            WINE[0],
        ),
        "mean": (VotingRegressor(values).fit(*SUGAR), SUGAR[0]),
        "weighted mean": (
            VotingRegressor(
                [*values, ("c", GradientBoostingRegressor(n_estimators=5, random_state=0))],
                weights=[1, 0.2, 3],
            ).fit(*SUGAR),
            SUGAR[0],
        ),
    }


def _bagging() -> Models:
    some: dict[str, Any] = {"max_features": 0.5, "random_state": 0}
    few = {"n_estimators": 6, **some}
    small = DecisionTreeRegressor(max_depth=4)
    return {
        "bagged trees": (BaggingClassifier(**few).fit(WINE[0], NAMES), WINE[0]),
        "bagged with few rows": (
            BaggingClassifier(max_samples=3, **few).fit(WINE[0], NAMES),
            WINE[0],
        ),
        "bagged logistic": (BaggingClassifier(logistic(), **few).fit(*CANCER), CANCER[0]),
        "bagged scores": (
            BaggingClassifier(scaled(LinearSVC()), n_estimators=3, random_state=0).fit(*WINE),
            WINE[0],
        ),
        "bagged forests": (BaggingClassifier(forest(), n_estimators=2).fit(*WINE), WINE[0]),
        "bagged values": (BaggingRegressor(small, **few).fit(*SUGAR), SUGAR[0]),
        "bagged pairs": (BaggingRegressor(small, **few).fit(SUGAR[0], PAIR), SUGAR[0]),
        "bagged lines": (BaggingRegressor(Ridge(), **few).fit(*SUGAR), SUGAR[0]),
    }


def _one_vs_rest() -> Models:
    inside, outside = OneVsRestClassifier(logistic()), OneVsRestClassifier(LogisticRegression())
    return {
        "rest": (scaled(outside).fit(WINE[0], NAMES), WINE[0]),
        "rest of pipelines": (inside.fit(WINE[0], NAMES), WINE[0]),
        "rest of forests": (OneVsRestClassifier(forest()).fit(*WINE), WINE[0]),
        "rest of boosted": (OneVsRestClassifier(boosted()).fit(*WINE), WINE[0]),
        "rest of margins": (scaled(OneVsRestClassifier(LinearSVC())).fit(*WINE), WINE[0]),
    }


def _calibrated() -> Models:
    margins, fitted = scaled(LinearSVC()), FrozenEstimator(logistic().fit(*CANCER))
    return {
        "calibrated": (CalibratedClassifierCV(margins, cv=3).fit(*CANCER), CANCER[0]),
        "calibrated classes": (CalibratedClassifierCV(margins, cv=2).fit(WINE[0], NAMES), WINE[0]),
        "calibrated forest": (CalibratedClassifierCV(forest(), cv=2).fit(WINE[0], NAMES), WINE[0]),
        "calibrated once": (
            CalibratedClassifierCV(forest(), cv=2, ensemble=False).fit(*CANCER),
            CANCER[0],
        ),
        "calibrated before": (CalibratedClassifierCV(fitted).fit(*CANCER), CANCER[0]),
    }


def _stacked() -> Models:
    pair = [("a", logistic()), ("b", forest())]
    three = [*pair, ("c", scaled(LinearSVC()))]
    values = [("a", Ridge()), ("b", RandomForestRegressor(4, max_depth=4, random_state=0))]
    return {
        "stacked": (StackingClassifier(pair, cv=2).fit(WINE[0], NAMES), WINE[0]),
        "stacked with features": (
            StackingClassifier(three, logistic(), cv=2, passthrough=True).fit(*CANCER),
            CANCER[0],
        ),
        "stacked values": (StackingRegressor(values, cv=2).fit(*SUGAR), SUGAR[0]),
        "stacked under trees": (StackingClassifier(pair, forest(), cv=2).fit(*WINE), WINE[0]),
    }


def _targets() -> Models:
    grown = RandomForestRegressor(4, max_depth=4, random_state=0)

    def target(regressor: Any, transformer: Any, y: Rows = SUGAR[1]) -> tuple[Any, Rows]:
        model = TransformedTargetRegressor(regressor, transformer=transformer)
        return model.fit(SUGAR[0], y), SUGAR[0]

    return {
        "target": target(Ridge(), StandardScaler()),
        "target of trees": target(grown, MinMaxScaler()),
        "targets": target(Ridge(), RobustScaler(), PAIR),
        "target of sizes": target(Ridge(), MaxAbsScaler(), SUGAR[1][:, None]),
        "target alone": target(Ridge(), None),
    }


def _nested() -> Models:
    inner = VotingClassifier([("a", logistic()), ("b", forest())], voting="soft")
    bagged = BaggingClassifier(inner, n_estimators=2, random_state=0)
    return {
        "bagged votes": (bagged.fit(*WINE), WINE[0]),
        "calibrated bags": (CalibratedClassifierCV(bagged, cv=2).fit(WINE[0], NAMES), WINE[0]),
    }


with warnings.catch_warnings(action="ignore"):
    MODELS: Models = (
        _voting()
        | _bagging()
        | _one_vs_rest()
        | _calibrated()
        | _stacked()
        | _targets()
        | _nested()
    )
MEASURED = {
    "hard": "a member's label may be another",
    "bagged scores": "a member's label may be another",
    "stacked under trees": "trees compare numbers that are computed with an error",
}
"""Those of which nothing is proved, and why."""
