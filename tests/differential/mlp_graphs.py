# SPDX-License-Identifier: MIT
"""Integer graphs of multilayer perceptrons: of random weights, and of a trained classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir import DType, Graph, InputSpec, TensorType
from thumbling.ir.graph import INPUT, Certificate, Output
from thumbling.ir.interval import Interval, input_interval
from thumbling.ir.ops import Op
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.lookup import Lookup
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
            input=self.spec,
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


def shift_of(*values: int) -> npt.NDArray[np.int32]:
    """A shift, or one for each value."""
    return np.array(values, dtype=np.int32)


# --- random ---------------------------------------------------------------------------------------


def random_mlp(
    name: str,
    rng: np.random.Generator,
    sizes: Sequence[int],
    x_type: DType,
    hidden: DType,
    w_type: type[np.signedinteger],
    *,
    activation: str = "relu",
    per_channel: bool = False,
    multiplier: bool = False,
) -> Graph:
    """Layers of random weights, every sum proved to fit; the last gives int32 scores and a label."""
    layers = Layers(spec=input_spec(x_type, sizes[0]))
    x = INPUT
    for number, (n_in, n_out) in enumerate(zip(sizes, sizes[1:], strict=False)):
        last = number == len(sizes) - 2
        dtype = x_type if x == INPUT else layers.tensors[x].dtype
        reach = max(map(abs, dtype.bounds)) * n_in
        bits = 32 if reach * int(np.iinfo(w_type).max) < 2**30 or dtype is not DType.INT16 else 64
        top = min(int(np.iinfo(w_type).max), (2**30 if bits == 32 else 2**45) // reach)
        weight = rng.integers(-top, top + 1, (n_out, n_in)).astype(w_type)
        bias = rng.integers(-(2**20), 2**20, n_out)
        dense_shift = 0 if bits == 32 else max((reach * top).bit_length() - 30, 0)
        sums = "score" if last else f"sum{number}"
        dense = Dense(
            inputs=(x,),
            output=sums,
            weight=weight,
            bias=bias,
            shift=dense_shift,
            accumulator_bits=bits,
        )
        layers.add(dense)
        if last:
            break
        x = _activate(layers, rng, f"h{number}", sums, hidden, activation, per_channel, multiplier)
    layers.add(ArgMax(inputs=("score",), output="label", groups=(sizes[-1],)))
    return layers.graph(name, "score", "label", n_classes=sizes[-1])


def _activate(
    layers: Layers,
    rng: np.random.Generator,
    name: str,
    sums: str,
    dtype: DType,
    activation: str,
    per_channel: bool,
    multiplier: bool,
) -> str:
    kind = layers.tensors[sums]
    reach, n = max(-kind.low, kind.high), kind.size if per_channel else 1
    low, high = dtype.bounds
    # A third of the range that can be, so that some results leave it.
    shift = max(reach.bit_length() - high.bit_length() - 2, 0) + np.arange(n) % 2
    factor = np.ones(1, dtype=np.int32)
    if multiplier:
        factor = rng.integers(2**14, 2**15, n).astype(np.int32)
        shift = shift + 15
    relu = activation == "relu"
    zero = 0 if relu or low else 128
    layers.add(
        Requantize(
            inputs=(sums,),
            output=name,
            shift=shift.astype(np.int32),
            multiplier=factor,
            zero_point=zero,
            low=zero if relu else low,
            high=high,
        ),
        dtype,
    )
    if relu or activation == "identity":
        return name
    if dtype is DType.INT16:
        table = np.rint(np.tanh(np.linspace(-4, 4, 257)) * 32767).astype(np.int16)
        return layers.add(Interpolate(inputs=(name,), output=f"{name}_f", table=table), dtype)
    steps = np.arange(low, high + 1) - zero
    table = np.rint(np.tanh(steps / 32) * 127).astype(np.int8)
    return layers.add(Lookup(inputs=(name,), output=f"{name}_f", table=table), DType.INT8)


# --- trained --------------------------------------------------------------------------------------


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
            relu = Requantize(
                inputs=(output,), output=x, shift=shift_of(shift), low=0, high=top
            )
            layers.add(relu, hidden, Fraction(wanted))
            reals = np.maximum(reals, 0)
    layers.add(ArgMax(inputs=("score",), output="label", groups=(len(model.classes_),)))
    return layers.graph(name, "label", n_classes=len(model.classes_))
