# SPDX-License-Identifier: MIT
"""How far the chip is from the source model: on stored rows, on the user's own, by storing."""

from thumbling.fidelity.measure import measure_fidelity, rows_inside_bound
from thumbling.fidelity.real_rows import measure_real_rows, outside_range
from thumbling.fidelity.record import (
    FeatureLoss,
    Fidelity,
    LabelChange,
    OutputInfo,
    Pair,
    RealRows,
    StoredInput,
    Suggestion,
)
from thumbling.fidelity.source import Asked, ask, source_answers
from thumbling.fidelity.storing import measure_storing
from thumbling.fidelity.truth import Truth, read_truth

__all__ = [
    "Asked",
    "FeatureLoss",
    "Fidelity",
    "LabelChange",
    "OutputInfo",
    "Pair",
    "RealRows",
    "StoredInput",
    "Suggestion",
    "Truth",
    "ask",
    "measure_fidelity",
    "measure_real_rows",
    "measure_storing",
    "outside_range",
    "read_truth",
    "rows_inside_bound",
    "source_answers",
]
