# SPDX-License-Identifier: MIT
"""Numbers of several tensors brought together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import narrowest, table
from thumbling.ir.ops.gather import Gather
from thumbling.schedule import Offer, Pattern, Request, kernel

# A run of so few values is copied one by one.
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Results from `first` on that stand side by side in one tensor, from `column` on."""

    first: int
    source: int
    column: int
    length: int


def _runs(op: Gather) -> Iterator[_Run]:
    pairs = list(zip(op.source.tolist(), op.column.tolist(), strict=True))
    places = enumerate(pairs)
    for _, group in groupby(places, key=lambda item: (item[1][0], item[1][1] - item[0])):
        run = list(group)
        first, (source, column) = run[0]
        yield _Run(first=first, source=source, column=column, length=len(run))


@kernel
class GatherRuns:
    """A loop for each run of neighbours, an assignment for each lone value."""

    name: ClassVar[str] = "gather_runs"
    covers: ClassVar[tuple[Pattern, ...]] = ((Gather,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        assert isinstance(op, Gather)
        runs = list(_runs(op))
        short = sum(run.length for run in runs if run.length <= _FEW)
        loops = sum(run.length > _FEW for run in runs)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=4 * short + 18 * loops,
            cycles=4 * short + 8 * loops + 6 * (len(op.column) - short),
            stack=16,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The loops and assignments, in order of the results."""
        (op,) = offer.ops
        assert isinstance(op, Gather)
        out = scope.pointer(op.output)
        lines: list[str] = []
        for run in _runs(op):
            x = scope.pointer(op.inputs[run.source])
            if run.length <= _FEW:
                lines += [
                    f"{_at(out, run.first + k)} = {_at(x, run.column + k)};"
                    for k in range(run.length)
                ]
                continue
            lines += [
                f"for (uint32_t j = 0; j < {run.length}U; j++) {{",
                f"    {_at(out, 'j', run.first)} = {_at(x, 'j', run.column)};",
                "}",
            ]
        return OpCode(body="".join(f"    {line}\n" for line in lines))


@kernel
class GatherTable:
    """A loop over a table of places, of one tensor."""

    name: ClassVar[str] = "gather_table"
    covers: ClassVar[tuple[Pattern, ...]] = ((Gather,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, where all values are of one tensor of several."""
        (op,) = request.ops
        assert isinstance(op, Gather)
        if len(op.inputs) == 1 and len(set(op.column.tolist())) > 1:
            n = len(op.column)
            wide = 2 if int(op.column.max()) > 255 else 1
            yield Offer(
                kernel=self, ops=request.ops, flash=24 + n * wide, cycles=8 + 8 * n, stack=16
            )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The table and the loop."""
        (op,) = offer.ops
        assert isinstance(op, Gather)
        columns = op.column.tolist()
        name = scope.constant(f"{op.output}_column")
        at = table(narrowest(columns), name, columns, "The number that each value is.")
        x, out = scope.pointer(op.inputs[0]), scope.pointer(op.output)
        body = (
            f"    for (uint32_t j = 0; j < {len(columns)}U; j++) {{\n"
            f"        {_at(out, 'j')} = {x}[{at.name}[j]];\n"
            "    }\n"
        )
        return OpCode(tables=(at,), body=body)


def _at(pointer: str, index: int | str, more: int = 0) -> str:
    """An element; what points to a scalar is dereferenced."""
    if pointer.startswith("&"):
        return pointer[1:]
    return f"{pointer}[{index}{f' + {more}U' if more else ''}]"
