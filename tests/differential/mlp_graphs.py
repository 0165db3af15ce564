# SPDX-License-Identifier: MIT
"""Integer graphs of multilayer perceptrons: of random weights, and of a trained classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir import DType, Graph, InputSpec, TensorType
from thumbling.ir.graph import INPUT, Certificate, Output, Port
from thumbling.ir.interval import Interval, input_interval
from thumbling.ir.ops import Op
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.types import Quant

Reals = npt.NDArray[np.float64]
# What the products of a 32-bit sum may add up to.
_ROOM = 0.9 * 2**31


@dataclass(slots=True, kw_only=True)
class Layers:
    """A graph in the making: ops with the types that follow from their ranges."""

    spec: InputSpec
    ops: list[Op] = field(default_factory=list)
    tensors: dict[str, TensorType] = field(default_factory=dict)
    known: dict[str, Interval] = field(default_factory=dict)

    def add(
        self, op: Op, dtype: DType = DType.INT32, scale: Fraction = Fraction(1), zero: int = 0
    ) -> str:
        """Append an op; the name of its tensor."""
        self.known.setdefault(INPUT, input_interval(self.spec))
        interval = op.infer(*(self.known[name] for name in op.inputs))
        low, high = int(interval.low.min()), int(interval.high.max())
        quant = Quant(scale=(scale,), zero_point=(zero,))
        kind = TensorType(shape=(interval.size,), low=low, high=high, quant=quant, dtype=dtype)
        self.ops.append(op)
        self.tensors[op.output] = kind
        self.known[op.output] = Interval(low=interval.low, high=interval.high, dtype=dtype)
        return op.output

    def graph(self, name: str, *fields: str, n_classes: int = 0) -> Graph:
        """The graph whose outputs are the tensors of these fields' names."""
        certificate = Certificate(kind="measured", epsilon=None, reason="a test")
        return Graph(
            name=name,
            source="a test",
            inputs=(Port(spec=self.spec),),
            class_names=(tuple(map(str, range(n_classes))),) if n_classes else (),
            ops=tuple(self.ops),
            tensors=self.tensors,
            outputs=tuple(Output(field=f, tensor=f, certificate=certificate) for f in fields),
        )


