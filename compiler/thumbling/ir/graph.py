# SPDX-License-Identifier: MIT
"""A compiled pipeline: a chain of integer ops from the stored input to the named outputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from thumbling.ir.ops import Op, Quantize
from thumbling.ir.types import InputSpec, TensorType

INPUT = "x"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """How an output relates to the source model.

    `kind` is exact, bounded or measured; `epsilon` the proved bound on |error| in real units
    (0 for exact, None for measured); `reason` one sentence a reader can check.
    """

    kind: str
    epsilon: float | None
    reason: str

    def __post_init__(self) -> None:
        if self.kind not in ("exact", "bounded", "measured"):
            raise ValueError(f"no certificate is called {self.kind!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A field of the C output struct: `label`, `proba`, `score` or `value`."""

    field: str
    tensor: str
    certificate: Certificate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """Ops in order of evaluation, the types of their tensors, and what the caller gets.

    `source` and `class_names` are carried along for headers and reports.
    """

    name: str
    source: str
    input: InputSpec
    class_names: tuple[tuple[str, ...], ...]
    ops: tuple[Op, ...]
    tensors: dict[str, TensorType]
    outputs: tuple[Output, ...]

    @property
    def n_out(self) -> int:
        """Values in the output struct."""
        return sum(self.tensors[output.tensor].size for output in self.outputs)

    @property
    def out_bytes(self) -> int:
        """Bytes of the output struct."""
        return sum(self.tensors[output.tensor].n_bytes for output in self.outputs)

    @property
    def may_reject_nan(self) -> bool:
        """Whether a prediction can fail because of a NaN in the input."""
        return any(isinstance(op, Quantize) for op in self.ops)

    def scale(self, output: Output) -> Fraction:
        """Real value of one unit of an output."""
        return self.tensors[output.tensor].scale
