# SPDX-License-Identifier: MIT
"""What a run measured: the data, as text, as JSON, as HTML, and where it came from."""

from thumbling.report.model import (
    FeatureValue,
    Fidelity,
    Inference,
    Memory,
    ModelInfo,
    OutputInfo,
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
    "ReleaseInfo",
    "Report",
    "Stat",
    "Symbol",
    "Verification",
    "report_from_dict",
]
