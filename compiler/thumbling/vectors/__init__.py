# SPDX-License-Identifier: MIT
"""Test inputs: the user's rows, and rows made where results are decided.

Each op says where that is, in a file of its name; `making` builds rows around it.
"""

from thumbling.vectors.making import make_vectors, sample_rows

__all__ = ["make_vectors", "sample_rows"]
