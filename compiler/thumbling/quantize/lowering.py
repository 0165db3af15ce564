# SPDX-License-Identifier: MIT
"""From a source graph to an integer graph: every value asked for is made, and what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import OptionError
from thumbling.ir.graph import Bound, Graph, Output, Port
from thumbling.ir.interval import Interval, input_interval
from thumbling.ir.source import INPUT, SourceGraph, SourceOp
from thumbling.ir.source.piecewise import Piecewise
from thumbling.ir.source.values import FIELDS, Field
from thumbling.ir.types import InputSpec
from thumbling.ir.verifier import verify
from thumbling.quantize.draft import Draft
from thumbling.quantize.registry import columns_quantizer, quantizer_of
from thumbling.quantize.stored import Columns, Integers, Stored
from thumbling.reference.evaluate import tensor_values


def available_fields(source: SourceGraph) -> tuple[Field, ...]:
    """The output fields a model can give, in the order of the output struct."""
    return tuple(field for field in FIELDS if field in source.prediction.fields)


def choose_fields(source: SourceGraph, output: str | None) -> tuple[Field, ...]:
    """The fields that `--output` asks for; by default the label or the value."""
    fields = available_fields(source)
    if output is None:
        return fields[:1]
    if output == "all":
        return fields
    for name, refusal in source.prediction.refused.items():
        if output == name:
            raise OptionError(f"{source.source} has {refusal.what}", hint=refusal.hint)
    for name in fields:
        if output == name:
            return (name,)
    raise OptionError(
        f"{source.source} has no output {output!r}",
        hint=f"it has: {', '.join(fields)}; or all",
    )


@dataclass(slots=True, kw_only=True, eq=False)
class Lowering:
    """A source graph on its way to integers, for stored inputs of `spec`.

    `data` are stored rows of shape (n, n_features), from which ranges, error bounds and the choice
    of widths are taken. `precision` is of weights; `wide` asks forests for 31-bit vote sums
    and members of ensembles for finer scores.
    """

    source: SourceGraph
    spec: InputSpec
    fields: tuple[Field, ...]
    precision: str
    data: npt.NDArray[Any] | None
    wide: bool = False
    draft: Draft = field(default_factory=Draft)
    _made: dict[str, Stored] = field(default_factory=dict)
    _forced: dict[str, Integers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draft.kept = frozenset(self.source.producers)

    def stored(self, name: str) -> Stored:
        """The integers of a value, made once."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Stored:
        trace = self.source.trace(name)
        if trace is not None:
            return Columns(name=name, trace=trace)
        op = self.source.producers[name]
        made: Stored = quantizer_of(op)(op, self)
        return made

    def integers(self, name: str) -> Integers:
        """A value as a tensor of integers, whatever may be said of it without."""
        found = self.stored(name)
        if isinstance(found, Columns):
            if name not in self._forced:
                self._forced[name] = self._force(name)
            return self._forced[name]
        return found.integers()

    def _force(self, name: str) -> Integers:
        op = self.source.producers.get(name)
        if op is None or (self.source.trace(name) and not isinstance(op, Piecewise)):
            columns: Integers = columns_quantizer()(name, self)
            return columns
        made: Stored = quantizer_of(op)(op, self)
        return made.integers()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The values that the caller of the C gets."""
        return tuple(self.source.prediction.fields[field].name for field in self.fields)

    def asked(self, name: str) -> bool:
        """Whether the caller of the C gets a value."""
        return name in self.wanted

    def readers(self, name: str) -> list[SourceOp]:
        """The ops that read a value on the way to what is asked for."""
        return [op for op in self.source.ancestors(*self.wanted) if name in op.inputs]

    def bounds_of(self, tensor: str) -> tuple[int, int]:
        """Least and greatest integer of a tensor, which is not a float input."""
        if tensor == INPUT:
            return self.spec.dtype.bounds
        kind = self.draft.tensors[tensor]
        return kind.low, kind.high

    def reach(self, tensor: str) -> Interval:
        """Between which integers each number of a tensor lies, which is not a float input."""
        known = {INPUT: input_interval(self.spec)}
        for op in self.draft.ops:
            found = op.infer(*(known[name] for name in op.inputs))
            known[op.output] = replace(found, dtype=self.draft.tensors[op.output].dtype)
        return known[tensor]

    def width_of(self, tensor: str) -> int:
        """Numbers in a tensor."""
        return self.spec.n_features if tensor == INPUT else self.draft.tensors[tensor].size

    def rows_of(self, tensor: str, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What a tensor holds for stored rows of shape (n, n_features)."""
        stored = rows.astype(self.spec.dtype.numpy)
        if tensor == INPUT:
            return stored
        return tensor_values(self.draft.ops, self.draft.tensors, stored)[tensor]

    def bounds(self) -> dict[str, Bound]:
        """What is proved of tensors whose integers mean multiples of their scales."""
        found: dict[str, Bound] = {}
        for made in (*self._made.values(), *self._forced.values()):
            if not isinstance(made, Integers) or made.tensor not in self.draft.tensors:
                continue
            scales = self.draft.tensors[made.tensor].scales
            plain = all(
                f.slope == scale and not f.offset
                for f, scale in zip(made.features, scales, strict=True)
            )
            if plain and made.where is not None and np.isfinite(made.errors).all():
                errors = tuple(made.errors.tolist())
                found[made.tensor] = Bound(epsilons=errors, where=made.where)
        return found

    @property
    def computed_in(self) -> str:
        """The type in which the source holds its input: scikit-learn keeps float32 rows."""
        return "float32" if self.spec.dtype.is_float and self.spec.is_plain else "float64"

    @staticmethod
    def wider(types: Iterable[str]) -> str:
        """The type of numbers of several types together: the wider."""
        return max(types, key=("float32", "float64").index)


@np.errstate(all="ignore")
def quantize(
    source: SourceGraph,
    spec: InputSpec,
    fields: tuple[Field, ...],
    name: str,
    *,
    precision: str = "auto",
    data: npt.NDArray[Any] | None = None,
    wide: bool = False,
) -> Graph:
    """The integer graph of a source graph with the output fields asked for.

    See `Lowering`. Raises OptionError and UnsupportedModelError.
    """
    at = Lowering(
        source=source, spec=spec, fields=fields, precision=precision, data=data, wide=wide
    )
    outputs = []
    for wanted in fields:
        choose_fields(source, wanted)
        tensor, certificate = at.stored(source.prediction.fields[wanted].name).emitted()
        outputs.append(Output(field=wanted, tensor=tensor, certificate=certificate))
    graph = Graph(
        name=name,
        source=source.source,
        inputs=(Port(spec=spec),),
        class_names=source.class_names,
        ops=tuple(at.draft.ops),
        tensors=at.draft.tensors,
        outputs=tuple(outputs),
        answers=source.answers,
        domain=at.draft.domain,
        bounds=at.bounds(),
    )
    verify(graph)
    return graph
