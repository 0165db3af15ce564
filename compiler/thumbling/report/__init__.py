# SPDX-License-Identifier: MIT
"""What a run measured: the data, as text, as JSON, as HTML, and where it came from."""

from thumbling.fidelity import Fidelity, OutputInfo, RealRows, StoredInput
from thumbling.report.model import (
    FeatureValue,
    Inference,
    ModelInfo,
    ReleaseInfo,
    Report,
    Verification,
    report_from_dict,
)

__all__ = [
    "FeatureValue",
    "Fidelity",
    "Inference",
    "ModelInfo",
    "OutputInfo",
    "RealRows",
    "ReleaseInfo",
    "Report",
    "StoredInput",
    "Verification",
    "report_from_dict",
]
