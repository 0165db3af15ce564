# SPDX-License-Identifier: MIT
"""What a kernel is asked to compute, what it offers, and what that is estimated to cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from thumbling.ir.graph import Graph
from thumbling.ir.ops import Op
from thumbling.schedule.goal import Goal

Pattern = tuple[type[Op], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """Ops that a kernel is asked to cover: a chain in which each is read by the next alone.

    What the last one writes may be read by any number of ops, or be an output.
    """

    graph: Graph
    goal: Goal
    ops: tuple[Op, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """A way to compute `ops`, in one piece.

    `flash` (bytes), `cycles` (of a mean inference on Cortex-M4) and `stack` (bytes while it runs,
    tensors apart) are estimates. `choice` says in words what was chosen within the kernel; `plan`
    is the kernel's own. A kernel that runs `alone` needs the stack to itself: those before it must
    have left it. One that works `in_place` may write where its last input lies. One that is not
    `updatable` has in its code what training changes, so that no other model's can take its place.
    """

    kernel: Kernel
    ops: tuple[Op, ...]
    flash: float
    cycles: float
    stack: int = 32
    choice: Mapping[str, str | int] = field(default_factory=dict)
    alone: bool = False
    in_place: bool = False
    updatable: bool = True
    plan: Any = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The tensors it reads."""
        return self.ops[0].inputs

    @property
    def writes(self) -> str:
        """The tensor it writes."""
        return self.ops[-1].output

    def __str__(self) -> str:
        words = [f"{key} {value}" for key, value in self.choice.items()]
        covered = ", ".join(op.output for op in self.ops)
        figures = f"{self.flash:.0f} B, {self.cycles:.0f} cycles, stack {self.stack} B"
        return f"{covered}: {' '.join([self.kernel.name, *words])} ({figures})"


class Kernel(Protocol):
    """A way to compute one op or several in one piece.

    `covers` are chains of op classes, in order of evaluation. `offers` gives any number of ways,
    none where the kernel does not suit these ops.
    """

    name: ClassVar[str]
    covers: ClassVar[tuple[Pattern, ...]]

    def offers(self, request: Request) -> Iterable[Offer]:
        """The ways in which this kernel can compute `request.ops`."""
        ...
