# SPDX-License-Identifier: MIT
"""The stored models of other releases, and what those releases themselves said."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.frontends.model_file import load_model

FILES = Path(__file__).parent / "files"
MODELS = sorted(path for path in FILES.glob("*/*") if path.suffix in {".joblib", ".skops"})


def load(path: Path) -> tuple[Any, list[str]]:
    """The estimator in a file, and the notes of loading."""
    notes: list[str] = []
    return load_model(path, trust=True, allow_pickle=True, warn=notes.append).estimator, notes


def stored(release: str, name: str) -> Path:
    """The file of a model."""
    (path,) = (FILES / release).glob(f"{name}.*")
    return path


@cache
def _archive(release: str) -> dict[str, npt.NDArray[Any]]:
    with np.load(FILES / release / "answers.npz") as archive:
        return {key: archive[key] for key in archive.files}


def rows(release: str, kind: str) -> npt.NDArray[Any]:
    """The rows a release was asked."""
    return _archive(release)[kind]


def answers(release: str, name: str) -> dict[str, dict[str, npt.NDArray[np.float64]]]:
    """By kind of rows and method, what the release answered; shapes (rows, columns)."""
    archive, start = _archive(release), 0
    found: dict[str, dict[str, npt.NDArray[np.float64]]] = {}
    for line in archive["names"].tolist():
        model, kind, method, columns = line.split()
        shape = (len(archive[kind]), int(columns))
        table = archive["answers"][start : start + shape[0] * shape[1]].reshape(shape)
        start += table.size
        if model == name:
            found.setdefault(kind, {})[method] = table
    return found
