# SPDX-License-Identifier: MIT
"""Two models trained on data that scikit-learn ships, and the main job on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from thumbling.api import compile
from thumbling.errors import MissingToolError
from thumbling.report import Report


def run_demo(
    board: str, out: Path | None, verify: tuple[str, ...], progress: Callable[[str], None]
) -> Iterator[Report]:
    """The report of a random forest, then of a scaled logistic regression.

    `out` keeps the output folders. Raises `MissingToolError` without scikit-learn.
    """
    try:
        from sklearn.datasets import load_breast_cancer
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import train_test_split
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ModuleNotFoundError as error:
        raise MissingToolError(
            "the demo trains with scikit-learn, which is not installed",
            hint='pip install "thumbling[demo]"',
        ) from error
    bunch: Any = load_breast_cancer()
    labels = bunch.target_names[bunch.target]
    parts = train_test_split(bunch.data.astype("float32"), labels, random_state=0)
    train_x, test_x, train_y, _ = parts
    models = {
        "demo_forest": RandomForestClassifier(n_estimators=10, max_depth=10, random_state=0),
        "demo_logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    }
    for name, model in models.items():
        progress(f"{name}: training")
        model.fit(train_x, train_y)
        result = compile(
            model,
            data=test_x,
            board=board,
            name=name,
            verify=verify,
            out=out / name if out is not None else None,
            progress=_prefixed(name, progress),
        )
        yield result.report


def _prefixed(name: str, progress: Callable[[str], None]) -> Callable[[str], None]:
    return lambda step: progress(f"{name}: {step}")
