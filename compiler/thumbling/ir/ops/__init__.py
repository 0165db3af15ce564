# SPDX-License-Identifier: MIT
"""The integer ops a graph is made of, a file each; what they mean is in `thumbling.reference`.

Every op reads named tensors (the stored input is `x`) and writes one vector.
"""

from thumbling.ir.ops.base import Op, op, ops

__all__ = ["Op", "op", "ops"]
