# SPDX-License-Identifier: MIT
"""The Python face: compile a model, keep its reference, open an output folder again."""

import sys

from thumbling.api.auditing import audit
from thumbling.api.compiled import Compiled
from thumbling.api.compiling import compile
from thumbling.api.folder import OutputFolder
from thumbling.api.graphs import compile_graph
from thumbling.api.referring import reference

__all__ = ["Compiled", "OutputFolder", "audit", "compile", "compile_graph", "reference"]

# Importing the package `thumbling.reference` binds that name to the module; the public face is the
# function. `from thumbling.reference import ...` looks in sys.modules and still finds the package.
setattr(sys.modules["thumbling"], "reference", reference)  # noqa: B010
