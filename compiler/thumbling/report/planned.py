# SPDX-License-Identifier: MIT
"""The plan in words: kernels and what they are estimated to take, tensors and where they lie."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.report.words import number
from thumbling.schedule import Plan, PlannedKernel, PlannedTensor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A line of a table."""

    what: str
    figures: tuple[str, ...]


def kernel_rows(plan: Plan) -> list[PlanRow]:
    """Each kernel with what it computes; bytes of flash, cycles, bytes of stack."""
    return [
        PlanRow(
            what=f"{', '.join(kernel.computes)}: {_kernel(kernel)}",
            figures=(
                f"{number(kernel.flash_bytes)} B",
                number(kernel.cycles),
                f"{number(kernel.stack_bytes)} B",
            ),
        )
        for kernel in plan.kernels
    ]


def tensor_rows(plan: Plan) -> list[PlanRow]:
    """Each tensor with its type, its bytes, its place and what is proved of its numbers."""
    return [
        PlanRow(
            what=tensor.name,
            figures=(
                f"{' x '.join(map(str, tensor.shape))} x {tensor.type}",
                number(tensor.n_bytes),
                _place(tensor),
                "" if tensor.error is None else f"{tensor.error:.2g}",
            ),
        )
        for tensor in plan.tensors
    ]


def stack_sentence(plan: Plan) -> str:
    """What the whole takes of the stack, and that figures are estimates."""
    fits = "within" if plan.stack_bytes <= plan.stack_goal else "beyond"
    return (
        f"estimates by which kernels were chosen, cycles on Cortex-M4; arrays and the deepest"
        f" kernel take {number(plan.stack_bytes)} B of stack, {fits} the goal of"
        f" {number(plan.stack_goal)} B"
    )


def _kernel(kernel: PlannedKernel) -> str:
    chosen = ", ".join(f"{key} {value}" for key, value in kernel.choice.items())
    return f"{kernel.name} ({chosen})" if chosen else kernel.name


def _place(tensor: PlannedTensor) -> str:
    match tensor.place:
        case "input":
            return "the caller's row"
        case "output":
            where = f"the caller's struct, {tensor.at}"
        case "kernel":
            return f"inside {tensor.at}"
        case _:
            where = "the stack"
    return f"{where}, at other times {', '.join(tensor.shares)}" if tensor.shares else where
