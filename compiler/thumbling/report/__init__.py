# SPDX-License-Identifier: MIT
"""What a run measured: the data, as text, as JSON, as HTML, and where it came from."""

from thumbling.fidelity import Fidelity, OutputInfo, RealRows, StoredInput
from thumbling.report.model import (
    FeatureValue,
    Inference,
    Memory,
    ModelInfo,
    ReleaseInfo,
    Report,
    Stat,
    Symbol,
    Verification,
    report_from_dict,
)

__all__ = [
    "FeatureValue",
    "Fidelity",
    "Inference",
    "Memory",
    "ModelInfo",
    "OutputInfo",
    "RealRows",
    "ReleaseInfo",
    "Report",
    "Stat",
    "StoredInput",
    "Symbol",
    "Verification",
    "report_from_dict",
]
