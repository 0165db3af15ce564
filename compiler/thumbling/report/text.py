# SPDX-License-Identifier: MIT
"""A report for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thumbling.report.model import Fidelity, Inference, Memory, Report, Verification

_HUGE = 1e12


def render_text(report: Report) -> Group:
    """Tables of memory, cost, fidelity and verification under one headline."""
    head = Text.assemble(
        (report.name, "bold"),
        f"  {report.model.source}  on {report.board} ({report.core},"
        f" {report.f_cpu_hz / 1e6:g} MHz), built by {report.builder}",
    )
    parts: list[RenderableType] = ["", head]
    if report.memory is not None:
        parts.append(_memory(report.memory))
    if report.inference is not None:
        parts.append(_cost(report.inference))
    parts.append(_fidelity(report.fidelity))
    if report.verification:
        parts.append(verification_table(report.verification))
    return Group(*parts)


def share(part: int, total: int) -> str:
    """A percentage that never rounds something to nothing."""
    percent = 100 * part / total if total else 0.0
    return "<0.1 %" if 0 < percent < 0.1 else f"{percent:.1f} %"


def number(value: float | None) -> str:
    """A figure for a reader: thousands apart, few decimals, a dash for none."""
    if value is None:
        return "-"
    if abs(value) >= 1000 and abs(value) < _HUGE:
        return f"{round(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{value:.4g}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _memory(memory: Memory) -> Table:
    table = _table("Memory", "", "model", "whole image", "board", "used")
    table.add_row(
        "flash",
        f"{number(memory.model_flash_bytes)} B",
        f"{number(memory.flash_bytes)} B",
        f"{number(memory.flash_total)} B",
        share(memory.flash_bytes, memory.flash_total),
    )
    table.add_row(
        "static RAM",
        f"{number(memory.model_ram_bytes)} B",
        f"{number(memory.ram_bytes)} B",
        f"{number(memory.ram_total)} B",
        share(memory.ram_bytes, memory.ram_total),
    )
    stack = "not measured" if memory.stack_bytes is None else f"{number(memory.stack_bytes)} B"
    table.add_row("stack", stack, "", "", "")
    return table


def _cost(inference: Inference) -> Group:
    table = _table("Cost of one prediction", "", "mean", "max")
    for title, stat, unit in (
        ("instructions", inference.instructions, ""),
        ("cycles", inference.cycles, ""),
        ("latency", inference.latency_us, " µs"),
    ):
        table.add_row(title, number(stat.mean) + unit, number(stat.max) + unit)
    note = f"{number(inference.samples)} samples; {inference.method}"
    return Group(table, Text(note, "dim"))


def _fidelity(fidelity: Fidelity) -> Group:
    table = _table("Fidelity to the source model", "output", "certificate", "bound", "unit")
    for output in fidelity.outputs:
        table.add_row(output.field, output.certificate, number(output.epsilon), output.scale)
    agreement = fidelity.label_agreement
    figures = [f"{number(fidelity.rows)} rows"]
    if agreement is not None:
        figures.append(f"labels agree {agreement:.6f}")
    if fidelity.max_abs_error is not None:
        figures.append(f"worst error {number(fidelity.max_abs_error)}")
    figures.append(f"{number(fidelity.rows_inside_bound)} rows inside the bound")
    return Group(table, Text(", ".join(figures), "dim"))


def verification_table(results: Sequence[Verification]) -> Group:
    """One row per target that was compared with the reference."""
    table = _table("Verification, bit for bit", "on", "vectors", "mismatches", "result")
    for item in results:
        good = item.mismatches == 0
        result = Text("identical", "green") if good else Text("DIFFERENT", "bold red")
        table.add_row(item.on, number(item.vectors), number(item.mismatches), result)
    details = [Text(f"{item.on}: {item.detail}", "red") for item in results if item.detail]
    return Group(table, *details)
