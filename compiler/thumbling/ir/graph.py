# SPDX-License-Identifier: MIT
"""A compiled pipeline: a chain of integer ops from the stored input to the named outputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir.answers import PLAIN, Answers
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

    `source` and `class_names` are carried along for headers and reports, `answers` for Python.
    """

    name: str
    source: str
    input: InputSpec
    class_names: tuple[tuple[str, ...], ...]
    ops: tuple[Op, ...]
    tensors: dict[str, TensorType]
    outputs: tuple[Output, ...]
    answers: Answers = PLAIN

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
        return any(isinstance(op, Quantize) for op in self.ops)

    def scale(self, output: Output) -> Fraction:
        """Real value of one unit of an output."""
        return self.tensors[output.tensor].scale

    def scales(self, output: Output) -> tuple[Fraction, ...]:
        """Real value of one unit, for each value of an output."""
        return (self.scale(output),) * self.tensors[output.tensor].size

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
        return np.asarray(stored.astype(np.float64) * scale.numerator / scale.denominator)
    distinct, at = np.unique(stored, return_inverse=True)
    values = [float(value * scale) for value in distinct.tolist()]
    return np.asarray(np.array(values, dtype=np.float64)[at.ravel()])
