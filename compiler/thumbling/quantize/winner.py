# SPDX-License-Identifier: MIT
"""Labels of competing numbers: an argmax."""

from __future__ import annotations

import numpy as np

from thumbling.ir.graph import Certificate
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.source.winner import Winner
from thumbling.ir.types import TensorType
from thumbling.quantize.blending import in_one_unit
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.registry import quantizes
from thumbling.quantize.shares import Shares
from thumbling.quantize.stored import Made


def label_type(groups: tuple[int, ...]) -> TensorType:
    """Class indices, one for each group of classes."""
    return TensorType(shape=(len(groups),), low=0, high=max(max(groups) - 1, 1))


@quantizes(Winner)
def quantize_winner(op: Winner, at: Lowering) -> Made:
    """The first greatest of each group, which must be of one unit."""
    read = at.stored(op.inputs[0])
    if isinstance(read, Shares):
        return read.label(op.output, op.groups)
    scores = in_one_unit(at.integers(op.inputs[0]), at)
    argmax = ArgMax(inputs=(scores.tensor,), output=op.output, groups=op.groups)
    at.draft.add(argmax, label_type(op.groups))
    width = 2 * scores.worst

    def own() -> Certificate:
        what = f"a label can differ only where the source's two best scores lie within {width:.3g}"
        return scores.certify(np.array([scores.worst]), what)

    return Made(tensor=op.output, own=scores.chosen or own)
