# SPDX-License-Identifier: MIT
"""The reference alone: what the chip would answer, without C and without a board."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from thumbling.api.answering import Reference
from thumbling.api.compiling import read_model
from thumbling.api.doubts import doubts
from thumbling.api.user_data import read_user_data
from thumbling.frontends import lower
from thumbling.pipeline import Options, compile_model


def reference(
    model: Any,
    *,
    data: Any = None,
    trust: bool = False,
    allow_pickle: bool | None = None,
    warn: Callable[[str], None] | None = None,
    **options: Any,
) -> Reference:
    """The reference of a trained model or a model file: it needs neither C nor a board.

    `model`, `data`, `trust`, `allow_pickle` and `warn` are as in `compile`, and so are the
    warnings. `options` are `input_type`, `input_scale`, `input_offset`, `output`, `precision` and
    `name`.
    Raises the errors of `thumbling.errors`.
    """
    tell = warn or _warn
    chosen = Options(**{"name": "model", **options})
    estimator, _, _ = read_model(model, trust, allow_pickle, tell)
    user = read_user_data(
        data,
        None,
        estimator=estimator,
        source=lower(estimator),
        input_type=chosen.input_type,
        warn=tell,
    )
    compilation = compile_model(estimator, chosen, user.rows, user.truth)
    for doubt in doubts(compilation, chosen, user.rows):
        tell(doubt)
    return Reference(graph=compilation.graph)


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=3)
