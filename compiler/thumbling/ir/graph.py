# SPDX-License-Identifier: MIT
"""A compiled pipeline: a chain of integer ops from the stored input to the named outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError, ModelError
from thumbling.ir.answers import PLAIN, Answers
from thumbling.ir.constants import Array, constants_of, with_arrays
from thumbling.ir.interval import input_interval
from thumbling.ir.ops import Op
from thumbling.ir.types import DType, InputSpec, TensorType

INPUT = "x"
_REPLACED = "its constants were replaced, and compared with no source since"


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
        """Which stored rows of shape (n, n_features) lie within; those with a NaN do not."""
        low, high = np.array(self.ranges, dtype=np.float64).T
        rows = stored.astype(np.float64)
        return np.asarray(((rows >= low) & (rows <= high)).all(axis=1))

    def both(self, other: Domain) -> Domain:
        """The inputs that lie in both. Raises ValueError where there are none."""
        pairs = zip(self.ranges, other.ranges, strict=True)
        return Domain(ranges=tuple((max(a[0], b[0]), min(a[1], b[1])) for a, b in pairs))


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

    `source` and `class_names` are carried along for headers and reports, `answers` for Python.
    Certificates hold on `domain`: for every stored input where it is None.
    """

    name: str
    source: str
    input: InputSpec
    class_names: tuple[tuple[str, ...], ...]
    ops: tuple[Op, ...]
    tensors: dict[str, TensorType]
    outputs: tuple[Output, ...]
    answers: Answers = PLAIN
    domain: Domain | None = None

    def __post_init__(self) -> None:
        if self.domain is not None and len(self.domain.ranges) != self.input.n_features:
            raise ValueError("a domain needs one range for each feature")

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
            "input": {"type": self.input.dtype.value, "features": self.input.n_features},
            "outputs": [output.field for output in self.outputs],
            "classes": [list(names) for names in self.class_names],
        }

    @property
    def may_reject_nan(self) -> bool:
        """Whether a prediction can fail because of a NaN in the input."""
        return any(op.rejects_nan for op in self.ops)

    def type_of(self, tensor: str) -> DType:
        """The stored type of the input or of a tensor."""
        return self.input.dtype if tensor == INPUT else self.tensors[tensor].dtype

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
            tensors = self._tensors(ops)
        except (InternalError, ValueError) as error:
            why = str(error).removeprefix("invalid graph: ")
            raise ModelError(
                f"the code cannot compute with the new constants: {why}",
                hint="compile the new model by itself; it needs other code",
            ) from error
        changed = self._changed(ops)
        outputs = tuple(o.measured(_REPLACED) if o.tensor in changed else o for o in self.outputs)
        proved = any(o.certificate.kind != "measured" for o in outputs)
        return replace(
            self,
            ops=ops,
            tensors=tensors,
            outputs=outputs,
            domain=self.domain if proved else None,
        )

    def _tensors(self, ops: tuple[Op, ...]) -> dict[str, TensorType]:
        """The types of all tensors, with room for what these ops are inferred to compute."""
        known, found = {INPUT: input_interval(self.input)}, dict[str, TensorType]()
        for op in ops:
            interval = op.infer(*(known[tensor] for tensor in op.inputs))
            known[op.output], kind = interval, self.tensors[op.output]
            found[op.output] = kind.holding(int(interval.low.min()), int(interval.high.max()))
        return found

    def _changed(self, ops: tuple[Op, ...]) -> set[str]:
        """The tensors that other constants take part in."""
        found: set[str] = set()
        for old, new in zip(self.ops, ops, strict=True):
            before, after = constants_of([old]), constants_of([new])
            own = any((before[name] != after[name]).any() for name in before)
            if own or not found.isdisjoint(new.inputs):
                found.add(new.output)
        return found

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
