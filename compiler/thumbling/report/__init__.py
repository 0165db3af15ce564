# SPDX-License-Identifier: MIT
"""What a run measured: the data, as text, as JSON, as HTML, and where it came from."""

from thumbling.report.model import (
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
