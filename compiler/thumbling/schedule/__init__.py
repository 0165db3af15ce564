# SPDX-License-Identifier: MIT
"""Which kernels compute a graph, and where its tensors lie: decided before any C is written."""

from thumbling.schedule.goal import CONSTANTS, OPTIMIZE, Goal
from thumbling.schedule.kernel import Kernel, Offer, Pattern, Request
from thumbling.schedule.places import Place, Slot
from thumbling.schedule.plan import Plan, PlannedKernel, PlannedTensor, plan_of
from thumbling.schedule.program import Program
from thumbling.schedule.registry import kernel, kernels
from thumbling.schedule.select import select

__all__ = [
    "CONSTANTS",
    "OPTIMIZE",
    "Goal",
    "Kernel",
    "Offer",
    "Pattern",
    "Place",
    "Plan",
    "PlannedKernel",
    "PlannedTensor",
    "Program",
    "Request",
    "Slot",
    "kernel",
    "kernels",
    "plan_of",
    "select",
]
