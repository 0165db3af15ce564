# SPDX-License-Identifier: MIT
"""A compiled pipeline: integer ops from stored inputs, and state, to the named outputs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError, ModelError
from thumbling.ir.answers import PLAIN, Answers
from thumbling.ir.constants import Array, changed_by, constants_of, reached, with_arrays
from thumbling.ir.interval import input_interval, require, state_interval
from thumbling.ir.ops import Op
from thumbling.ir.ports import INPUT, Port, State, row_bytes
from thumbling.ir.types import DType, InputSpec, TensorType

_REPLACED = "its constants were replaced, and compared with no source since"

__all__ = ["INPUT", "Certificate", "Domain", "Graph", "Output", "Port", "State", "certify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """How an output relates to the source model, on the graph's domain.

    `kind` is exact, bounded or measured; `epsilon` the proved bound on |error| in real units
    (None for measured; 0 for exact, where the source has our value rounded to its own type);
    `reason` one sentence a reader can check. Where the values of an output have bounds of their
    own, `epsilons` are these, each in its value's unit, and `epsilon` is the greatest.
    """

    kind: str
    epsilon: float | None
    reason: str
    epsilons: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in ("exact", "bounded", "measured"):
            raise ValueError(f"no certificate is called {self.kind!r}")
        if self.epsilons and self.epsilon != max(self.epsilons):
            raise ValueError("the bound of an output is the greatest of its values' bounds")

    def bounds(self, length: int) -> tuple[float, ...]:
        """The proved bound of each of `length` values. Raises ValueError where there is none."""
        if self.epsilon is None:
            raise ValueError("nothing is proved of a measured output")
        return self.epsilons or (self.epsilon,) * length


def certify(kind: str, bounds: npt.NDArray[np.float64], reason: str) -> Certificate:
    """A certificate of values with these bounds: one for all where they do not differ."""
    each = tuple(bounds.tolist())
    own = each if len(set(each)) > 1 else ()
    return Certificate(kind=kind, epsilon=max(each), reason=reason, epsilons=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The inputs for which something is proved: least and greatest stored value by feature."""

    ranges: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not all(low <= high for low, high in self.ranges):
            raise ValueError("a range needs a least and a greatest value")

    def holds(self, stored: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """Which stored rows of shape (n, n_features) lie within.

        A NaN does: where it is answered at all, that is proved too.
        """
        low, high = np.array(self.ranges, dtype=np.float64).T
        rows = stored.astype(np.float64)
        return np.asarray(~((rows < low) | (rows > high)).any(axis=1))

    def both(self, other: Domain) -> Domain:
        """The inputs that lie in both. Raises ValueError where there are none."""
        pairs = zip(self.ranges, other.ranges, strict=True)
        return Domain(ranges=tuple((max(a[0], b[0]), min(a[1], b[1])) for a, b in pairs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How far the real numbers of a tensor may be from the source's: `epsilons` has one for each.

    `where` says for which inputs that is proved; the graph's domain has their ranges.
    """

    epsilons: tuple[float, ...]
    where: str

    def __post_init__(self) -> None:
        if not self.epsilons or not all(0 <= e < math.inf for e in self.epsilons):
            raise ValueError("a bound is a number from 0 on for each number of a tensor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A field of the C output struct: `label`, `proba`, `score` or `value`."""

    field: str
    tensor: str
    certificate: Certificate

    def measured(self, reason: str) -> Output:
        """The same without a proof."""
        return replace(self, certificate=Certificate(kind="measured", epsilon=None, reason=reason))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """Ops in order of evaluation, the types of their tensors, and what the caller gets.

    `inputs` are the rows that the caller hands over; with `state` he keeps values between them, and
    the answers depend on all rows since the last reset.
    `source` and `class_names` are carried along for headers and reports, `answers` for Python.
    Certificates hold on `domain`: for every stored input where it is None. `bounds` are of the
    tensors on the way, where something is proved of them.
    """

    name: str
    source: str
    inputs: tuple[Port, ...]
    class_names: tuple[tuple[str, ...], ...]
    ops: tuple[Op, ...]
    tensors: dict[str, TensorType]
    outputs: tuple[Output, ...]
    answers: Answers = PLAIN
    domain: Domain | None = None
    state: tuple[State, ...] = ()
    bounds: Mapping[str, Bound] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.inputs:
            raise ValueError("a graph needs an input")
        if self.domain is not None and len(self.domain.ranges) != self.n_features:
            raise ValueError("a domain needs one range for each feature")

    @property
    def input(self) -> InputSpec:
        """What the one input holds. Raises InternalError where there are several."""
        if len(self.inputs) != 1:
            names = ", ".join(port.name for port in self.inputs)
            raise InternalError(f"{self.name} has several inputs: {names}")
        return self.inputs[0].spec

    @property
    def n_features(self) -> int:
        """Features of all inputs."""
        return sum(port.spec.n_features for port in self.inputs)

    @property
    def in_bytes(self) -> int:
        """Bytes of a row: all inputs as they go to the chip (`ir/ports.py`)."""
        return row_bytes(self.inputs)

    @property
    def state_bytes(self) -> int:
        """Bytes of the state struct: members in order, each aligned to its type."""
        end, widest = 0, 1
        for state in self.state:
            size = state.type.dtype.size
            end, widest = -(-end // size) * size + state.type.n_bytes, max(widest, size)
        return -(-end // widest) * widest

    @property
    def input_type(self) -> str:
        """The stored type of the inputs in words; several where they differ."""
        return ", ".join(dict.fromkeys(port.spec.dtype.value for port in self.inputs))

    def spec(self, tensor: str) -> InputSpec:
        """What an input holds. Raises InternalError where no input has that name."""
        for port in self.inputs:
            if port.name == tensor:
                return port.spec
        raise InternalError(f"{tensor} is no input")

    def type_of(self, tensor: str) -> DType:
        """The stored type of an input, a state, or what an op computes."""
        if tensor in self.tensors:
            return self.tensors[tensor].dtype
        for state in self.state:
            if state.name == tensor:
                return state.type.dtype
        return self.spec(tensor).dtype

    def size(self, tensor: str) -> int:
        """Values of an input, a state, or what an op computes."""
        if tensor in self.tensors:
            return self.tensors[tensor].size
        for state in self.state:
            if state.name == tensor:
                return state.type.size
        return self.spec(tensor).n_features

    def is_kept(self, tensor: str) -> bool:
        """Whether a tensor is wanted behind the last op: as an output, or as state."""
        return any(output.tensor == tensor for output in self.outputs) or any(
            state.update == tensor for state in self.state
        )

    @property
    def n_out(self) -> int:
        """Values in the output struct."""
        return sum(self.tensors[output.tensor].size for output in self.outputs)

    @property
    def out_bytes(self) -> int:
        """Bytes of the output struct."""
        return sum(self.tensors[output.tensor].n_bytes for output in self.outputs)

    @property
    def facts(self) -> dict[str, Any]:
        """What a manifest or an image says of the model: plain JSON values."""
        return {
            "source": self.source,
            "input": {"type": self.input_type, "features": self.n_features},
            "outputs": [output.field for output in self.outputs],
            "classes": [list(names) for names in self.class_names],
        }

    @property
    def may_reject_nan(self) -> bool:
        """Whether a prediction can fail because of a NaN in the input."""
        return any(op.rejects_nan for op in self.ops)

    def range(self, tensor: str) -> tuple[int, int]:
        """Least and greatest integer of what holds integers: an input, a state, a tensor."""
        for state in self.state:
            if state.name == tensor:
                return state.type.low, state.type.high
        if tensor in self.tensors:
            return self.tensors[tensor].low, self.tensors[tensor].high
        return self.spec(tensor).dtype.bounds

    @property
    def constants(self) -> Mapping[str, Array]:
        """What was learned, read-only arrays `<tensor>.<field>`: see `thumbling.ir.constants`."""
        return constants_of(self.ops)

    def with_constants(self, constants: Mapping[str, Array]) -> Graph:
        """The same ops with other constants: what the same code answers with a new model's block.

        Ranges are inferred again, so that no sum can overflow unseen. A certificate stays where
        nothing that its output depends on has changed; any other is about another model's numbers
        and becomes `measured`. Scales stay: a model whose outputs have others has another layout.
        Raises `ModelError` where names, types or shapes differ, or where an op cannot compute with
        the new ones.
        """
        ops = with_arrays(self.ops, constants)
        try:
            known = {port.name: input_interval(port.spec) for port in self.inputs}
            known |= {state.name: state_interval(state.type) for state in self.state}
            ranges = reached(ops, known, self.tensors)
            tensors = {t: self.tensors[t].holding(*ends) for t, ends in ranges.items()}
            for state in self.state:
                (low, high), kind = ranges[state.update], state.type
                require(kind.low <= low and high <= kind.high, f"{state.name} leaves its range")
        except (InternalError, ValueError) as error:
            why = str(error).removeprefix("invalid graph: ")
            raise ModelError(
                f"the code cannot compute with the new constants: {why}",
                hint="compile the new model by itself; it needs other code",
            ) from error
        updates = {state.update: state.name for state in self.state}
        changed = changed_by(self.ops, ops, updates)
        outputs = tuple(o.measured(_REPLACED) if o.tensor in changed else o for o in self.outputs)
        proved = any(o.certificate.kind != "measured" for o in outputs)
        return replace(
            self,
            ops=ops,
            tensors=tensors,
            outputs=outputs,
            domain=self.domain if proved else None,
            bounds={t: bound for t, bound in self.bounds.items() if t not in changed},
        )

    def scales(self, output: Output) -> tuple[Fraction, ...]:
        """Real value of one unit, for each value of an output."""
        return self.tensors[output.tensor].scales

    def scale_text(self, output: Output) -> str | list[str]:
        """The scale as reports have it: one exact fraction, or a list where they differ."""
        scale = self.tensors[output.tensor].quant.scale
        return str(scale[0]) if len(scale) == 1 else [str(s) for s in scale]

    @np.errstate(all="ignore")
    def real(
        self, output: Output, stored: npt.NDArray[np.signedinteger]
    ) -> npt.NDArray[np.float64]:
        """Real values of the stored integers of an output, shape (n, length), rounded once."""
        scales = self.scales(output)
        columns = zip(stored.reshape(len(stored), len(scales)).T, scales, strict=True)
        return np.stack([_times(column, scale) for column, scale in columns], axis=1)


def _times(stored: npt.NDArray[np.signedinteger], scale: Fraction) -> npt.NDArray[np.float64]:
    """`stored * scale`, rounded once."""
    if scale.numerator < 1 << 21 and scale.denominator < 1 << 53:
        # The product of an int32 and 21 bits is exact, so only the quotient rounds.
        product = stored.astype(np.float64) * float(scale.numerator)
        return np.asarray(product / float(scale.denominator))
    distinct, at = np.unique(stored, return_inverse=True)
    values = np.array([float(value * scale) for value in distinct.tolist()], dtype=np.float64)
    return np.asarray(values[at.ravel()])
