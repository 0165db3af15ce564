# SPDX-License-Identifier: MIT
"""A search is the best estimator that it found, wherever it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tests.differential.meta_cases import CANCER, SUGAR, WINE, Rows, compiled, proved

from thumbling.errors import ModelError
from thumbling.frontends import lower
from thumbling.ir import print_graph

_FOREST = {"max_depth": [2, 3]}


def _searches() -> dict[str, tuple[Any, Rows]]:
    forest = RandomForestClassifier(3, random_state=0)
    steps = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [0.1, 1.0]}
    scaler = GridSearchCV(make_pipeline(MinMaxScaler(), Ridge()), {"ridge__alpha": [1.0, 2.0]})
    return {
        "grid": (GridSearchCV(forest, _FOREST, cv=2).fit(*WINE), WINE[0]),
        "random": (RandomizedSearchCV(steps, grid, n_iter=2).fit(*CANCER), CANCER[0]),
        "halving": (HalvingGridSearchCV(forest, _FOREST, cv=2).fit(*WINE), WINE[0]),
        "halving random": (
            HalvingRandomSearchCV(forest, _FOREST, cv=2, random_state=0).fit(*WINE),
            WINE[0],
        ),
        "in a pipeline": (make_pipeline(StandardScaler(), scaler).fit(*SUGAR), SUGAR[0]),
    }


@pytest.mark.parametrize("name", SEARCHES := _searches())
def test_it_compiles_to_what_its_best_estimator_does(name: str) -> None:
    model, rows = SEARCHES[name]
    made = compiled(model, rows, "int16")
    proved(made)
    if name == "in a pipeline":
        best = make_pipeline(*[step for _, step in model.steps[:-1]], model[-1].best_estimator_)
    else:
        best = model.best_estimator_
    alone = compiled(best, rows, "int16")
    assert print_graph(made.graph).splitlines()[1:] == print_graph(alone.graph).splitlines()[1:]
    assert made.source.feature_names == alone.source.feature_names


def test_its_name_says_what_it_found() -> None:
    assert lower(SEARCHES["grid"][0]).source == "sklearn.GridSearchCV(RandomForestClassifier)"
    wanted = "sklearn.StandardScaler > GridSearchCV(MinMaxScaler > Ridge)"
    assert lower(SEARCHES["in a pipeline"][0]).source == wanted


@pytest.mark.parametrize("best", [5, None, "best", StandardScaler()])
def test_an_edited_search_is_refused(best: Any) -> None:
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}).fit(*SUGAR)
    search.best_estimator_ = best
    with pytest.raises(ModelError):
        lower(search)


def test_a_search_within_itself_ends() -> None:
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}).fit(*SUGAR)
    search.best_estimator_ = search
    with pytest.raises(ModelError, match="nests more"):
        lower(search)


def test_names_of_features_come_from_inside() -> None:
    import pandas as pd

    frame = pd.DataFrame(SUGAR[0], columns=[f"sensor {i}" for i in range(10)])
    search = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1.0]})
    assert lower(search.fit(frame, SUGAR[1])).feature_names == tuple(frame.columns)
    assert np.isfinite(search.predict(frame)).all()
