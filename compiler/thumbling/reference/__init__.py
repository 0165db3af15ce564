# SPDX-License-Identifier: MIT
"""What every op means: bit-exact integer evaluation in Python. This is the specification."""

from thumbling.reference.evaluate import evaluate, pack_outputs

__all__ = ["evaluate", "pack_outputs"]
