# SPDX-License-Identifier: MIT
"""The label of one score: a comparison with zero."""

from __future__ import annotations

import numpy as np

from thumbling.ir.graph import Certificate
from thumbling.ir.ops.above import Above
from thumbling.ir.source.positive import Positive
from thumbling.ir.types import TensorType
from thumbling.quantize.blending import in_one_unit
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Made


@quantizes(Positive)
def quantize_positive(op: Positive, at: Lowering) -> Made:
    """1 where the score is above zero, or not below it where zero counts."""
    score = in_one_unit(at.integers(op.inputs[0]), at)
    cut = np.array([-1 if op.zero else 0], dtype=np.int32)
    above = Above(inputs=(score.tensor,), output=op.output, cut=cut)
    at.draft.add(above, TensorType(shape=(1,), low=0, high=1))

    def own() -> Certificate:
        what = f"a label can differ only where the source's score lies within {score.worst:.3g}"
        return score.certify(np.array([score.worst]), what)

    return Made(tensor=op.output, own=own)
