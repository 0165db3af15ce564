# SPDX-License-Identifier: MIT
"""Where a number of a tensor comes from, through ops that only move numbers."""

from __future__ import annotations

from collections.abc import Mapping

from thumbling.ir.ops import Op
from thumbling.ir.ops.gather import Gather
from thumbling.ir.ops.key import Key


def origin(producers: Mapping[str, Op], tensor: str, number: int) -> tuple[str, int]:
    """The input, the state or the computed tensor that has it first, and its place there.

    `producers` are the ops by the tensors they write. It is that number itself, or the key of a
    float.
    """
    while tensor in producers:
        match producers[tensor]:
            case Gather(inputs=inputs, source=source, column=column):
                tensor, number = inputs[source[number]], int(column[number])
            case Key(inputs=inputs, column=column):
                tensor, number = inputs[0], int(column[number])
            case _:
                break
    return tensor, number
