# SPDX-License-Identifier: MIT
"""A dense layer: what it can read, and what its integers mean once a plan is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Certificate
from thumbling.ir.interval import Interval
from thumbling.ir.source import SourceOp
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.linear import Linear
from thumbling.ir.types import TensorType, quant
from thumbling.quantize.affine import Feature, is_affine
from thumbling.quantize.front import front
from thumbling.quantize.input_grid import InputGrid, float_grid, integer_grid
from thumbling.quantize.integer_rows import seen
from thumbling.quantize.linear_plan import (
    Layer,
    Plan,
    dense_op,
    grid_rows,
)
from thumbling.quantize.link_errors import least_best_score
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import bounded
from thumbling.quantize.stored import Integers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Proof:
    """What is proved of a plan's results, in words."""

    plan: Plan
    compete: bool

    def certify(self, error: FloatArray, what: str) -> Certificate:
        """A bound on something computed of the results, for the inputs it holds for."""
        if self.plan.weights.saturate:
            limits = {2.0 ** (31 - bits) for bits in self.plan.weights.fraction_bits}
            what += f"; scores of other inputs saturate beyond {min(limits):.6g}"
        return bounded(self.plan.grid.range_text, error, what)

    def own(self) -> Certificate:
        """The certificate of the results themselves."""
        units = "one power of two" if self.compete else "a power of two"
        return self.certify(self.plan.error, f"weights are rounded to {units}, sums are exact")


def input_grids(op: SourceOp, at: Lowering) -> tuple[InputGrid, ...]:
    """What an op of one value can read: the stored integers, fixed point of floats, or a tensor."""
    (name,) = op.inputs
    if not is_affine(at.source, name):
        read = at.integers(name)
        return (
            InputGrid(
                features=read.features,
                shift=(),
                bits=0,
                range_text=read.where,
                domain=None,
                columns=tuple(range(len(read.features))),
                tensor=read.tensor,
            ),
        )
    if not at.spec.dtype.is_float:
        return (integer_grid(at.source, at.spec, at.data, name),)
    grids = (float_grid(at.source, at.spec, at.data, bits, name) for bits in (16, 32))
    return tuple(grid for grid in grids if grid is not None)


def layer_on(op: Linear, grids: tuple[InputGrid, ...], at: Lowering) -> Layer:
    """The layer with what its input is where the data lie."""
    data = np.empty((0, at.spec.n_features), at.spec.dtype.numpy) if at.data is None else at.data
    (name,) = op.inputs
    real = at.source.value(name, at.spec.real(data.astype(at.spec.dtype.numpy)))
    kept = np.isfinite(real.astype(np.float64)).all(axis=1)

    def rows(grid: InputGrid) -> npt.NDArray[np.int64]:
        return grid_rows(grid, at.rows_of(grid.tensor, data)[kept])

    return Layer(
        op=op,
        grids=grids,
        computed_in=str(op.computes_in(real)),
        real=real[kept],
        rows=rows,
        may_saturate=not grids[0].shift,
        inner=not (op.compete or at.asked(op.output)) or (at.wide and _within(op, at)),
    )


def _within(op: Linear, at: Lowering) -> bool:
    """Whether its scores are a member's, of whose answers others make theirs."""
    answers = {value.name for value in at.source.prediction.fields.values()}
    return not any(reader.output in answers for reader in at.readers(op.output))


def _results(plan: Plan, dense: Any) -> tuple[Feature, ...]:
    """What the layer's integers mean: one feature for each."""
    ends = np.array([seen(f) for f in plan.grid.features], dtype=np.int64)
    reached = dense.infer(Interval(low=ends[:, 0], high=ends[:, 1]))
    errors = np.broadcast_to(plan.error, len(dense.weight)).tolist()
    return tuple(
        Feature(
            slope=Fraction(2) ** -bits,
            offset=Fraction(0),
            low=plan.weights.low,
            high=plan.weights.high,
            seen_low=int(reached.low[k]),
            seen_high=int(reached.high[k]),
            error=errors[k],
        )
        for k, bits in enumerate(plan.weights.fraction_bits)
    )


def store_plan(op: Linear, layer: Layer, plan: Plan, at: Lowering) -> Integers:
    """The dense op of a plan, and its results."""
    at.draft.within(plan.grid.domain)
    weights = plan.weights
    dense = dense_op(weights, front(plan.grid, at), op.output)
    scales = quant([Fraction(2) ** -bits for bits in weights.fraction_bits])
    kind = TensorType(shape=(len(op.coef),), quant=scales, low=weights.low, high=weights.high)
    at.draft.add(dense, kind)
    proof = _Proof(plan=plan, compete=op.compete)
    return Integers(
        tensor=op.output,
        features=_results(plan, dense),
        where=plan.grid.range_text,
        computed_in=layer.computed_in,
        certify=proof.certify,
        own=proof.own,
        least_best=lambda: least_best_score(op, plan.grid.features) - plan.worst,
    )
