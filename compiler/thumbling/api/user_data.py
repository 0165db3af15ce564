# SPDX-License-Identifier: MIT
"""The user's data: real rows, and where it is known what the model should say of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.api.rows import given_rows, named_column
from thumbling.errors import DataError, UsageError
from thumbling.fidelity import Truth, read_truth
from thumbling.frontends.data_file import load_data, refuse_unusable
from thumbling.frontends.table import TARGET_NAMES
from thumbling.ir.source import SourceGraph
from thumbling.pipeline import feature_names

_Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UserData:
    """Real rows of shape (n, n_features) as they were given, and the SHA-256 of their bytes.

    All is None where no data were given, `truth` also where nothing says what is right.
    """

    rows: _Rows | None = None
    sha256: str | None = None
    truth: Truth | None = None


def read_user_data(
    data: Any,
    target: Any,
    *,
    estimator: Any,
    source: SourceGraph,
    input_type: str,
    warn: Callable[[str], None],
) -> UserData:
    """Rows from an array, a frame or a file, and the truth beside them.

    `target` is an array or the name of a column of `data`; None takes a column named like a target
    where there is one, and leaves it, with a warning, where the model cannot have been meant.
    Raises `DataError`, `MissingToolError`, `UsageError`.
    """
    if data is None:
        if target is not None:
            raise UsageError("a target is given, but no data", hint="give --data as well")
        return UserData()
    names, shown = feature_names(source), "the data"
    column = target if isinstance(target, str) else None
    if isinstance(data, str | Path):
        shown = Path(data).name
        loaded = load_data(Path(data), source.n_features, names, target=column)
        rows, digest, found = loaded.X, loaded.sha256, loaded.y
    else:
        rows = given_rows(data, names)
        digest = hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()
        found = named_column(data, column, set(TARGET_NAMES) - set(names))
    nan = input_type == "float32" and source.takes_nan
    refuse_unusable(rows, names, nan=nan, name=shown, input_type=input_type)
    asked = target is not None
    truth = _truth(
        found if column is not None or not asked else np.asarray(target),
        asked=asked,
        read=lambda given: read_truth(estimator, source, given, len(rows)),
        warn=warn,
    )
    return UserData(rows=rows, sha256=digest, truth=truth)


def _truth(
    given: _Rows | None,
    *,
    asked: bool,
    read: Callable[[_Rows], Truth],
    warn: Callable[[str], None],
) -> Truth | None:
    if given is None:
        return None
    try:
        return read(given)
    except DataError as error:
        if asked:
            raise
        warn(f"no accuracy is measured: {error.message}")
        return None
