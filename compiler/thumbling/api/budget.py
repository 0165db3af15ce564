# SPDX-License-Identifier: MIT
"""What the user is willing to spend, and whether a build stays below it."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.errors import BudgetError, OptionError
from thumbling.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most the user accepts: bytes of flash and RAM of the image, microseconds at worst."""

    max_flash: int | None = None
    max_ram: int | None = None
    max_latency_us: float | None = None


def check_budget(report: Report, budget: Budget) -> None:
    """Raise `BudgetError` with all figures that are over."""
    over = []
    if report.memory is not None:
        for what, used, limit in (
            ("flash", report.memory.flash_bytes, budget.max_flash),
            ("RAM", report.memory.ram_bytes, budget.max_ram),
        ):
            if limit is not None and used > limit:
                over.append(f"{what} is {used} bytes, {used - limit} over the {limit} allowed")
    limit_us = budget.max_latency_us
    if report.memory is not None and report.inference is None and limit_us is not None:
        raise OptionError(
            f"nothing measures the latency of {report.board} here, so no budget can be checked",
            hint="leave --max-latency out",
        )
    if report.inference is not None and limit_us is not None:
        worst = report.inference.latency_us.max
        if worst > limit_us:
            over.append(f"one prediction takes up to {worst:.1f} us, allowed are {limit_us:g} us")
    if over:
        raise BudgetError(
            "over budget: " + "; ".join(over),
            hint="try --optimize size or speed, a smaller model, or a larger budget",
        )
