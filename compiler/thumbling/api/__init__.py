# SPDX-License-Identifier: MIT
"""The Python face: compile a model, keep its reference, open an output folder again."""

from thumbling.api.compiled import Compiled, reference
from thumbling.api.compiling import compile
from thumbling.api.folder import OutputFolder

__all__ = ["Compiled", "OutputFolder", "compile", "reference"]
