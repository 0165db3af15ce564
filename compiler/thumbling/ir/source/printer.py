# SPDX-License-Identifier: MIT
"""A source graph as text, for people: what was trained, op by op."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np

from thumbling.ir.source.base import SourceOp
from thumbling.ir.source.graph import SourceGraph

_SHOWN = 8


def _numbers(array: np.ndarray) -> str:
    flat = [f"{value:.6g}" for value in array.ravel()[:_SHOWN].tolist()]
    more = ", .." if array.size > _SHOWN else ""
    return f"{array.dtype.name}{list(array.shape)} {', '.join(flat)}{more}"


def _shown(value: object) -> str:
    if isinstance(value, np.ndarray):
        return _numbers(value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{f.name}={_shown(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({', '.join(parts)})"
    return repr(value)


def _field(name: str, value: object) -> list[str]:
    if not isinstance(value, tuple) or not any(map(is_dataclass, value)):
        return [f"    {name} = {_shown(value)}"]
    more = [f"      .. {len(value) - _SHOWN} more"] if len(value) > _SHOWN else []
    return [f"    {name}", *(f"      {_shown(item)}" for item in value[:_SHOWN]), *more]


def _op(op: SourceOp, width: int) -> list[str]:
    lines = [f"  {op.output} = {type(op).__name__}({', '.join(op.inputs)}) : {width} numbers"]
    for field in fields(op):
        if field.name not in ("inputs", "output"):
            lines += _field(field.name, getattr(op, field.name))
    return lines


def print_source(graph: SourceGraph) -> str:
    """Every op with its width and its constants, of which the first few numbers are shown."""
    lines = [f"source {graph.source}", f"  x : {graph.n_features} features"]
    for op in graph.ops:
        lines += _op(op, graph.widths[op.output])
    for name, value in graph.prediction.fields.items():
        lines.append(f"  predicts {name} = {value.name}")
    return "\n".join(lines) + "\n"
