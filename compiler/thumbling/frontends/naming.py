# SPDX-License-Identifier: MIT
"""What is left of a graph once a model is lowered: the ops it needs, its answers by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from thumbling.ir.source import Prediction, SourceOp
from thumbling.ir.source.values import FIELDS


def needed_ops(ops: Sequence[SourceOp], prediction: Prediction) -> tuple[SourceOp, ...]:
    """The ops that answers depend on: what members said alone is left out where it was merged."""
    needed = {value.name for value in prediction.fields.values()}
    for op in reversed(ops):
        if op.output in needed:
            needed |= set(op.inputs)
    return tuple(op for op in ops if op.output in needed)


def with_plain_names(
    ops: tuple[SourceOp, ...], prediction: Prediction
) -> tuple[tuple[SourceOp, ...], Prediction]:
    """Answers are called as their field is, what members say has a number behind it."""
    names: dict[str, str] = {op.output: f"{op.output}_1" for op in ops if op.output in FIELDS}
    names |= {value.name: field for field, value in prediction.fields.items()}

    def renamed(op: SourceOp) -> SourceOp:
        inputs = tuple(names.get(name, name) for name in op.inputs)
        return replace(op, inputs=inputs, output=names.get(op.output, op.output))

    fields = {
        field: replace(value, name=names[value.name]) for field, value in prediction.fields.items()
    }
    return tuple(renamed(op) for op in ops), replace(prediction, fields=fields)