def input_spec(dtype: DType, n: int) -> InputSpec:
    """Plain features."""
    return InputSpec(
        dtype=dtype, scale=(1.0,) * n, offset=(0.0,) * n, names=tuple(f"x{j}" for j in range(n))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a net of random weights is made of: the input, weights and activations."""

    x: DType
    weight: type[np.signedinteger]
    hidden: DType
    function: str = "relu"
    per_channel: bool = False
    multiplier: bool = False


def random_mlp(name: str, kind: Kind, sizes: Sequence[int], rng: np.random.Generator) -> Graph:
    """Layers of random weights whose sums fit; the last gives int32 scores and a label."""
    layers, x = Layers(spec=input_spec(kind.x, sizes[0])), INPUT
    for number, (n_in, n_out) in enumerate(pairwise(sizes)):
        last = number == len(sizes) - 2
        sums = "score" if last else f"sum{number}"
        dtype = layers.tensors[x].dtype if number else kind.x
        layers.add(_dense(x, sums, (n_out, n_in), kind.weight, dtype, rng))
        if not last:
            x = _activate(layers, f"h{number}", sums, kind, rng)
    layers.add(ArgMax(inputs=("score",), output="label", groups=(sizes[-1],)))
    return layers.graph(name, "score", "label", n_classes=sizes[-1])


def _dense(
    x: str,
    sums: str,
    shape: tuple[int, int],
    w_type: type[np.signedinteger],
    dtype: DType,
    rng: np.random.Generator,
) -> Dense:
    """Weights as large as the accumulator allows: 64 bits where 32 would leave them small."""
    reach = max(map(abs, dtype.bounds)) * shape[1]
    top = int(np.iinfo(w_type).max)
    bits = 32 if min(top, 127) * reach < _ROOM else 64
    top = min(top, int(_ROOM if bits == 32 else 2**45) // reach)
    return Dense(
        inputs=(x,),
        output=sums,
        weight=rng.integers(-top, top + 1, shape).astype(w_type),
        bias=rng.integers(-(2**20), 2**20, shape[0]),
        shift=0 if bits == 32 else max((reach * top).bit_length() - 30, 0),
        accumulator_bits=bits,
    )


def _activate(layers: Layers, name: str, sums: str, kind: Kind, rng: np.random.Generator) -> str:
    """The sums in the type of activations: some of them leave its range, most do not."""
    (low, high), of = kind.hidden.bounds, layers.tensors[sums]
    n = of.size if kind.per_channel else 1
    shift = max(max(-of.low, of.high).bit_length() - high.bit_length() - 2, 0) + np.arange(n) % 2
    factor = np.ones(1, dtype=np.int32)
    if kind.multiplier:
        factor, shift = rng.integers(2**14, 2**15, n).astype(np.int32), shift + 15
    relu = kind.function == "relu"
    zero = 0 if relu or low else 128
    op = Requantize(
        inputs=(sums,),
        output=name,
        shift=shift.astype(np.int32),
        multiplier=factor,
        zero_point=zero,
        low=zero if relu else low,
        high=high,
    )
    layers.add(op, kind.hidden, zero=zero)
    if kind.function == "tanh" and kind.hidden is DType.INT16:
        table = np.rint(np.tanh(np.linspace(-4, 4, 257)) * 32767).astype(np.int16)
        return layers.add(Interpolate(inputs=(name,), output=f"{name}_f", table=table), kind.hidden)
    if kind.function == "tanh":
        entries = np.rint(np.tanh((np.arange(low, high + 1) - zero) / 32) * 127).astype(np.int8)
        return layers.add(Lookup(inputs=(name,), output=f"{name}_f", table=entries), DType.INT8)
    return name


def branched(name: str, x_type: DType, rng: np.random.Generator) -> Graph:
    """Activations that two layers and a table read, sums that are an output and narrowed as well;
    of floats, features are stored in 8 bits first.
    """
    layers, x = Layers(spec=input_spec(x_type, 9)), INPUT
    if x_type.is_float:
        shift, ends = np.full(9, 4, dtype=np.int32), np.full(9, 100, dtype=np.int32)
        layers.add(Quantize(inputs=(x,), output="q", shift=shift, bits=16), DType.INT16)
        x = layers.add(Clamp(inputs=("q",), output="c", low=-ends, high=ends), DType.INT8)
    dtype = layers.tensors[x].dtype if x != INPUT else x_type
    layers.add(_dense(x, "sum0", (14, 9), np.int8, dtype, rng))
    kind = Kind(x=x_type, weight=np.int8, hidden=DType.INT8, function="identity", multiplier=True)
    h = _activate(layers, "h0", "sum0", kind, rng)
    layers.add(_dense(h, "score", (3, 14), np.int8, DType.INT8, rng))
    table = rng.integers(-30000, 30000, 256).astype(np.int16)
    layers.add(Lookup(inputs=(h,), output="f", table=table), DType.INT16)
    layers.add(_dense("f", "sum1", (5, 14), np.int8, DType.INT16, rng))
    layers.add(_dense(h, "proba", (3, 14), np.int16, DType.INT8, rng))
    narrow = replace(kind, hidden=DType.UINT8, per_channel=True)
    last = _activate(layers, "h1", "sum1", narrow, rng)
    layers.add(_dense(last, "value", (2, 5), np.int8, DType.UINT8, rng))
    layers.add(ArgMax(inputs=("score",), output="label", groups=(3,)))
    return layers.graph(name, "score", "label", "proba", "value", n_classes=3)


def _finest(coef: Reals, w_type: type[np.signedinteger]) -> float:
    """The finest scale at which all weights fit their type."""
    return float(np.abs(coef).max()) / float(np.iinfo(w_type).max)


def trained_mlp(
    model: Any,
    rows: Reals,
    name: str,
    hidden: DType,
    w_type: type[np.signedinteger],
) -> Graph:
    """A fitted relu `MLPClassifier` on uint8 features, in powers of two between its scales.

    Activations use the range of `hidden` on `rows`. Weights take the finest scale they fit that
    is a power of two off the scale of the activations.
    """
    layers = Layers(spec=input_spec(DType.UINT8, rows.shape[1]))
    x, scale, reals = INPUT, 1.0, rows
    last = len(model.coefs_) - 1
    for number, (coef, intercept) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        reals = reals @ coef + intercept
        most = _finest(coef, w_type)
        wanted = 1.0
        if number < last:
            coming = model.coefs_[number + 1]
            # Activations that the next layer's sums can hold, no finer than this layer's sums.
            room = _ROOM / float(np.abs(coming / _finest(coming, w_type)).sum(axis=0).max())
            wanted = max(float(reals.max()) / min(hidden.bounds[1], room), scale * most)
        # scale * step * 2**shift is the scale of what comes out.
        shift = 0 if number == last else int(np.floor(np.log2(wanted / (scale * most))))
        step = most if number == last else wanted / (scale * 2.0**shift)
        weight = np.rint(coef.T / step)
        bias = np.rint(intercept / (scale * step))
        output = "score" if number == last else f"sum{number}"
        layers.add(
            Dense(
                inputs=(x,),
                output=output,
                weight=weight.astype(w_type),
                bias=bias.astype(np.int64),
                shift=0,
                accumulator_bits=32,
            )
        )
        if number < last:
            x, scale = f"h{number}", wanted
            top = int(min(hidden.bounds[1], room))
            by = np.array([shift], dtype=np.int32)
            relu = Requantize(inputs=(output,), output=x, shift=by, low=0, high=top)
            layers.add(relu, hidden, Fraction(wanted))
            reals = np.maximum(reals, 0)
    layers.add(ArgMax(inputs=("score",), output="label", groups=(len(model.classes_),)))
    return layers.graph(name, "label", n_classes=len(model.classes_))
