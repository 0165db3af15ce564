# SPDX-License-Identifier: MIT
"""C of tree ensembles: nested comparisons or byte code, and the sums of their leaves."""

from thumbling.codegen.trees.choose import emit_trees

__all__ = ["emit_trees"]
