# SPDX-License-Identifier: MIT
"""Linear models to integer graphs: quantize or clamp, one dense layer, then what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from thumbling.errors import OptionError, UnsupportedModelError
from thumbling.ir.graph import INPUT, Certificate, Graph, Output, certify
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.softmax import Softmax
from thumbling.ir.source import FloatArray, SourceModel
from thumbling.ir.types import InputSpec, TensorType, quant
from thumbling.quantize.linear_plan import (
    WIDTHS,
    Plan,
    Rows,
    choose_plan,
    computed_in,
    dense_op,
    predictor,
    quantize_op,
    require_values,
)
from thumbling.quantize.link import LEAST_SCORE, least_best_score, proba_error


@dataclass(slots=True)
class _Draft:
    """A graph in the making."""

    ops: list[Op] = field(default_factory=list)
    tensors: dict[str, TensorType] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    def add(self, op: Op, kind: TensorType) -> None:
        self.ops.append(op)
        self.tensors[op.output] = kind


def _unproved(reason: str) -> Certificate:
    return Certificate(kind="measured", epsilon=None, reason=reason)


def _certificate(plan: Plan, error: FloatArray, what: str) -> Certificate:
    where = plan.grid.range_text
    if where is None:
        return _unproved("the range of the float inputs is unknown; compile with data for a bound")
    if not np.isfinite(error).all():
        return _unproved(f"for {where} the source model's own arithmetic can overflow")
    reason = f"for {where} {what}"
    if plan.weights.saturate:
        limits = {2.0 ** (31 - bits) for bits in plan.weights.fraction_bits}
        reason += f"; scores of other inputs saturate beyond {min(limits):.6g}"
    return certify("bounded", error, reason)


def _front(plan: Plan, spec: InputSpec, draft: _Draft) -> str:
    """Ops before the dense layer; returns the tensor it reads."""
    reads, features = INPUT, plan.grid.features
    if plan.grid.shift:
        limit = (1 << (plan.grid.bits - 1)) - 1
        kind = TensorType(shape=(len(features),), low=-limit, high=limit)
        draft.add(quantize_op(plan.grid), kind)
        reads, bounds = "fixed", (-limit, limit)
    else:
        bounds = spec.dtype.bounds
    low, high = [f.low for f in features], [f.high for f in features]
    if min(high) < bounds[1] or max(low) > bounds[0]:
        clamp = Clamp(
            inputs=(reads,),
            output="clamped",
            low=np.array(low, dtype=np.int32),
            high=np.array(high, dtype=np.int32),
        )
        draft.add(
            clamp,
            TensorType(shape=(len(low),), low=min(low), high=max(high)),
        )
        reads = "clamped"
    return reads


def _add_label(plan: Plan, n_scores: int, draft: _Draft) -> None:
    op: Op
    if n_scores == 1:
        op = Above(inputs=("score",), output="label", cut=np.zeros(1, dtype=np.int32))
        margin = "score lies within"
        width = plan.worst
    else:
        op = ArgMax(inputs=("score",), output="label", groups=(n_scores,))
        margin, width = "two best scores lie within", 2 * plan.worst
    draft.add(op, TensorType(shape=(1,), low=0, high=max(n_scores - 1, 1)))
    what = f"a label can differ only where the source's {margin} {width:.3g}"
    certificate = _certificate(plan, plan.error, what)
    draft.outputs.append(Output(field="label", tensor="label", certificate=certificate))


def _add_proba(plan: Plan, source: SourceModel, dtype: str, draft: _Draft) -> None:
    linear = predictor(source)
    bits, n_scores = plan.weights.fraction_bits[0], len(linear.coef)
    if linear.link in ("none", "unsupported"):
        raise OptionError(
            "this classifier has no probabilities", hint="use --output label or score"
        )
    if bits < 0:
        raise UnsupportedModelError(
            f"scores up to 2**{31 - bits} are possible, too large for probabilities",
            hint="give --data of the range the chip will see, put a scaler before the model, or ask"
            " for --output label or score",
        )
    op = Softmax(inputs=("score",), output="proba", fraction_bits=bits, mode=linear.link)
    unit, length = quant((Fraction(1, 1 << 15),)), max(2, n_scores)
    draft.add(op, TensorType(shape=(length,), quant=unit, low=0, high=1 << 15))
    error = proba_error(linear, plan.worst, dtype)
    certificate = _certificate(
        plan, np.array([error]), "scores are bounded and the integer exp is proved"
    )
    least = least_best_score(linear, plan.grid.features) - plan.worst
    if linear.link == "ovr" and plan.grid.range_text is not None and least < LEAST_SCORE[dtype]:
        certificate = _unproved(
            f"for {plan.grid.range_text} all scores may lie so far below zero that the source"
            " model's own probabilities vanish before they are normalised"
        )
    draft.outputs.append(Output(field="proba", tensor="proba", certificate=certificate))


def quantize_linear(
    source: SourceModel,
    spec: InputSpec,
    fields: tuple[str, ...],
    name: str,
    *,
    precision: str = "auto",
    data: Rows | None = None,
) -> Graph:
    """The integer graph of a linear model with the output fields asked for.

    `precision` is auto, int8 or int16; `data` are stored rows of shape (n, n_features), from which
    ranges, error bounds and the choice of widths are taken. Raises OptionError for probabilities
    of a model that has none.
    """
    linear = predictor(source)
    if precision not in WIDTHS:
        raise OptionError(f"precision {precision!r} is unknown", hint=f"one of {', '.join(WIDTHS)}")
    plan = choose_plan(source, spec, precision, data)
    if not linear.is_classifier:
        require_values(source, spec, plan, data)
    draft = _Draft()
    result = "score" if linear.is_classifier else "value"
    weights, n_scores = plan.weights, len(linear.coef)
    draft.add(
        dense_op(weights, _front(plan, spec, draft), result),
        TensorType(
            shape=(n_scores,),
            quant=quant([Fraction(2) ** -bits for bits in weights.fraction_bits]),
            low=weights.low,
            high=weights.high,
        ),
    )
    if linear.is_classifier and "label" in fields:
        _add_label(plan, n_scores, draft)
    if linear.is_classifier and "proba" in fields:
        _add_proba(plan, source, computed_in(source, spec), draft)
    if result in fields:
        units = "one power of two" if linear.is_classifier else "a power of two"
        what = f"weights are rounded to {units}, sums are exact"
        certificate = _certificate(plan, plan.error, what)
        draft.outputs.append(Output(field=result, tensor=result, certificate=certificate))
    return Graph(
        name=name,
        source=source.source,
        input=spec,
        class_names=source.class_names,
        ops=tuple(draft.ops),
        tensors=draft.tensors,
        outputs=tuple(draft.outputs),
        domain=plan.grid.domain,
    )
