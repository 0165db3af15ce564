# SPDX-License-Identifier: MIT
"""Two models trained on data that scikit-learn ships, and the main job on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from thumbling.api import compile
from thumbling.api.output_folder import check_target, is_ours
from thumbling.errors import MissingToolError, OutputError
from thumbling.report import Report

NAMES = ("demo_forest", "demo_logistic")


def run_demo(
    board: str, out: Path, verify: tuple[str, ...], progress: Callable[[str], None]
) -> Iterator[Report]:
    """The report of a random forest, then of a scaled logistic regression.

    `out` will hold an output folder for each; those of an earlier demo are replaced. Raises
    `OutputError` where it holds something else, `MissingToolError` without scikit-learn.
    """
    _check_folder(out)
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
    train_x, test_x, train_y, test_y = parts
    models = (
        RandomForestClassifier(n_estimators=10, max_depth=10, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    )
    for name, model in zip(NAMES, models, strict=True):
        progress(f"{name}: training")
        model.fit(train_x, train_y)
        result = compile(
            model,
            data=test_x,
            target=test_y,
            board=board,
            name=name,
            verify=verify,
            out=out / name,
            progress=_prefixed(name, progress),
        )
        yield result.report


def _check_folder(out: Path) -> None:
    """A folder with other things and none of our models is somebody else's."""
    if out.is_dir() and any(out.iterdir()) and not any(is_ours(out / name) for name in NAMES):
        raise OutputError(
            f"{out.name or out} exists and holds no earlier demo; nothing was changed",
            hint="choose another folder with -o, or remove it yourself",
        )
    for folder in (out, *(out / name for name in NAMES)):
        if folder != out or not folder.is_dir():
            check_target(folder)


def _prefixed(name: str, progress: Callable[[str], None]) -> Callable[[str], None]:
    return lambda step: progress(f"{name}: {step}")
