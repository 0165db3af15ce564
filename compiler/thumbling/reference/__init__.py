# SPDX-License-Identifier: MIT
"""What every op means: bit-exact integer evaluation in Python. This is the specification."""

from thumbling.reference.evaluate import Run, evaluate, pack_outputs, run

__all__ = ["Run", "evaluate", "pack_outputs", "run"]
