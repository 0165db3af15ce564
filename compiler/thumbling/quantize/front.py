# SPDX-License-Identifier: MIT
"""The ops in front of what computes on a grid: columns picked, floats quantised, values clamped."""

from __future__ import annotations

import numpy as np

from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.gather import Gather
from thumbling.ir.types import TensorType
from thumbling.quantize.input_grid import InputGrid
from thumbling.quantize.linear_plan import impute_op, quantize_op
from thumbling.quantize.lowering import Lowering


def front(grid: InputGrid, at: Lowering) -> str:
    """Ops that bring a grid's integers about; returns the tensor that holds them."""
    reads, features = grid.tensor, grid.features
    straight = grid.columns == tuple(range(at.width_of(grid.tensor)))
    if grid.shift:
        limit = (1 << (grid.bits - 1)) - 1
        kind = TensorType(shape=(len(features),), low=-limit, high=limit)
        name = at.draft.name("fixed")
        fills = any(feature.missing is not None for feature in features)
        quantized = quantize_op(grid, name, straight=straight)
        reads = at.draft.add(impute_op(grid, name) if fills else quantized, kind)
    elif not straight:
        bounds = at.bounds_of(grid.tensor)
        column = np.array(grid.columns, dtype=np.int32)
        gather = Gather(
            inputs=(reads,),
            output=at.draft.name("picked"),
            source=np.zeros_like(column),
            column=column,
        )
        kind = TensorType(shape=(len(column),), low=bounds[0], high=bounds[1])
        reads = at.draft.add(gather, kind)
    low, high = [f.low for f in features], [f.high for f in features]
    reach = at.reach(reads)
    if (reach.low < low).any() or (reach.high > high).any():
        clamp = Clamp(
            inputs=(reads,),
            output=at.draft.name("clamped"),
            low=np.array(low, dtype=np.int32),
            high=np.array(high, dtype=np.int32),
        )
        reads = at.draft.add(clamp, TensorType(shape=(len(low),), low=min(low), high=max(high)))
    return reads
