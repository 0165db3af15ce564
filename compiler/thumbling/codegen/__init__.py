# SPDX-License-Identifier: MIT
"""IR to C text."""

from thumbling.codegen.cmodel import CModel
from thumbling.codegen.header import FeatureRanges
from thumbling.codegen.module import emit

__all__ = ["CModel", "FeatureRanges", "emit"]
