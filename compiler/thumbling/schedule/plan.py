# SPDX-License-Identifier: MIT
"""A program as plain data, for reports: kernels with their estimates, tensors with their places."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from thumbling.schedule.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedKernel:
    """A kernel and the tensors it computes; bytes of flash and stack, cycles on Cortex-M4.

    They are the estimates by which it was chosen, not measured. `choice` says what was chosen
    within the kernel.
    """

    name: str
    computes: tuple[str, ...]
    choice: Mapping[str, str | int]
    flash_bytes: int
    cycles: int
    stack_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTensor:
    """A tensor and where it lies: `place` is input, state, output, kernel or stack.

    `at` is the field of the output struct, the kernel inside which alone it exists, or the array on
    the stack; `shares` are the tensors that have the same memory at other times. `error` is the
    proved bound of its worst number, None where nothing is proved.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    n_bytes: int
    place: str
    at: str
    shares: tuple[str, ...] = ()
    error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was decided before any C was written. `stack_goal` is what `stack_bytes` should not
    exceed: arrays and the deepest kernel.
    """

    kernels: tuple[PlannedKernel, ...]
    tensors: tuple[PlannedTensor, ...]
    stack_bytes: int
    stack_goal: int


def plan_of(program: Program) -> Plan:
    """The plan of a program."""
    kernels = tuple(
        PlannedKernel(
            name=call.kernel.name,
            computes=tuple(op.output for op in call.ops),
            choice=dict(call.choice),
            flash_bytes=round(call.flash),
            cycles=round(call.cycles),
            stack_bytes=call.stack,
        )
        for call in program.calls
    )
    graph = program.graph
    kept = [*(port.name for port in graph.inputs), *(state.name for state in graph.state)]
    names = [*kept, *(op.output for op in graph.ops)]
    return Plan(
        kernels=kernels,
        tensors=tuple(_tensor(program, name) for name in names),
        stack_bytes=program.stack,
        stack_goal=program.goal.stack,
    )


def _tensor(program: Program, name: str) -> PlannedTensor:
    graph, place = program.graph, program.places[name]
    kind = graph.type_of(name)
    shape = graph.tensors[name].shape if name in graph.tensors else (graph.size(name),)
    where = (place.kind, place.name)
    same = [n for n, p in program.places.items() if (p.kind, p.name) == where and n != name]
    if place.kind == "stack":
        slot = program.slot(place.name)
        others = [n for n, p in program.places.items() if p.kind == "stack" and n != name]
        same = [n for n in others if program.places[n].name in slot.tensors]
    return PlannedTensor(
        name=name,
        type=kind.value,
        shape=shape,
        n_bytes=math.prod(shape) * kind.size,
        place=place.kind,
        at=place.name,
        shares=tuple(sorted(same)) if place.kind in ("output", "stack") else (),
        error=max(graph.bounds[name].epsilons) if name in graph.bounds else None,
    )
